"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict, Parameter and Buffer."""

from collections import OrderedDict


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn
    s = nn.Sequential(OrderedDict(a=nn.Linear(1, 1), b=nn.ReLU()))
    show(s, s.a, s[0], s[-1], s[0:1], len(s))
    error(lambda: s[5])
    s[1] = nn.Tanh()
    show(s)
    del s[0]
    show(s)
    s.append(nn.ReLU())
    s.insert(0, nn.Sigmoid())
    show(s)
    error(lambda: s.insert(9, nn.ReLU()))
    error(lambda: s.insert(0, 3))
    s.extend([nn.ReLU()])
    show(s + nn.Sequential(nn.ReLU()), s * 2)
    error(lambda: s + 3)
    error(lambda: s * 0)
    error(lambda: s * "a")
    s += nn.Sequential(nn.Tanh())
    show(s)
    s *= 2
    show(len(s))
    show(s.pop(0))
    show(2 * nn.Sequential(nn.ReLU()))
    del s[1:3]
    show(len(s))
    m = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU()])
    show(m, m[1], m[-1], m[1:], len(m))
    error(lambda: m[9])
    m[0] = nn.ReLU()
    m.insert(1, nn.Tanh())
    m += [nn.ReLU()]
    m.extend([nn.ReLU()])
    show(m)
    show(m.pop(0), m + [nn.Tanh()])
    del m[0]
    del m[0:2]
    show(m)
    error(lambda: m.extend(3))
    error(lambda: m(1))
    show(nn.ModuleList())
    error(lambda: nn.ModuleList([3]))
    d = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
    show(d, list(d), list(d.keys()), "a" in d, d["a"])
    d.update([["c", nn.ReLU()]])
    d["z"] = nn.ReLU()
    show(d.pop("a"))
    show(d, len(d))
    error(lambda: d.update(3))
    error(lambda: d.update([3]))
    error(lambda: d.update([[1]]))
    d.clear()
    show(d)
    error(lambda: d["q"])
    layer = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.zeros(3, 2), 5, "s"])
    show(layer, len(layer), type(layer[1]).__name__, layer[1:], list(layer.state_dict()))
    layer.append(torch.ones(1))
    layer[0] = torch.ones(4)
    show(layer)
    error(lambda: layer.extend(3))
    error(lambda: layer(1))
    error(lambda: layer[9])
    d = nn.ParameterDict({"b": torch.ones(2), "a": nn.Parameter(torch.zeros(1)), "c": 3})
    show(d, list(d), "a" in d, d.get("q"), list(d.items())[0][0], len(d))
    d["z"] = torch.ones(1)
    show(d.pop("a"), d.popitem()[0], list(d.keys()))
    e = d.copy()
    show(e | {"k": torch.ones(1)})
    show(d.setdefault("b"), d.setdefault("n", torch.ones(1)))
    show(list(reversed(d)))
    error(lambda: d[3])
    error(lambda: d(1))
    show(d.fromkeys(["x"], 1))
    d.clear()
    show(d)
    error(lambda: nn.Container(a=nn.ReLU()))
    show(nn.Sequential(nn.Sequential(nn.Linear(1, 1)), nn.ModuleList([nn.ReLU()])))
    b = nn.Buffer(torch.ones(2))
    class_ = nn.Module()
    class_.b = b
    class_.c = nn.Buffer(torch.ones(1), persistent=False)
    show(
        list(class_.state_dict()),
        [n for n, _ in class_.named_buffers()],
        type(class_.b).__name__,
        isinstance(class_.b, nn.Buffer),
    )
    q = nn.Parameter(torch.ones(2))
    show(
        q,
        repr(q),
        type(q.data).__name__,
        isinstance(q, nn.Parameter),
        isinstance(q.data, nn.Parameter),
        q.is_leaf,
        q.requires_grad,
        type(q.detach()).__name__,
        type(q * 2).__name__,
        nn.Parameter(torch.ones(1), False),
    )
    error(lambda: nn.Parameter(torch.ones(1, dtype=torch.int64)))
    show(nn.Parameter(torch.ones(1, dtype=torch.int64), requires_grad=False))
    show(nn.Parameter().shape)
