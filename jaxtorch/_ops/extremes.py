"""Largest and smallest: values, indices, both."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops import extreme_values
from jaxtorch._ops.ordering import first_extreme
from jaxtorch._ops.pointwise import COMPLEX, elementwise, is_complex, reject, scalar_name
from jaxtorch._ops.pointwise_binary import maximum, minimum
from jaxtorch._ops.reduce import axes, squeeze
from jaxtorch._ops.table import op


def _nonempty(name: str, x, dims: tuple[int, ...], whole: bool) -> None:
    if whole and x.size == 0:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            "reduction dim with the 'dim' argument."
        )
    for d in dims:
        if x.ndim and x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _extreme(name: str, x, dim, keepdim: bool, kernel: str):
    reject(x, kernel, COMPLEX)
    dims = axes(dim, x.ndim)
    _nonempty(name, x, dims, dim is None or dim == ())
    return _spread(x, dims, keepdim, name.endswith("max"), kernel.endswith("_all"))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3, 4))
def _spread(x, dims: tuple[int, ...], keepdim: bool, largest: bool, nan_too: bool):
    return (extreme_values.largest if largest else extreme_values.smallest)(x, dims, keepdim)


@_spread.defjvp
def _spread_jvp(dims, keepdim, largest, nan_too, primals, tangents):
    """All that are extreme share the derivative evenly: NaNs too in `max()` and `min()`; elsewhere they make it NaN."""
    (x,) = primals
    best = _spread(x, dims, True, largest, nan_too)
    hit = x == best
    hit = (hit | ((x != x) & (best != best)) if nan_too else hit).astype(x.dtype)
    share = hit / jnp.sum(hit, axis=dims, keepdims=True)
    return squeeze(best, dims, keepdim), jnp.sum(tangents[0] * lax.stop_gradient(share), axis=dims, keepdims=keepdim)


for _name, _kernel in (("amax", "max_values_cpu"), ("amin", "min_values_cpu")):
    op(
        f"{_name}(Tensor input, int[]? dim=(), bool keepdim=False) -> Tensor", saves=("input", "result"), variants="fmo"
    )(lambda input, *, dim, keepdim, name=_name, kernel=_kernel: _extreme(name, input, dim, keepdim, kernel))


@op(
    "aminmax(Tensor input, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
    saves=("input", "result"),
    variants="fmo",
)
def aminmax(input, *, dim, keepdim):
    if input.size == 0:
        dims = axes(dim, input.ndim)
        if dim is not None and input.shape[dims[0]] == 0:
            raise IndexError(f"aminmax: Expected reduction dim {dims[0]} to have non-zero size.")
        if dim is None:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
    return tuple(_extreme(name, input, dim, keepdim, "aminmax_cpu") for name in ("amin", "amax"))


# ----- With index: the derivative goes to the element of the index alone -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _chosen(x, dim: int, largest: bool):
    return first_extreme(x, dim, largest=largest)


@_chosen.defjvp
def _chosen_jvp(dim, largest, primals, tangents):
    # a masked sum, for its derivative is a select: XLA's scatter is slow
    value, index = _chosen(primals[0], dim, largest)
    hit = lax.broadcasted_iota(jnp.int64, primals[0].shape, dim) == index
    tangent = jnp.sum(jnp.where(hit, tangents[0], 0), axis=dim, keepdims=True)
    return (value, index), (tangent, jnp.zeros(index.shape, jax.dtypes.float0))


def _pair(name: str, input, dim: int, keepdim: bool):
    if is_complex(input):
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{scalar_name(input)}'")
    dim = wrap_dim(dim, input.ndim)
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    _nonempty(name, input, (dim,), False)
    value, index = _chosen(input, dim, name == "max")
    return squeeze(value, (dim,), keepdim), squeeze(index, (dim,), keepdim)


def _declare(name: str, other) -> None:
    @op(f"{name}(Tensor input) -> Tensor", saves=("input", "result"), variants="fmo")
    def whole(input):
        return _extreme(name, input, None, False, f"{name}_all")

    elementwise(  # before `dim`, which an integer tensor would fit too
        f"{name}.other(Tensor input, Tensor other) -> Tensor",
        promote="default",
        variants="fmo",
        grad_name=f"{name.capitalize()}imumBackward0",
    )(other)

    @op(
        f"{name}.dim(Tensor input, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        saves=(),
        variants="fmo",
        grad_name=f"{name.capitalize()}Backward0",
    )
    def along(input, *, dim, keepdim):
        return _pair(name, input, dim, keepdim)


_declare("max", maximum)
_declare("min", minimum)


def _index(name: str, input, dim: int | None, keepdim: bool):
    if input.dtype == bool or is_complex(input):
        raise RuntimeError(f"{name}(): does not support {'bool' if input.dtype == bool else 'complex'} input")
    largest = name == "argmax"
    if dim is None:
        if input.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        index = first_extreme(input.reshape(-1), 0, largest=largest)[1].reshape(())
        return index.reshape((1,) * input.ndim) if keepdim else index
    dim = wrap_dim(dim, input.ndim)
    if input.ndim == 0:
        return jnp.zeros((), jnp.int64)
    _nonempty(name, input, (dim,), False)
    return squeeze(first_extreme(input, dim, largest=largest)[1], (dim,), keepdim)


for _name in ("argmax", "argmin"):
    op(f"{_name}(Tensor input, int? dim=None, bool keepdim=False) -> Tensor", grad="none", variants="fmo")(
        lambda input, *, dim, keepdim, name=_name: _index(name, input, dim, keepdim)
    )
