"""Lazy layers before and after their first input."""

import copy

import numpy as np


def run(s):
    torch, show, error = s.torch, s.show, s.error
    nn = torch.nn
    torch.manual_seed(0)
    m = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    show(m)
    k = copy.deepcopy(m[4])
    show([type(q).__name__ for q in m.parameters()])
    error(lambda: m[0].weight.shape)
    show(m[0].weight)
    y = m(torch.ones(2, 3, 5, 5))
    show(
        m,
        y.shape,
        type(m[0]).__name__,
        np.round(m[0].weight.detach().numpy().ravel()[:4], 5).tolist(),
        len(m[0]._forward_pre_hooks),
    )
    y = k(torch.ones(2, 3))
    show(type(k).__name__, len(k._forward_pre_hooks))
    layer = nn.LazyLinear(3)
    show(layer.state_dict())
    q = nn.LazyLinear(3)
    q.load_state_dict(nn.Linear(2, 3).state_dict())
    show(q.weight.shape, type(q).__name__)
    q(torch.ones(1, 2))
    show(q)
    error(lambda: nn.Linear(2, 3).load_state_dict(nn.LazyLinear(3).state_dict()))
    error(lambda: nn.LazyConv1d(4, 3)(torch.ones(3)))
