"""Autocast: which functions cast what they are given, and the state of each thread.

PyTorch casts between dispatch and kernel, op by op. Here it is done where public functions hand their calls on
(`overriding`): a function in a list is called with its arguments cast and autocast off, any other as it is, so that
what it calls is cast in turn. Casts are recorded like any other op; XLA merges those of the same weight.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._base.devices import cuda_count
from jaxtorch._base.dtypes import bfloat16, float16, float32
from jaxtorch._tensor.conversion import convert
from jaxtorch._tensor.overriding import activate
from jaxtorch._tensor.overriding import state as state

LOWER, SINGLE, WIDEST = "lower", "single", "widest"

# Names as public functions have them; ATen's lists are in aten/src/ATen/autocast_mode.cpp. What ATen composes of ops in
# a list (einsum of bmm) is written here as one op, so it is in the list too.
_PRODUCTS = (
    "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d linear mm bmm matmul addmm "
    "addbmm baddbmm prelu scaled_dot_product_attention tensordot inner multi_dot chain_matmul matrix_power __matmul__ "
    "__rmatmul__ _addmm_activation"
)
_CPU_LOWER = _PRODUCTS + " vecdot cov corrcoef"
_CPU_SINGLE = (
    "avg_pool3d max_pool3d max_pool3d_with_indices adaptive_avg_pool3d adaptive_max_pool3d max_unpool2d max_unpool3d "
    "adaptive_max_pool3d_with_indices fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d "
    "fractional_max_pool3d_with_indices grid_sample grid_sampler grid_sampler_2d grid_sampler_3d polar prod quantile "
    "nanquantile stft cdist trace view_as_complex binary_cross_entropy mse_loss cosine_embedding_loss nll_loss "
    "hinge_embedding_loss poisson_nll_loss smooth_l1_loss cross_entropy l1_loss huber_loss margin_ranking_loss "
    "soft_margin_loss triplet_margin_loss multi_margin_loss ctc_loss kl_div multilabel_margin_loss "
    "multilabel_soft_margin_loss binary_cross_entropy_with_logits fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 "
    "irfft2 rfftn irfftn hfft ihfft cond matrix_rank solve cholesky cholesky_ex cholesky_inverse cholesky_solve "
    "inverse inv inv_ex pinverse pinv lu_solve orgqr ormqr svd svdvals eig eigh eigvals eigvalsh householder_product "
    "tensorinv tensorsolve geqrf qr triangular_solve lstsq"
)
_CUDA_LOWER = _PRODUCTS + " mv addmv addr"
_CUDA_SINGLE = (
    "acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh tan pow __pow__ __rpow__ softplus "
    "layer_norm group_norm frobenius_norm nuclear_norm cosine_similarity poisson_nll_loss cosine_embedding_loss "
    "nll_loss hinge_embedding_loss kl_div l1_loss smooth_l1_loss huber_loss mse_loss margin_ranking_loss "
    "multilabel_margin_loss multilabel_soft_margin_loss soft_margin_loss triplet_margin_loss multi_margin_loss "
    "cross_entropy binary_cross_entropy_with_logits dist pdist cdist renorm logsumexp prod softmax log_softmax "
    "cumprod cumsum vector_norm matrix_norm norm sum"
)
_WIDEST = "cat concat concatenate stack hstack vstack dstack column_stack row_stack index_copy"
_CUDA_WIDEST = _WIDEST + " addcdiv addcmul atan2 bilinear cross dot vdot grid_sample grid_sampler index_put scatter_add"


def _policies(**names: str) -> dict[str, str]:
    return {name: policy for policy, text in names.items() for name in text.split()}


POLICIES: dict[str, dict[str, str]] = {
    "cpu": _policies(lower=_CPU_LOWER, single=_CPU_SINGLE, widest=_WIDEST),
    "cuda": _policies(lower=_CUDA_LOWER, single=_CUDA_SINGLE, widest=_CUDA_WIDEST),
}
POLICIES["xla"] = POLICIES["cuda"]

_DTYPES = {"cuda": float16}  # of the other device types bfloat16


def has_gpu() -> bool:
    """Whether "cuda" names a device."""
    return cuda_count() > 0


def enabled(device_type: str) -> bool:
    """Whether the thread casts for a device type."""
    return device_type in state.autocast


def set_enabled(device_type: str, value: bool) -> None:
    """Switch casting for a device type on or off in this thread."""
    if value:
        activate()
        state.autocast = {**state.autocast, device_type: fast_dtype(device_type)}
    else:
        state.autocast = {d: t for d, t in state.autocast.items() if d != device_type}
    _update()


def fast_dtype(device_type: str) -> Any:
    """What a device type casts to in this thread."""
    return state.autocast_dtypes.get(device_type) or _DTYPES.get(device_type, bfloat16)


def set_fast_dtype(device_type: str, dtype: Any) -> None:
    """Change what a device type casts to in this thread."""
    state.autocast_dtypes = {**state.autocast_dtypes, device_type: dtype}
    if device_type in state.autocast:
        state.autocast = {**state.autocast, device_type: dtype}
    _update()


def _update() -> None:
    state.cast = _call if state.autocast else None


def _call(twin: Any, args: tuple, kwargs: dict) -> Any:
    """A call of a public function while autocast is on."""
    name = twin.__name__
    for device_type, fast in state.autocast.items():
        policy = POLICIES[device_type].get(name) or _by_arguments(name, args, kwargs)
        if policy is None or kwargs.get("out") is not None:
            continue
        target = float32 if policy is SINGLE else fast
        if policy is WIDEST:
            target = _widest((args, kwargs), device_type, fast)
        before, state.cast = state.cast, None
        try:
            return twin(*cast(args, device_type, target), **cast(kwargs, device_type, target))
        finally:
            state.cast = before
    return twin(*args, **kwargs)


def _by_arguments(name: str, args: tuple, kwargs: dict) -> str | None:
    if name == "einsum":
        return LOWER if not args or not isinstance(args[0], str) or _sums_products(args[0]) else None
    if name == "pad":
        mode = kwargs.get("mode", args[2] if len(args) > 2 else "constant")
        sizes = kwargs.get("pad", args[1] if len(args) > 1 else ())
        return SINGLE if mode == "replicate" or (mode == "reflect" and len(sizes) < 6) else None
    return None


def _sums_products(equation: str) -> bool:
    """Whether two operands share an index that is summed: a product of matrices, not of elements."""
    inputs, arrow, output = equation.partition("->")
    terms = [set(t) - {" ", "."} for t in inputs.split(",")]
    shared = {i for k, t in enumerate(terms) for i in t if any(i in u for u in terms[k + 1 :])}
    return bool(shared - set(output)) if arrow else bool(shared)


def cast(x: Any, device_type: str, dtype: Any) -> Any:
    """Cast the floating-point tensors in a structure, those in double precision apart."""
    if isinstance(x, Variable):
        return convert(x, dtype, None, False, None) if _eligible(x, device_type) else x
    if type(x) in (tuple, list):
        return type(x)([cast(i, device_type, dtype) for i in x])
    if type(x) is dict:
        return {k: cast(v, device_type, dtype) for k, v in x.items()}
    return x


def _eligible(x: Variable, device_type: str) -> bool:
    a = x._aval
    return a.dtype.is_floating_point and a.dtype is not dtypes.float64 and a.device.type == device_type


def _widest(x: Any, device_type: str, fast: Any) -> Any:
    """The widest dtype among the tensors: the fast one, or float32."""
    if isinstance(x, Variable):
        if not x._aval.dtype.is_floating_point or x._aval.device.type != device_type:
            return fast
        if x._aval.dtype is float32 or x._aval.dtype is dtypes.float64:
            return x._aval.dtype
        if x._aval.dtype is not fast:
            raise RuntimeError("Unexpected floating ScalarType in at::autocast::prioritize")
        return fast
    if isinstance(x, dict):
        x = list(x.values())
    found = [_widest(i, device_type, fast) for i in x] if isinstance(x, (tuple, list)) else []
    return max(found, key=lambda d: d.itemsize, default=fast)


def as_now(function: Callable) -> Callable:
    """The function, to run under the autocast of this moment whenever it is called."""
    now = state.autocast, state.cast

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        before = state.autocast, state.cast
        state.autocast, state.cast = now
        try:
            return function(*args, **kwargs)
        finally:
            state.autocast, state.cast = before

    return run


def recurrent(function: Callable, keeps_single: bool) -> Any:
    """Run a recurrent layer or cell under autocast; its function takes a cast to apply to what it is given.

    PyTorch multiplies in the fast dtype; where it then adds to a single-precision state the result is single
    precision. Both roundings are those of the inputs here.
    """
    found = next(iter(state.autocast.items())) if state.cast is not None else None
    if found is None:
        return function(lambda x: x)
    device_type, fast = found
    before, state.cast = state.cast, None
    try:
        if not keeps_single:
            return function(lambda x: cast(x, device_type, fast))
        return function(lambda x: cast(cast(x, device_type, fast), device_type, float32))
    finally:
        state.cast = before
