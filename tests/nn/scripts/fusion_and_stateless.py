"""Folding batch norms, skip_init, memory formats, functional_call."""


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    utils = torch.nn.utils
    torch.manual_seed(0)
    c = nn.Conv2d(2, 3, 3)
    b = nn.BatchNorm2d(3)
    b.running_mean.uniform_()
    b.running_var.uniform_()
    nn.init.normal_(b.weight)
    x = torch.randn(1, 2, 5, 5)
    c.eval()
    b.eval()
    f = utils.fuse_conv_bn_eval(c, b)
    show((f(x) - b(c(x))).abs().max().item() < 1e-05, type(f).__name__, f.bias.requires_grad)
    b.train()
    error(lambda: utils.fuse_conv_bn_eval(c, b))
    layer = nn.Linear(2, 3).eval()
    b1 = nn.BatchNorm1d(3).eval()
    f = utils.fuse_linear_bn_eval(layer, b1)
    y = torch.randn(4, 2)
    show((f(y) - b1(layer(y))).abs().max().item() < 1e-05)
    s = utils.skip_init(nn.Linear, 3, 4)
    show(s.weight.shape, s.weight.is_meta)
    error(lambda: utils.skip_init(nn.ReLU))
    error(lambda: utils.skip_init(dict))
    q = nn.Conv2d(8, 4, 3).to(memory_format=torch.channels_last)
    show(q.weight.stride())
    w = utils.convert_conv2d_weight_memory_format(nn.Conv2d(8, 4, 3), torch.channels_last)
    show(w.weight.stride())
    m = nn.Linear(2, 1)
    y = torch.ones(1, 2)
    show(utils.stateless.functional_call(m, {"weight": torch.full((1, 2), 3.0), "bias": torch.zeros(1)}, y))
    error(lambda: utils.stateless.functional_call(m, {"foo": y}, y))
    error(lambda: utils.stateless.functional_call(m, {"weight": torch.ones(1, 2)}, y, strict=True))
    error(
        lambda: utils.stateless.functional_call(
            m, {"weight": torch.ones(1, 2), "bias": torch.zeros(1), "z": y}, y, strict=True
        )
    )
    show(m.weight.requires_grad)
    b = nn.BatchNorm1d(2)
    d = {"running_mean": torch.zeros(2), "running_var": torch.ones(2), "num_batches_tracked": torch.tensor(0)}
    utils.stateless.functional_call(b, d, torch.randn(4, 2) + 5)
    show(numbers(d["running_mean"]), d["num_batches_tracked"], numbers(b.running_mean), b.num_batches_tracked)
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    show(
        numbers(
            utils.stateless.functional_call(
                tied, {"0.weight": torch.ones(2, 2), "0.bias": torch.zeros(2), "1.bias": torch.zeros(2)}, y
            )
        )
    )
    error(
        lambda: utils.stateless.functional_call(tied, {"0.weight": torch.ones(2, 2), "1.weight": torch.zeros(2, 2)}, y)
    )
