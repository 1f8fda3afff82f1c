"""Elementwise functions of three tensors."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.checks import check_factor
from jaxtorch._ops.pointwise import BOOL, INTEGRAL, elementwise, is_complex, opmath, reject, scalar_name

# ----- Bounds: the derivative is 1 at a bound, unlike that of XLA's clamp -----


@elementwise(
    "clamp(Tensor input, Tensor|Scalar? min=None, Tensor|Scalar? max=None) -> Tensor",
    promote="default",
    variants="fmio",
    aliases=("clip",),
    fits=("min", "max"),
)
def clamp(input, min, max):
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    _real(input)
    x = input
    if min is not None and max is not None:
        return jnp.where(min > max, max, _at_most(_at_least(x, min), max))
    return _at_least(x, min) if max is None else _at_most(x, max)


@elementwise("clamp_min(Tensor input, Tensor|Scalar min) -> Tensor", promote="default", variants="fmio", fits=("min",))
def clamp_min(input, min):
    _real(input)
    return _at_least(input, min)


@elementwise("clamp_max(Tensor input, Tensor|Scalar max) -> Tensor", promote="default", variants="fmio", fits=("max",))
def clamp_max(input, max):
    _real(input)
    return _at_most(input, max)


def _real(x) -> None:
    if is_complex(x):
        raise NotImplementedError("clamp is not supported for complex types")


def _at_least(x, low):
    x, low = jnp.broadcast_arrays(x, low)
    return jnp.where(x >= low, x, jnp.where(x < low, low, lax.stop_gradient(x + low)))  # NaN, from either


def _at_most(x, high):
    x, high = jnp.broadcast_arrays(x, high)
    return jnp.where(x <= high, x, jnp.where(x > high, high, lax.stop_gradient(x + high)))


# ----- Fused sums -----


@elementwise("lerp(Tensor input, Tensor end, Tensor|Scalar weight) -> Tensor", variants="fmio")
@opmath
def lerp(input, end, weight):
    for name, other in (("end", end), ("weight", weight)):
        if other.ndim and other.dtype != input.dtype:
            raise RuntimeError(f"expected dtype {_c_name(input)} for `{name}` but got dtype {_c_name(other)}")
    end, weight = end.astype(input.dtype), weight.astype(input.dtype)
    reject(input, "lerp_kernel_scalar" if weight.ndim == 0 else "lerp_kernel_tensor", BOOL, INTEGRAL)
    near = (jnp.abs(weight) if is_complex(weight) else weight) < 0.5  # PyTorch starts from the nearer end
    span = end - input
    return jnp.where(near, input + weight * span, end - span * (1 - weight))


def _c_name(x) -> str:
    return {"Long": "long int", "Int": "int"}.get(scalar_name(x), scalar_name(x).lower())


def _value_fits(common, input, tensor1, tensor2, value=None):
    check_factor(common, value)


@elementwise(
    "addcmul(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar? value=1) -> Tensor",
    promote="default",
    saves=("tensor1", "tensor2"),
    variants="fmio",
    guard=_value_fits,
)
def addcmul(input, tensor1, tensor2, value):
    reject(input, "addcmul_cpu_out", BOOL)
    product = tensor1 * tensor2
    return input + (product if value is None else value * product)


@elementwise(
    "addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar? value=1) -> Tensor",
    promote="default",
    saves=("tensor1", "tensor2"),
    variants="fmio",
    guard=_value_fits,
)
def addcdiv(input, tensor1, tensor2, value):
    if jnp.issubdtype(input.dtype, jnp.integer) or input.dtype == bool:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )
    return input + (tensor1 / tensor2 if value is None else value * tensor1 / tensor2)
