"""state_dict and load_state_dict: keys, metadata, strict and assign, hooks, extra state."""


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn
    n = nn.Linear(2, 3)
    sd = n.state_dict()
    show(n.load_state_dict(sd))
    error(lambda: n.load_state_dict({"weight": torch.ones(3, 2)}))
    error(
        lambda: n.load_state_dict(
            {"weight": torch.ones(3, 2), "bias": torch.ones(3), "x": torch.ones(1), "y.z": torch.ones(1)}
        )
    )
    error(lambda: n.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.ones(3)}))
    error(lambda: n.load_state_dict({"weight": 3, "bias": torch.ones(3)}))
    error(lambda: n.load_state_dict(3))
    show(n.load_state_dict({"weight": torch.ones(3, 2), "q": 1}, strict=False))
    s = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    error(lambda: s.load_state_dict({"0.weight": torch.ones(3, 3)}))
    show(s.state_dict()._metadata)
    show(list(s.state_dict(prefix="m.")))
    x = s.state_dict(keep_vars=True)
    show(type(x["0.weight"]).__name__, x["0.weight"] is s[0].weight)
    w = s[0].weight
    t = torch.zeros(2, 2)
    s.load_state_dict({**s.state_dict(), "0.weight": t}, assign=True)
    show(s[0].weight is w, s[0].weight.requires_grad, s[0].weight.data_ptr() == t.data_ptr())
    sd = s.state_dict()
    sd["0.weight"].fill_(5.0)
    show(s[0].weight)

    class E(nn.Module):
        def __init__(self):
            super().__init__()
            self.v = 1

        def get_extra_state(self):
            return {"v": self.v}

        def set_extra_state(self, s):
            self.v = s["v"]

    a, b = (E(), E())
    a.v = 9
    show(a.state_dict())
    b.load_state_dict(a.state_dict())
    show(b.v)
    error(lambda: b.load_state_dict({}))
    error(lambda: nn.ReLU().load_state_dict({"_extra_state": 1}))
    h = s.register_state_dict_post_hook(lambda m, sd, pre, meta: sd.update(z=1))
    show(list(s.state_dict()))
    h.remove()
    show(list(s.state_dict()))
    h = s.register_state_dict_post_hook(lambda m, sd, pre, meta: 3)
    error(s.state_dict)
    h.remove()
    s.register_state_dict_pre_hook(lambda m, pre, kv: show("pre", pre, kv))
    s.state_dict()
    s.register_load_state_dict_pre_hook(lambda m, sd, *a: show("lpre", type(m).__name__, len(sd)))
    s.register_load_state_dict_post_hook(lambda m, k: show("lpost", k))
    s.load_state_dict(s.state_dict())
    s.register_load_state_dict_post_hook(lambda m, k: 1)
    error(lambda: s.load_state_dict(s.state_dict()))
    s.state_dict(None)
