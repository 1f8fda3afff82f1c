"""Order statistics and counts: median, mode, quantile, kthvalue, histograms."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops import layouts
from jaxtorch._ops.checks import c_name
from jaxtorch._ops.extreme_values import largest, smallest
from jaxtorch._ops.ordering import keys, order, take
from jaxtorch._ops.pointwise import BOOL, COMPLEX, FLOATING, INTEGRAL, is_floating, opmath, reject
from jaxtorch._ops.table import op


def _last(x, dim: int):
    """`x` with the dimension last."""
    return jnp.moveaxis(x, dim, -1) if x.ndim else x.reshape(1)


def _back(x, dim: int, keepdim: bool):
    """A last dimension of size 1, moved back or dropped."""
    return jnp.moveaxis(x, -1, dim) if keepdim else x[..., 0]


def _pick(x, index, dim: int, keepdim: bool):
    """(values, indices) at one index of the last dimension."""
    if index.ndim > 1 or keepdim:
        return _back(take(x, index), dim, keepdim), _back(index, dim, keepdim)
    return take(x, index)[..., 0], index[..., 0]


def _nonempty(name: str, x, dim: int) -> None:
    if x.ndim and x.shape[dim] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")


# ----- Elements by rank -----


def _median_index(x, skip_nan: bool):
    """Index of the lower median of the last dimension, dimension kept; of a NaN if there is one and it counts."""
    indices = order(x)
    count = x.shape[-1]
    if not is_floating(x):
        return indices[..., (count - 1) // 2 : (count - 1) // 2 + 1]
    good = count - jnp.sum(jnp.isnan(x), axis=-1, keepdims=True)
    middle = (good - 1) // 2 if skip_nan else jnp.where(good < count, good, (count - 1) // 2)
    return take(indices, jnp.clip(middle, 0, count - 1))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _whole_median(x, skip_nan: bool):
    return take(x, _median_index(x, skip_nan))[0]


@_whole_median.defjvp
def _whole_median_jvp(skip_nan, primals, tangents):
    """Elements equal to the median share its gradient, nan counting as equal to nan."""
    (x,), (t,) = primals, tangents
    value = _whole_median(x, skip_nan)
    equal = jnp.where(jnp.isnan(value), jnp.isnan(x), x == value)
    return value, jnp.sum(jnp.where(equal, t, 0)) / jnp.sum(equal).astype(t.dtype)


def _median(name: str, skip_nan: bool) -> None:
    @op(f"{name}(Tensor input) -> Tensor")
    def whole(input):
        reject(input, "median_cpu", BOOL, COMPLEX)
        flat = input.reshape(-1)
        if flat.size == 0:
            limits = jnp.nan if is_floating(input) else jnp.iinfo(input.dtype).min
            return jnp.asarray(limits, input.dtype)
        return _whole_median(flat, skip_nan) if is_floating(input) else take(flat, _median_index(flat, False))[0]

    @op(
        f"{name}.dim(Tensor input, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        saves=(),
        variants="fmo",
    )
    def along(input, *, dim, keepdim):
        reject(input, "median_out", BOOL, COMPLEX)
        dim = wrap_dim(dim, input.ndim)
        if input.ndim == 0:
            return input, jnp.zeros((), jnp.int64)
        _nonempty("median", input, dim)
        x = _last(input, dim)
        return _pick(x, _median_index(x, skip_nan), dim, keepdim)


_median("median", False)
_median("nanmedian", True)


@op(
    "kthvalue(Tensor input, int k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    saves=(),
    variants="fmo",
)
def kthvalue(input, *, k, dim, keepdim):
    reject(input, "kthvalue_cpu", BOOL, COMPLEX)
    dim = wrap_dim(dim, input.ndim)
    if input.ndim == 0:
        if k != 1:
            raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
        return input, jnp.zeros((), jnp.int64)
    _nonempty("kthvalue", input, dim)
    if not 0 < k <= input.shape[dim]:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    x = _last(input, dim)
    return _pick(x, order(x)[..., k - 1 : k], dim, keepdim)


@op("mode(Tensor input, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", saves=(), variants="fmo")
def mode(input, *, dim, keepdim):
    reject(input, "mode_cpu", COMPLEX)
    dim = wrap_dim(dim, input.ndim)
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    _nonempty("mode", input, dim)
    x = _last(input, dim)
    indices = order(x)
    key = take(keys(lax.stop_gradient(x)), indices)
    # the end of the first longest run of equal elements
    positions = lax.broadcasted_iota(jnp.int64, key.shape, key.ndim - 1)
    starts = jnp.concatenate([jnp.ones_like(key[..., :1], bool), key[..., 1:] != key[..., :-1]], axis=-1)
    length = positions - lax.cummax(jnp.where(starts, positions, 0), axis=key.ndim - 1)
    end = jnp.argmax(length, axis=-1, keepdims=True)
    return _pick(x, take(indices, end), dim, keepdim)


# ----- Quantiles -----

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(input, q, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool):
    if input.dtype not in (jnp.float32, jnp.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if q.dtype != input.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but "
            f"got {interpolation}"
        )
    if input.size == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    kept = (1,) * input.ndim
    if dim is None:
        x = input.reshape(-1)
    else:
        dim = wrap_dim(dim, input.ndim)
        x = _last(input, dim)
    found = _ranks(take(x, order(x)), q.reshape(-1), interpolation, skip_nan)
    if dim is None:
        found = found.reshape(-1, *kept) if keepdim else found.reshape(-1)
    elif keepdim and input.ndim:
        found = jnp.expand_dims(found, dim + 1)
    return found if q.ndim else found[0]


def _ranks(x, q, interpolation: str, skip_nan: bool):
    """The quantiles of a sorted last dimension, as a first dimension."""
    count = x.shape[-1]
    good = jnp.sum(~jnp.isnan(x), axis=-1)
    last = jnp.maximum(good - 1, 0) if skip_nan else jnp.where(good < count, count - 1, count - 1)
    rank = q.reshape(-1, *(1,) * last.ndim) * last.astype(x.dtype)
    if not skip_nan:
        rank = jnp.where(good < count, count - 1, rank)  # NaN sorts last and takes over
    if interpolation == "nearest":
        rank = jnp.round(rank)
    below = jnp.ceil(rank) if interpolation == "higher" else jnp.floor(rank)

    def at(place):
        index = jnp.clip(place, 0, count - 1).astype(jnp.int64)
        return jnp.moveaxis(take(x, jnp.moveaxis(index, 0, -1)), -1, 0)

    low = at(below)
    if interpolation not in ("linear", "midpoint"):
        return low
    weight = jnp.asarray(0.5, x.dtype) if interpolation == "midpoint" else rank - below
    high = at(jnp.ceil(rank))
    return jnp.where(weight < 0.5, low + weight * (high - low), high - (high - low) * (1 - weight))


def _in_range(input, q, *, dim, keepdim, interpolation):
    return (q >= 0) & (q <= 1), RuntimeError, "quantile() q values must be in the range [0, 1]"


def _declare_quantile(name: str, skip_nan: bool) -> None:
    rest = "int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor"

    @op(f"{name}.scalar(Tensor input, float q, {rest}", variants="fmo", grad_name="SqueezeBackward0")
    def at_number(input, *, q, dim, keepdim, interpolation):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        return _quantile(input, jnp.asarray(q, input.dtype), dim, keepdim, interpolation, skip_nan)

    @op(
        f"{name}(Tensor input, Tensor q, {rest}",
        variants="fmo",
        check=_in_range,
        constants={"q": "interpolation != 'linear'"},
        layout=layouts.quantiles,
        grad_name="SqueezeBackward0",
    )
    def at_tensor(input, q, *, dim, keepdim, interpolation):
        return _quantile(input, q, dim, keepdim, interpolation, skip_nan)


_declare_quantile("quantile", False)
_declare_quantile("nanquantile", True)


# ----- Counts -----


@op("histc(Tensor input, int bins=100, float min=0, float max=0) -> Tensor", grad="none", variants="fmo")
@opmath
def histc(input, *, bins, min, max):
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if min > max:
        raise RuntimeError("torch.histc: max must be larger than min")
    reject(input, "histogram_cpu", INTEGRAL, COMPLEX)
    reject(input, "linspace_cpu", BOOL)
    x = input.reshape(-1)
    low, high = jnp.asarray(min, x.dtype), jnp.asarray(max, x.dtype)
    if min == max and x.size:
        low, high = smallest(x), largest(x)
    same = low == high
    low, high = jnp.where(same, low - 1, low), jnp.where(same, high + 1, high)
    return _histogram(x, low, high, bins, None)


def _histogram(x, low, high, bins: int, weight):
    place = jnp.floor((x - low) / (high - low) * bins)
    inside = (x >= low) & (x <= high)
    index = jnp.where(inside, jnp.minimum(place, bins - 1), bins).astype(jnp.int64)
    add = jnp.ones(x.shape, x.dtype) if weight is None else weight
    return jnp.zeros(bins, x.dtype).at[index].add(add, mode="drop")


@op(
    "_histogram_edges(Tensor input, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor "
    "bin_edges)",
    grad="none",
    variants="f",
)
def _histogram_edges(input, bins, weight, *, density):
    """histogram with given edges."""
    _check_histogram(input, bins, weight)
    x, count = input.reshape(-1), bins.shape[0] - 1
    index = jnp.searchsorted(bins, x, side="right") - 1
    index = jnp.where(x == bins[-1], count - 1, index)
    index = jnp.where((index < 0) | jnp.isnan(x), count, index)
    add = jnp.ones(x.shape, x.dtype) if weight is None else weight.reshape(-1)
    hist = jnp.zeros(count, x.dtype).at[index].add(add, mode="drop")
    return (hist / (jnp.sum(hist) * jnp.diff(bins)) if density else hist), bins


@op(
    "histogram.bins_tensor(Tensor input, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, "
    "Tensor bin_edges)",
    grad="none",
    variants="fmo",
)
def histogram_edges(input, bins, weight, *, density):
    _floats_only(input)
    return _histogram_edges(input, bins, weight, density=density)


@op(
    "histogram(Tensor input, int bins, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor "
    "hist, Tensor bin_edges)",
    grad="none",
    variants="fmo",
)
def histogram(input, weight, *, bins, range, density):
    _floats_only(input)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if range is not None:
        low, high = jnp.asarray(range[0], input.dtype), jnp.asarray(range[1], input.dtype)
    elif input.size:
        low, high = smallest(input), largest(input)
    else:
        low, high = jnp.asarray(0, input.dtype), jnp.asarray(1, input.dtype)
    same = low == high
    low, high = jnp.where(same, low - 0.5, low), jnp.where(same, high + 0.5, high)
    edges = jnp.linspace(low, high, bins + 1, dtype=input.dtype)
    return _histogram_edges(input, edges, weight, density=density)


def _check_histogram(input, bins, weight) -> None:
    name = "torch.histogramdd:"
    if bins.dtype != input.dtype:
        raise RuntimeError(
            f"{name} input tensor and bins tensors should have the same dtype, but got input with dtype "
            f"{c_name(input)} and bins for dimension 0 with dtype {c_name(bins)}"
        )
    if bins.ndim != 1:
        raise RuntimeError(
            f"{name} bins tensor should have one dimension, but got {bins.ndim} dimensions in the bins tensor for "
            "dimension 0"
        )
    if not bins.size:
        raise RuntimeError(
            f"{name} bins tensor should have at least 1 element, but got 0 elements in the bins tensor for dimension 0"
        )
    if weight is None:
        return
    if weight.dtype != input.dtype:
        raise RuntimeError(
            f"{name} if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got "
            f"input({c_name(input)}), and weight({c_name(weight)})"
        )
    if weight.size != input.size:
        raise RuntimeError(
            f"{name} if weight tensor is provided it should have the same shape as the input tensor excluding its "
            f"innermost dimension, but got input with shape {[input.size, 1]} and weight with shape {[weight.size]}"
        )


def _floats_only(x) -> None:
    reject(x, "histogram_cpu", BOOL, INTEGRAL, COMPLEX)


@op("_bincount(Tensor input, Tensor? weights=None, *, int length) -> Tensor", grad="none", variants="f")
def _bincount(input, weights, *, length):
    """bincount with the number of bins known: `max(minlength, input.max() + 1)`."""
    reject(input, "bincount_cpu", BOOL, FLOATING, COMPLEX)
    if input.ndim != 1:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if weights is None:
        return jnp.zeros(length, jnp.int64).at[input].add(1, mode="drop")
    add = weights if weights.dtype == jnp.float32 else weights.astype(jnp.float64)
    return jnp.zeros(length, add.dtype).at[input].add(add, mode="drop")
