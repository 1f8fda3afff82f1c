"""Promotion around an op function, decided once per call signature, at trace time.

Kinds (after torch._refs):
  default           compute in the promoted dtype, give it back
  int_to_float      integers and bools compute in the default float dtype
  bool              compute in the promoted dtype; the op function itself gives bools
  complex_to_float  complex inputs give their real dtype back (abs)
  all_to_float      that, and integers and bools compute in the default float dtype (angle)
  bool_to_long      bools compute in int64
float16 and bfloat16 compute in float32 and are rounded once at the end, as PyTorch's CPU kernels do.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import LOW_PRECISION, dtype
from jaxtorch._base.modes import defaults
from jaxtorch._base.promotion import result_type

KINDS = frozenset((None, "default", "int_to_float", "bool", "complex_to_float", "all_to_float", "bool_to_long"))


def common_dtype(kind: str, avals) -> dtype:
    """The dtype the inputs are cast to."""
    common = result_type(avals)
    if kind in ("int_to_float", "all_to_float") and common.category < dtypes.FLOATING:
        return defaults.dtype
    if kind == "bool_to_long" and common.category == dtypes.BOOL:
        return dtypes.int64
    return common


def result_dtype(kind: str, common: dtype) -> dtype:
    """The dtype an elementwise op of this kind gives."""
    if kind == "bool":
        return dtypes.bool_
    return common.to_real() if kind in ("complex_to_float", "all_to_float") else common


def compute_dtype(common: dtype, opmath: bool) -> dtype:
    """The dtype the op function sees."""
    return dtypes.float32 if opmath and common in LOW_PRECISION else common


def promoting(fn, compute: dtype, result: dtype, casts: tuple[bool, ...]):
    """`fn` with the inputs marked in `casts` cast to `compute` first, floating outputs rounded to `result`."""
    target = compute.numpy_dtype
    rounds = compute is not result and result in LOW_PRECISION

    def call(*arrays):
        cast = [jax.lax.convert_element_type(a, target) if c else a for a, c in zip(arrays, casts, strict=True)]
        out = fn(*cast)
        if not rounds:
            return out
        return jax.tree.map(lambda o: o.astype(result.numpy_dtype) if jnp.issubdtype(o.dtype, jnp.floating) else o, out)

    return call
