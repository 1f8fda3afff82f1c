"""Attributes of modules: registering, replacing, finding and deleting them, with PyTorch's errors."""


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn

    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(2))
            self.register_buffer("b", torch.zeros(3))
            self.register_buffer("np_", torch.zeros(1), persistent=False)
            self.n = None
            self.l = nn.Linear(2, 2, bias=False)
            nn.init.ones_(self.l.weight)

        def forward(self, x, k=1):
            return self.l(self.w * x) * k

    n = N()
    show(n)
    show(list(n.state_dict()))
    show(n.state_dict())
    show([k for k, _ in n.named_buffers()])
    error(lambda: n.foo)
    error(lambda: setattr(n, "w", torch.ones(2)))
    error(lambda: setattr(n, "w", 3))
    error(lambda: setattr(n, "l", 3))
    error(lambda: setattr(n, "b", 3))
    error(lambda: setattr(n, "l", torch.ones(2)))
    error(lambda: n.register_parameter("a.b", None))
    error(lambda: n.register_parameter("", None))
    error(lambda: n.register_parameter("w2", 3))
    error(lambda: n.register_parameter("forward", nn.Parameter(torch.ones(1))))
    error(lambda: n.register_parameter(3, None))
    error(lambda: n.register_parameter("w3", torch.ones(2)))
    error(lambda: n.register_buffer("a.b", None))
    error(lambda: n.register_buffer("w", None))
    error(lambda: n.register_buffer("q", 3))
    error(lambda: n.register_buffer(3, None))
    error(lambda: n.add_module("a.b", n))
    error(lambda: n.add_module("", n))
    error(lambda: n.add_module("q", 3))
    error(lambda: n.add_module("w", nn.ReLU()))
    error(lambda: n.add_module(3, nn.ReLU()))
    error(lambda: n.register_parameter("nl", nn.Parameter(torch.ones(2))))

    class M(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(torch.ones(1))

    error(M)

    class M(nn.Module):
        def __init__(self):
            self.w = nn.Linear(1, 1)

    error(M)

    class M(nn.Module):
        def __init__(self):
            self.register_buffer("b", None)

    error(M)

    class M(nn.Module):
        pass

    error(lambda: M()(1))
    error(lambda: M(3))
    error(lambda: M(a=3))
    error(lambda: n.get_submodule("l"))
    error(lambda: n.get_submodule("x"))
    error(lambda: n.get_submodule("w"))
    error(lambda: n.get_parameter("l.weight"))
    error(lambda: n.get_parameter("l.x"))
    error(lambda: n.get_parameter("b"))
    error(lambda: n.get_buffer("b"))
    error(lambda: n.get_buffer("w"))
    error(lambda: n.get_submodule(""))
    error(lambda: n.set_submodule("l", nn.ReLU()))
    show(n)
    error(lambda: n.set_submodule("", nn.ReLU()))
    error(lambda: n.set_submodule("q.x", nn.ReLU()))
    error(lambda: n.set_submodule("zz", nn.ReLU(), strict=True))
    error(lambda: n.set_submodule("w", nn.ReLU()))
    error(lambda: n.train(3))
    show(n.eval().training, n.train().training)
    show(sorted(x for x in dir(n) if x in ("w", "b", "l", "forward")))
    del n.w
    error(lambda: n.w)
    del n.b
    error(lambda: n.b)

    def d():
        del n.zzz

    error(d)
