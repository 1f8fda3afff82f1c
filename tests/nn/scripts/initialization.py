"""nn.init, bit for bit where PyTorch's numbers are used as they are."""


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    init = torch.nn.init

    def go(f, shape, *a, dtype=torch.float32, **k):
        torch.manual_seed(3)
        t = torch.empty(shape, dtype=dtype)
        r = f(t, *a, **k)
        show(f.__name__, r is t, t.dtype, s.digest(t), torch.rand(1).item())

    for dt in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        go(init.uniform_, (5, 7), -1, 2, dtype=dt)
        go(init.normal_, (5, 7), 1, 2, dtype=dt)
        go(init.trunc_normal_, (5, 70), 0.0, 1.0, -1, 2, dtype=dt)
        go(init.xavier_uniform_, (5, 7), 2.0, dtype=dt)
        go(init.xavier_normal_, (5, 7, 3), dtype=dt)
        go(init.kaiming_uniform_, (5, 7, 2, 2), mode="fan_out", nonlinearity="relu", dtype=dt)
        go(init.kaiming_normal_, (5, 7), a=0.2, dtype=dt)
        go(init.constant_, (2, 3), 1.5, dtype=dt)
        go(init.ones_, (2, 3), dtype=dt)
        go(init.zeros_, (2, 3), dtype=dt)
        go(init.eye_, (2, 3), dtype=dt)
        go(init.dirac_, (4, 2, 3, 3), 2, dtype=dt)
        go(init.dirac_, (4, 2, 3), dtype=dt)
        go(init.dirac_, (4, 2, 3, 4, 5), dtype=dt)
        go(init.sparse_, (6, 5), 0.4, 0.5, dtype=dt)
        go(init.trunc_normal_, (5, 70), 0.0, 1.0, 2.5, 3.0, dtype=dt)
        go(init.trunc_normal_, (3, 4), 0.0, 0.02, dtype=dt)
    for s in ((5, 3), (3, 5), (4, 4), (3, 2, 4)):
        torch.manual_seed(1)
        t = torch.empty(s)
        init.orthogonal_(t, 2.0)
        show(numbers(t), torch.rand(1).item())
    for n in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        show(init.calculate_gain(n))
    show(init.calculate_gain("leaky_relu", 0.3))
    error(lambda: init.calculate_gain("foo"))
    error(lambda: init.calculate_gain("leaky_relu", "x"))
    error(lambda: init.xavier_uniform_(torch.empty(3)))
    error(lambda: init.eye_(torch.empty(3)))
    error(lambda: init.dirac_(torch.empty(3)))
    error(lambda: init.dirac_(torch.empty(3, 2, 2), 2))
    error(lambda: init.kaiming_uniform_(torch.empty(3, 2), mode="x"))
    error(lambda: init.orthogonal_(torch.empty(3)))
    error(lambda: init.sparse_(torch.empty(3), 0.1))
    init.kaiming_uniform_(torch.empty(0, 3))
    init.trunc_normal_(torch.empty(3), mean=10.0)
    init.uniform(torch.empty(3))
    init.xavier_normal(torch.empty(3, 2))
    w = torch.empty(3, 3, requires_grad=True)
    init.normal_(w)
    show(w.requires_grad, w.is_leaf, w.grad_fn)
    init.eye_(w)
    show(w)
    g = torch.Generator().manual_seed(5)
    show(init.normal_(torch.empty(3), generator=g).tolist(), init.trunc_normal_(torch.empty(3), generator=g).tolist())
