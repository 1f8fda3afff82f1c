"""Hooks of all kinds, on one module and on all."""


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn
    layer = nn.Linear(2, 2)
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    x = torch.ones(1, 2, requires_grad=True)
    h1 = layer.register_forward_pre_hook(lambda m, a: show("pre", a[0].tolist()))
    h2 = layer.register_forward_pre_hook(lambda m, a: (a[0] * 2,), prepend=True)
    h3 = layer.register_forward_hook(lambda m, a, o: o + 1)
    h4 = layer.register_forward_hook(lambda m, a, k, o: show("fwd", k, o.tolist()), with_kwargs=True)
    h5 = layer.register_full_backward_hook(
        lambda m, gi, go: show("bw", [None if g is None else g.tolist() for g in gi], [g.tolist() for g in go])
    )
    h6 = layer.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))
    y = layer(x)
    show(y.tolist())
    y.sum().backward()
    show(x.grad.tolist(), layer.weight.grad.tolist())
    error(lambda: layer.register_backward_hook(lambda *a: None))
    other = nn.Linear(2, 2)
    other.register_backward_hook(lambda m, gi, go: show("old", len(gi), len(go)))
    error(lambda: other.register_full_backward_hook(lambda *a: None))
    nn.init.ones_(other.weight)
    nn.init.zeros_(other.bias)
    other(torch.ones(1, 2, requires_grad=True)).sum().backward()
    for h in (h1, h2, h3, h4, h5, h6):
        h.remove()
    show(
        len(layer._forward_hooks),
        len(layer._forward_pre_hooks),
        len(layer._backward_hooks),
        len(layer._forward_hooks_with_kwargs),
    )
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    x.grad = None
    layer(x).sum().backward()
    show(x.grad.tolist())
    q = nn.Linear(2, 2)
    nn.init.ones_(q.weight)
    q.register_full_backward_hook(lambda m, gi, go: show("noin", gi, [g.tolist() for g in go]))
    q(torch.ones(1, 2)).sum().backward()

    class K(nn.Module):
        def forward(self, x, y=2):
            return x * y

    k = K()
    k.register_forward_pre_hook(lambda m, a, kw: (a, {"y": 5}), with_kwargs=True)
    show(k(torch.ones(1), y=3).tolist())
    k.register_forward_pre_hook(lambda m, a, kw: 3, with_kwargs=True)
    error(lambda: k(torch.ones(1)))

    class Boom(nn.Module):
        def forward(self, x):
            raise ValueError("boom")

    r = Boom()
    r.register_forward_hook(lambda m, a, o: show("always", o), always_call=True)
    error(lambda: r(1))
    g = nn.modules.module.register_module_forward_hook(lambda m, a, o: show("global", type(m).__name__))
    nn.ReLU()(torch.ones(1))
    g.remove()
    nn.ReLU()(torch.ones(1))
    g = nn.modules.module.register_module_full_backward_hook(lambda m, gi, go: show("gbw", type(m).__name__))
    nn.ReLU()(torch.ones(1, requires_grad=True) * 1).sum().backward()
    g.remove()
    error(lambda: nn.modules.module.register_module_backward_hook(lambda *a: None))
    g = nn.modules.module.register_module_parameter_registration_hook(lambda m, n, v: show("reg", n))
    nn.Linear(1, 1)
    g.remove()
    g = nn.modules.module.register_module_module_registration_hook(lambda m, n, v: show("regm", n))
    nn.Sequential(nn.ReLU())
    g.remove()
    g = nn.modules.module.register_module_buffer_registration_hook(lambda m, n, v: show("regb", n))
    nn.BatchNorm1d(1)
    g.remove()
