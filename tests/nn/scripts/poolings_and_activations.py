"""Poolings with indices and random windows, activations in place, attention with dropout."""

import functools

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    F = torch.nn.functional
    x0 = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float32)

    def X():
        return torch.tensor(x0)

    v, i = F.max_pool2d(X(), 2, return_indices=True)
    show(numbers(v), i)
    show(numbers(F.max_unpool2d(v, i, 2)), F.max_unpool2d(v, i, 2, output_size=(2, 3, 9, 9)).shape)
    error(lambda: F.max_unpool2d(v, i, 2, output_size=(20, 20)))
    v, i = F.max_pool1d(X()[0], 2, return_indices=True)
    show(numbers(F.max_unpool1d(v, i, 2)))
    v, i = F.max_pool3d(X(), 2, return_indices=True)
    show(numbers(F.max_unpool3d(v, i, 2)))
    v, i = F.adaptive_max_pool2d(X(), (3, None), return_indices=True)
    show(numbers(v), i)
    show(
        numbers(F.adaptive_max_pool1d(X()[0], 3)),
        numbers(F.adaptive_avg_pool2d(X(), 3)),
        numbers(F.lp_pool2d(X().abs(), 2, 2)),
    )
    torch.manual_seed(0)
    v, i = F.fractional_max_pool2d(X(), 2, (3, 4), return_indices=True)
    show(numbers(v), i)
    show(numbers(F.fractional_max_pool2d(X(), 3, output_ratio=(0.5, 0.6))))
    show(numbers(F.fractional_max_pool3d(torch.tensor(np.resize(x0, (2, 5, 6, 7))), 2, 2)))
    error(lambda: F.fractional_max_pool2d(X(), 3))
    error(lambda: F.max_pool2d(X(), 0))
    error(lambda: F.max_pool2d(X()[0, 0], 2))
    error(lambda: F.max_pool2d(X(), 2, padding=2))
    torch.manual_seed(0)
    show(numbers(F.gumbel_softmax(X()[0, 0], 0.5)), numbers(F.gumbel_softmax(X()[0, 0], hard=True, dim=0)))
    show(numbers(F.rrelu(X()[0, 0], training=True)), numbers(F.rrelu(X()[0, 0])))
    for f in (
        F.relu,
        F.relu6,
        F.elu,
        F.selu,
        F.celu,
        F.leaky_relu,
        F.hardtanh,
        F.hardswish,
        F.hardsigmoid,
        F.silu,
        F.mish,
        F.rrelu,
    ):
        x = X()[0, 0]
        y = f(x, inplace=True)
        show(f.__name__, y is x, numbers(x)[0])
        z = X()[0, 0].clone().requires_grad_()
        error(functools.partial(f, z, inplace=True))
        w = z * 1
        f(w, inplace=True).sum().backward()
        show(numbers(z.grad)[0])
    x = X()[0, 0]
    show(
        numbers(F.threshold(x, 0.1, 2.0, True)),
        numbers(F.threshold_(x, 0.1, 3.0)),
        numbers(F.relu_(x)),
        numbers(F.softmax(x, 0)),
        numbers(F.log_softmax(x, -1)),
    )
    error(lambda: F.softmax(x))
    error(lambda: F.glu(torch.ones(3)))
    show(F.one_hot(torch.tensor([0, 2])), F.one_hot(torch.tensor([0, 2]), 4)) if hasattr(F, "one_hot") else show("x")
    q = [torch.tensor(np.resize(x0, (2, 4, 6, 8))) for _ in range(3)]
    torch.manual_seed(0)
    show(
        numbers(F.scaled_dot_product_attention(*q))[0][0],
        numbers(F.scaled_dot_product_attention(*q, is_causal=True, dropout_p=0.5))[0][0],
        numbers(
            F.scaled_dot_product_attention(*q, attn_mask=torch.ones(6, 6, dtype=torch.bool), dropout_p=0.5, scale=0.3)
        )[0][0],
        numbers(F.scaled_dot_product_attention(q[0], q[1][:, :2], q[2][:, :2], enable_gqa=True, dropout_p=0.1))[0][0],
    )
