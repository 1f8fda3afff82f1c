"""Interpolation, sampling, padding, blocks, attention masks and other functions over images."""

import functools
import importlib

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    F = torch.nn.functional
    bias = importlib.import_module(torch.__name__ + ".nn.attention.bias")
    x0 = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    X = torch.tensor(x0)
    for kw in (
        {"size": (7, 3)},
        {"scale_factor": 2.0},
        {"scale_factor": (1.5, 0.7)},
        {"size": 3, "mode": "area"},
        {"scale_factor": 0.6, "mode": "area"},
        {"size": (7, 9), "mode": "bilinear"},
        {"size": (7, 9), "mode": "bilinear", "align_corners": True},
        {"scale_factor": 1.7, "mode": "bilinear"},
        {"scale_factor": 1.7, "mode": "bilinear", "recompute_scale_factor": True},
        {"size": (2, 3), "mode": "bilinear", "antialias": True},
        {"size": (7, 9), "mode": "bicubic"},
        {"scale_factor": 2, "mode": "nearest-exact"},
        {"size": (2, 2), "mode": "lanczos", "antialias": True},
    ):
        show(kw, numbers(F.interpolate(X, **kw))[0][:6])
    show(
        numbers(F.interpolate(X[0], scale_factor=2, mode="linear"))[0],
        numbers(F.interpolate(X[None], size=(2, 3, 4), mode="trilinear"))[0][:6],
    )
    for kw in (
        {},
        {"size": 3, "scale_factor": 2},
        {"size": (3,)},
        {"scale_factor": (2,)},
        {"size": 3, "align_corners": True},
        {"size": 3, "mode": "linear"},
        {"size": 3, "mode": "trilinear"},
        {"size": 3, "mode": "foo"},
        {"size": 3, "recompute_scale_factor": True},
        {"size": 3, "antialias": True},
        {"size": (3.5, 2)},
        {"size": 2, "mode": "lanczos"},
    ):
        error(functools.partial(F.interpolate, X, **kw))
    error(lambda: F.interpolate(X[0, 0], size=3))
    F.upsample(X, scale_factor=2)
    F.upsample_nearest(X, scale_factor=2)
    show(numbers(F.upsample_bilinear(X, scale_factor=2))[0][:6])
    th = torch.tensor([[[1.0, 0.2, 0], [0.1, 0.9, 0.3]]])
    g = F.affine_grid(th, (1, 3, 4, 5), align_corners=False)
    show(numbers(g)[0][:6], numbers(F.grid_sample(X[:1], g, align_corners=True))[0][:6])
    F.affine_grid(th, (1, 3, 4, 5))
    F.grid_sample(X[:1], g)
    error(lambda: F.grid_sample(X, g, mode="x"))
    error(lambda: F.grid_sample(X, g, padding_mode="x"))
    error(lambda: F.affine_grid(th, (1, 3, 4)))
    F.affine_grid(th, (1, 3, 4, 1), align_corners=True)
    show(numbers(F.pad(X, (1, 2), value=3.0))[0][:6], F.pad(X, (1, 1, 1, 1), "reflect").shape, F.pad(X, (-1, 0)).shape)
    show(
        numbers(F.pixel_shuffle(torch.arange(16.0).view(1, 4, 2, 2), 2)),
        numbers(F.pixel_unshuffle(torch.arange(16.0).view(1, 1, 4, 4), 2)),
        numbers(F.channel_shuffle(torch.arange(8.0).view(1, 4, 2), 2)),
    )
    u = F.unfold(X, 2)
    show(u.shape, numbers(F.fold(u, (4, 5), 2))[0][:6])
    show(
        numbers(F.cosine_similarity(X, X.flip(0), 1))[0][:6],
        numbers(F.pairwise_distance(X[0, 0], X[0, 1])),
        numbers(F.pdist(X[0, 0])),
    )
    show(
        torch.nn.grad.conv2d_input((2, 3, 4, 5), torch.ones(2, 3, 2, 2), torch.ones(2, 2, 3, 4)).shape,
        numbers(torch.nn.grad.conv2d_weight(X, (2, 3, 2, 2), torch.ones(2, 2, 3, 4)))[0][:6],
    )
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        show(numbers(F.scaled_dot_product_attention(X, X, X))[0][:6])
    show(
        numbers(F.scaled_dot_product_attention(X, X, X, attn_mask=bias.causal_lower_right(4, 4)))[0][:6],
        numbers(F.scaled_dot_product_attention(X[:, :, :2], X, X, attn_mask=bias.causal_lower_right(2, 4)))[0][:6],
    )
    show(nn.DataParallel(nn.Linear(2, 2)))
    show(nn.factory_kwargs({"device": "cpu"}))
    error(lambda: nn.factory_kwargs({"x": 1}))
    a = nn.AdaptiveLogSoftmaxWithLoss(5, 20, [5, 10])
    torch.manual_seed(0)
    a.reset_parameters()
    y = torch.randn(6, 5)
    o = a(y, torch.tensor([1, 7, 12, 19, 3, 6]))
    show(numbers(o.output), numbers(o.loss), a.log_prob(y).shape, a.predict(y))
    error(lambda: a(y, torch.tensor([1, 7, 12, 29, 3, 6])))
    show(numbers(a(y[0], torch.tensor(3)).output))
    layer = nn.LinearCrossEntropyLoss(5, 4)
    show(numbers(layer(y, torch.tensor([1, 2, 3, 0, 1, 2]))), layer)
