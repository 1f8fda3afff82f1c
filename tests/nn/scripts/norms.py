"""Batch, instance, layer, group and response norms."""

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    F = torch.nn.functional
    x0 = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)

    def X(*s, g=False):
        return torch.tensor(np.resize(x0, s), requires_grad=g)

    m, v = (torch.zeros(3), torch.ones(3))
    x = X(2, 3, 4, g=True)
    y = F.batch_norm(x, m, v, training=True, momentum=0.3)
    show(numbers(y), numbers(m), numbers(v))
    (y * y * y).sum().backward()
    show(numbers(x.grad))
    show(numbers(F.batch_norm(X(2, 3, 4), m, v)))
    show(numbers(F.batch_norm(X(2, 3, 4), None, None, torch.ones(3) * 2, torch.ones(3), True)))
    error(lambda: F.batch_norm(X(1, 3), m, v, training=True))
    error(lambda: F.batch_norm(X(2, 3), None, None))
    error(lambda: F.batch_norm(X(2, 3), torch.zeros(4), v))
    error(lambda: F.batch_norm(X(2, 3), m, v, torch.ones(4)))
    error(lambda: F.batch_norm(X(2, 3), m, v, training=True, eps=0.0))
    error(lambda: F.batch_norm(X(2, 3), m, v, eps=-1.0))
    m, v = (torch.zeros(3), torch.ones(3))
    y = F.instance_norm(X(2, 3, 4), m, v, momentum=0.3)
    show(numbers(y), numbers(m), numbers(v))
    show(numbers(F.instance_norm(X(2, 3, 4), m, v, use_input_stats=False)))
    error(lambda: F.instance_norm(X(2, 3, 1)))
    error(lambda: F.instance_norm(X(2, 3, 4), use_input_stats=False))
    show(numbers(F.layer_norm(X(2, 3, 4), (4,))))
    show(numbers(F.group_norm(X(2, 4, 3), 2)))
    error(lambda: F.group_norm(X(4), 2))
    error(lambda: F.group_norm(X(1, 2), 2))
    error(lambda: F.group_norm(X(2, 3), 2))
    error(lambda: F.layer_norm(X(2, 3), (4,)))
    show(numbers(F.rms_norm(X(2, 3), (3,))))
    show(numbers(F.local_response_norm(X(2, 3, 4), 2)))
    error(lambda: F.local_response_norm(X(2, 3), 2))
    show(numbers(F.normalize(X(2, 3))), numbers(F.normalize(X(2, 3), 1, 0)), numbers(F.normalize(torch.zeros(2, 3))))
    o = torch.empty(2, 3)
    F.normalize(X(2, 3), out=o)
    show(numbers(o))
    b = nn.BatchNorm1d(3, momentum=None)
    b(X(2, 3, 4))
    b(X(2, 3, 4) + 1)
    show(numbers(b.running_mean), b.num_batches_tracked)
    b.eval()
    show(numbers(b(X(2, 3, 4))))
    error(lambda: b(X(3)))
    error(lambda: nn.BatchNorm2d(3)(X(2, 3)))
    b = nn.BatchNorm1d(3, track_running_stats=False).eval()
    show(numbers(b(X(2, 3, 4))))
    b = nn.BatchNorm1d(3)
    st = nn.BatchNorm1d(3).state_dict()
    del st["num_batches_tracked"]
    st._metadata.clear()
    show(b.load_state_dict(st))
    s = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm2d(3)))
    show(s)
    i = nn.InstanceNorm1d(3)
    error(lambda: i(X(2, 4, 5)))
    error(lambda: nn.InstanceNorm1d(3, affine=True)(X(2, 4, 5)))
    error(lambda: i(X(5)))
    show(i(X(3, 4)).shape)
