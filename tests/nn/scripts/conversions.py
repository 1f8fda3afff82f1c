"""Casting, copying, walking and switching modules."""

import copy


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn
    s = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.1))
    t = copy.deepcopy(s)
    show(t, (t[0].weight == s[0].weight).all().item(), t[0].weight is s[0].weight)
    s.double()
    show(s[0].weight.dtype, s[1].running_mean.dtype, s[1].num_batches_tracked.dtype)
    s.half()
    show(s[0].weight.dtype)
    s.to(torch.bfloat16)
    show(s[0].weight.dtype)
    s.float()
    s.to("cpu")
    s.to(torch.device("cpu"), torch.float64)
    show(s[0].weight.dtype)
    s.to(torch.ones(1))
    show(s[0].weight.dtype)
    error(lambda: s.to(torch.int64))
    s.type(torch.float64)
    show(s[0].weight.dtype)
    s.cpu()
    s.bfloat16()
    s.float()
    s[0].weight.grad = torch.ones(2, 2)
    w = s[0].weight
    s.double()
    show(s[0].weight is w, s[0].weight.grad.dtype, w.requires_grad, w.is_leaf)
    s.zero_grad(set_to_none=False)
    show(s[0].weight.grad.tolist())
    s.zero_grad()
    show(s[0].weight.grad)
    s.requires_grad_(False)
    show([q.requires_grad for q in s.parameters()])
    show(s.apply(lambda m: show(type(m).__name__)) is s)
    m = nn.Linear(2, 2, device="meta")
    show(m.weight.is_meta, m.weight.shape, m.weight.device)
    m.to_empty(device="cpu")
    show(m.weight.is_meta)
    error(lambda: nn.Linear(2, 2, device="meta").to("cpu"))
    show(
        [type(x).__name__ for x in s.modules()],
        [x for x, _ in s.named_modules()],
        [x for x, _ in s.named_children()],
        [x for x, _ in s.named_parameters(prefix="q")],
        len(list(s.buffers())),
    )
    r = nn.ReLU()
    s2 = nn.Sequential(r, r)
    show(
        [x for x, _ in s2.named_modules()],
        [x for x, _ in s2.named_modules(remove_duplicate=False)],
        len(list(s2.children())),
    )
    a = nn.Parameter(torch.ones(2))
    s3 = nn.ParameterList([a, a])
    show(len(list(s3.parameters())), [x for x, _ in s3.named_parameters(remove_duplicate=False)])
