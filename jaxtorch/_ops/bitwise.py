"""Bit operations on integers and bools."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import BOOL, COMPLEX, FLOATING, elementwise, reject


def _bits(name: str, kernel: str, fn, *rejected: int) -> None:
    def applied(input, other):
        reject(input, kernel, FLOATING, COMPLEX, *rejected)
        return fn(*jnp.broadcast_arrays(input, other))

    elementwise(
        f"{name}(Tensor|Scalar input, Tensor|Scalar other) -> Tensor", promote="default", grad="none", variants="fmio"
    )(applied)


_bits("bitwise_and", "bitwise_and_cpu", lax.bitwise_and)
_bits("bitwise_or", "bitwise_or_cpu", lax.bitwise_or)
_bits("bitwise_xor", "bitwise_xor_cpu", lax.bitwise_xor)
# XLA reads a shift amount as unsigned, so a negative one shifts everything out, as in PyTorch
_bits("bitwise_left_shift", "lshift_cpu", lax.shift_left, BOOL)


def _shift_right(x, by):
    signed = jnp.issubdtype(x.dtype, jnp.signedinteger)
    return lax.shift_right_arithmetic(x, by) if signed else lax.shift_right_logical(x, by)


_bits("bitwise_right_shift", "rshift_cpu", _shift_right, BOOL)


@elementwise("bitwise_not(Tensor input) -> Tensor", grad="none", variants="fmio")
def bitwise_not(input):
    reject(input, "bitwise_not_cpu", FLOATING, COMPLEX)
    return ~input
