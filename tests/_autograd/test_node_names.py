"""Names of nodes that PyTorch composes differently for each shape and option, and what `next_functions` shows."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F

X = torch.ones(2, 3, requires_grad=True)
W, B = torch.ones(4, 3), torch.ones(4)
TARGET = torch.tensor([0, 1])

CASES = [
    (lambda: F.linear(X, W, B), "AddmmBackward0"),
    (lambda: F.linear(X, W), "MmBackward0"),
    (lambda: F.linear(X[None], W, B), "ViewBackward0"),
    (lambda: F.linear(X[None], W), "UnsafeViewBackward0"),
    (lambda: X @ W.t(), "MmBackward0"),
    (lambda: X @ W[0], "MvBackward0"),
    (lambda: X[0] @ W[0], "DotBackward0"),
    (lambda: X[None] @ W.t(), "UnsafeViewBackward0"),
    (lambda: torch.einsum("ij,kj->ik", X, W), "ViewBackward0"),
    (lambda: torch.einsum("i,j->ij", X[0], X[1]), "MulBackward0"),
    (lambda: torch.einsum("ij->ji", X), "PermuteBackward0"),
    (lambda: torch.einsum("ij->i", X), "SumBackward1"),
    (lambda: X.max(), "MaxBackward1"),
    (lambda: X.max(1)[0], "MaxBackward0"),
    (lambda: X.clamp(0), "ClampBackward1"),
    (lambda: X.clamp(X, X), "ClampBackward0"),
    (lambda: X.square(), "PowBackward0"),
    (lambda: 2**X, "PowBackward2"),
    (lambda: X.log1p(), "Log1PBackward0"),
    (lambda: X.diag(), "DiagonalBackward0_copy"),
    (lambda: X[0].diag(), "DiagEmbedBackward0"),
    (lambda: torch.fft.fft(X), "FftR2CBackward0"),
    (lambda: F.cross_entropy(X, TARGET), "NllLossBackward0"),
    (lambda: F.cross_entropy(X, TARGET, label_smoothing=0.1), "AddBackward0"),
    (lambda: F.cross_entropy(X, torch.ones(2, 3)), "DivBackward1"),
    (lambda: F.cross_entropy(X[..., None], TARGET[:, None]), "NllLoss2DBackward0"),
    (lambda: F.l1_loss(X, W[:2], reduction="none"), "AbsBackward0"),
    (lambda: F.kl_div(X, W[:2], reduction="sum"), "SumBackward0"),
    (lambda: F.interpolate(X[None, None], (4, 4), mode="bilinear"), "UpsampleBilinear2DBackward0"),
    (lambda: F.interpolate(X[None], 4), "UpsampleNearest1DBackward0"),
    (lambda: F.pad(X[None], (1, 1), mode="reflect"), "ReflectionPad1DBackward0"),
    (lambda: F.adaptive_avg_pool2d(X[None], 1), "MeanBackward1"),
    (lambda: F.adaptive_avg_pool2d(X[None], (1, 2)), "AdaptiveAvgPool2DBackward0"),
    (lambda: F.scaled_dot_product_attention(X[None], X[None], X[None]), "UnsafeViewBackward0"),
]


@pytest.mark.parametrize("make, name", CASES)
def test_the_name_is_pytorchs(make, name):
    node = make().grad_fn
    assert node.name() == name and repr(node).startswith(f"<{name} object at ")


def _walk(node):
    return node if node is None else (node.name(), *[_walk(n) for n, _ in node.next_functions])


def test_next_functions_of_a_network():
    weight, bias = torch.ones(4, 3, requires_grad=True), torch.ones(4, requires_grad=True)
    loss = F.mse_loss(F.linear(F.relu(X), weight, bias), torch.zeros(2, 4))
    leaf = ("torch::autograd::AccumulateGrad",)
    linear = ("AddmmBackward0", leaf, ("ReluBackward0", leaf), ("TBackward0", leaf))
    assert _walk(loss.grad_fn)[:2] == ("MseLossBackward0", linear)


@pytest.mark.parametrize(
    "make, count",
    [
        (lambda: X + 1, 2),
        (lambda: X**2, 1),
        (lambda: X % 2, 1),
        (lambda: X[0], 1),
        (lambda: X[[0]], 1),
        (lambda: X.gather(1, TARGET[:, None]), 1),
        (lambda: F.nll_loss(X, TARGET), 1),
        (lambda: F.layer_norm(X, (3,)), 3),
        (lambda: F.conv1d(X[None], torch.ones(1, 2, 1)), 3),
    ],
)
def test_next_functions_has_what_pytorch_differentiates(make, count):
    assert len(make().grad_fn.next_functions) == count
