"""Names of autograd nodes that depend on the call: what PyTorch composes differently for other shapes and options.

One row an op whose `grad_name` alone does not tell: the name as a function of the call's avals and statics, or, where
the op is always the same composition in PyTorch, its last step. Asked only when a name is, so it costs a call nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SPATIAL = {"linear": "Linear", "bilinear": "Bilinear", "bicubic": "Bicubic", "trilinear": "Trilinear"}
_FINAL = {"mean": "MeanBackward0", "sum": "SumBackward0"}


def _linear(avals, statics) -> str:
    x, weight = avals[0].ndim, avals[1].ndim
    if weight == 1 or len(avals) < 3:
        return _product(x, weight)
    return "AddmmBackward0" if x == 2 else "ViewBackward0"


def _product(left: int, right: int) -> str:
    """`matmul` of tensors with these numbers of dimensions."""
    if left > 2 or right > 2:
        return "UnsafeViewBackward0"
    return {(1, 1): "DotBackward0", (1, 2): "SqueezeBackward4", (2, 1): "MvBackward0"}.get((left, right), "MmBackward0")


def _matmul(avals, statics) -> str:
    return _product(avals[0].ndim, avals[1].ndim)


def _einsum(avals, statics) -> str:
    left, arrow, right = statics["equation"].replace(" ", "").partition("->")
    terms = left.split(",")
    seen = set("".join(terms))
    kept = set(right) if arrow else {c for c in seen if left.count(c) == 1}
    if len(terms) == 1:
        return "PermuteBackward0" if seen <= kept else "SumBackward1"
    if len(terms) > 2:  # opt_einsum's order is not asked: the last pair sums something, or nothing was summed at all
        return "MulBackward0" if seen <= kept else "ViewBackward0"
    shared = set(terms[0]) & set(terms[1])
    return "MulBackward0" if shared <= kept and seen <= kept else "ViewBackward0"


def _upsample(avals, statics) -> str:
    n, mode = avals[0].ndim - 2, statics["mode"]
    if mode in ("nearest", "nearest-exact"):
        return f"UpsampleNearest{'Exact' if mode == 'nearest-exact' else ''}{n}DBackward0"
    return f"Upsample{_SPATIAL[mode]}{n}D{'Aa' if statics['antialias'] else ''}Backward0"


def _pad(avals, statics) -> str:
    mode, n = statics["mode"], len(statics["pad"]) // 2
    if mode == "circular":
        return "CopySlices"
    kind = {"reflect": "Reflection", "replicate": "Replication"}.get(mode)
    return "ConstantPadNdBackward0" if kind is None else f"{kind}Pad{n}DBackward0"


def _nll(avals, statics) -> str:
    if avals[0].ndim < 3:
        return "NllLossBackward0"
    return "ViewBackward0" if avals[0].ndim != 4 and statics["reduction"] == "none" else "NllLoss2DBackward0"


def _cross_entropy(avals, statics) -> str:
    if avals[1].dtype.differentiable:  # class probabilities
        return "DivBackward1" if statics["reduction"] == "mean" else "NegBackward0"
    return "AddBackward0" if statics["label_smoothing"] else _nll(avals, statics)


def _kl_div(avals, statics) -> str:
    return _FINAL.get(statics["reduction"]) or ("MulBackward0" if statics["log_target"] else "SubBackward0")


def _reduced(unreduced: str) -> Callable[[Any, Any], str]:
    """A loss that PyTorch composes and reduces at the end."""
    return lambda avals, statics: _FINAL.get(statics["reduction"], unreduced)


def _attention(avals, statics) -> str:
    if avals[0].ndim == 2:
        return "MmBackward0"
    fused = avals[0].ndim == 4 and not statics["dropout_p"]
    return "ScaledDotProductFlashAttentionForCpuBackward0" if fused else "UnsafeViewBackward0"


def _average(n: int) -> Callable[[Any, Any], str]:
    name = f"AdaptiveAvgPool{n}DBackward0"
    return lambda avals, statics: "MeanBackward1" if set(_tuple(statics["output_size"])) == {1} else name


def _tuple(sizes) -> tuple:
    return sizes if isinstance(sizes, tuple) else (sizes,)


def _ctc(avals, statics) -> str:
    return "CtcLossBackward0" if statics["reduction"] == "none" else _FINAL[statics["reduction"]]


def _clamp(avals, statics) -> str:
    return "ClampBackward1" if any(a.weak for a in avals[1:]) else "ClampBackward0"


def _power(avals, statics) -> str:
    if avals[0].weak:
        return "PowBackward2"
    return "PowBackward0" if avals[1].weak else "PowBackward1"


def _fourier(avals, statics) -> str:
    return "FftC2CBackward0" if avals[0].dtype.is_complex else "FftR2CBackward0"


def _diag(avals, statics) -> str:
    return "DiagonalBackward0_copy" if avals[0].ndim == 2 else "DiagEmbedBackward0"


_RULES: dict[str, Callable[[Any, Any], str] | str] = {
    "nn.functional.linear": _linear,
    "matmul": _matmul,
    "einsum": _einsum,
    "_upsample": _upsample,
    "nn.functional.pad": _pad,
    "_nll_loss": _nll,
    "_cross_entropy": _cross_entropy,
    "_kl_div": _kl_div,
    "_l1_loss": _reduced("AbsBackward0"),
    "_hinge_embedding_loss": _reduced("AddBackward0"),
    "_margin_ranking_loss": _reduced("ClampMinBackward0"),
    "_triplet_margin_loss": _reduced("ClampMinBackward0"),
    "_cosine_embedding_loss": _reduced("AddBackward0"),
    "_poisson_nll_loss": _reduced("SubBackward0"),
    "_gaussian_nll_loss": _reduced("MulBackward0"),
    "_ctc_loss": _ctc,
    "nn.functional.scaled_dot_product_attention": _attention,
    "nn.functional.adaptive_avg_pool2d": _average(2),
    "nn.functional.adaptive_avg_pool3d": _average(3),
    "nn.functional.rms_norm": "MulBackward0",
    "pairwise_distance": "NormBackward1",
    "clamp": _clamp,
    "pow": _power,
    "div.mode": "DivBackward2",
    "max": "MaxBackward1",
    "min": "MinBackward1",
    "quantile": "SqueezeBackward4",
    "quantile.scalar": "SqueezeBackward4",
    "fft.fft": _fourier,
    "diag": _diag,
    "square": "PowBackward0",
    "log1p": "Log1PBackward0",
    "deg2rad": "Deg2RadBackward0",
    "rad2deg": "Rad2DegBackward0",
    "masked_select": "MaskedSelectBackward0",
}


def node_name(op: Any, avals: tuple, statics: dict) -> str | None:
    """The name PyTorch gives the node of this call, where it depends on the call; else None."""
    rule = _RULES.get(op.key)
    return rule if rule is None or isinstance(rule, str) else rule(avals, statics)
