"""Clipping of gradients by norm and by value, each one record for all gradients."""

from __future__ import annotations

import math
import types
import warnings
from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import float32
from jaxtorch._base.promotion import promote_types
from jaxtorch._ops.extreme_values import largest, smallest
from jaxtorch._tensor.fused import update
from jaxtorch.nn._root import torch

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def _norm(x: Any, p: float) -> Any:
    size = jnp.abs(x.astype(jnp.float32) if x.dtype.itemsize < 4 else x)
    if math.isinf(p):
        return largest(size, initial=0) if p > 0 else smallest(size)
    if p == 0:
        return jnp.sum(size != 0).astype(size.dtype)
    if p == 1:
        return jnp.sum(size)
    return jnp.sqrt(jnp.sum(size * size)) if p == 2 else jnp.sum(size**p) ** (1 / p)


def _total(grads: list, p: float) -> Any:
    # Each norm is rounded to its gradient's dtype, as PyTorch stacks them.
    norms = [_norm(g, p).astype(jnp.real(g).dtype) for g in grads]
    kind = jnp.result_type(*norms)
    return _norm(jnp.stack([n.astype(kind) for n in norms]), p).astype(kind)


def _scaled(grads: list, total: Any, max_norm: Any) -> list:
    factor = jnp.minimum(max_norm.astype(total.dtype) / (total + jnp.asarray(1e-6, total.dtype)), 1)
    return [g * factor.astype(jnp.real(g).dtype) for g in grads]


def _total_kernel(targets: list, sources: list, numbers: list, p: float) -> list:
    return [_total(sources, p)]


def _clip_kernel(targets: list, sources: list, numbers: list, p: float) -> list:
    total = _total(targets[1:], p)
    return [total, *_scaled(targets[1:], total, numbers[0])]


def _scale_kernel(targets: list, sources: list, numbers: list) -> list:
    return _scaled(targets, sources[0], numbers[0])


def _clamp_kernel(targets: list, sources: list, numbers: list) -> list:
    return [jnp.clip(g, -numbers[0].astype(g.dtype), numbers[0].astype(g.dtype)) for g in targets]


def _list(tensors: Any) -> list:
    return [tensors] if isinstance(tensors, Variable) else list(tensors)


def _grads(parameters: list) -> list:
    return [p.grad for p in parameters if p.grad is not None]


def _empty_total(grads: list) -> Any:
    dtype = grads[0].dtype.to_real()
    for g in grads[1:]:
        dtype = promote_types(dtype, g.dtype.to_real())
    return torch.zeros((), dtype=dtype, device=grads[0].device)


def _check_finite(total: Any, norm_type: float) -> None:
    if not math.isfinite(float(total)):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it "
            f"cannot be "
            f"clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            f"`error_if_nonfinite=False`"
        )


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """The norm of all tensors as if they were one vector."""
    tensors, norm_type = _list(tensors), float(norm_type)
    if not tensors:
        return torch.zeros((), dtype=float32)
    total = _empty_total(tensors)
    with no_grad():
        update(_total_kernel, [total], tensors, (), (norm_type,))
    if error_if_nonfinite:
        _check_finite(total, norm_type)
    return total


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None) -> None:
    """Scale gradients in place by `max_norm / (total_norm + 1e-6)` where that is below 1."""
    grads = _grads(_list(parameters))
    if grads:
        with no_grad():
            update(_scale_kernel, grads, [total_norm], (float(max_norm),))


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale the gradients of parameters in place so that their total norm is at most `max_norm`.

    Gives the norm before clipping as a tensor. `foreach` makes no difference.
    """
    generator = isinstance(parameters, types.GeneratorType)
    parameters = _list(parameters)
    if generator and not parameters:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3)
    grads, norm_type = _grads(parameters), float(norm_type)
    if not grads:
        return torch.zeros((), dtype=float32)
    if error_if_nonfinite:
        total = get_total_norm(grads, norm_type, True)
        clip_grads_with_norm_(parameters, max_norm, total)
        return total
    total = _empty_total(grads)
    with no_grad():
        update(_clip_kernel, [total, *grads], (), (float(max_norm),), (norm_type,))
    return total


def clip_grad_norm(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Deprecated in PyTorch too: use `clip_grad_norm_`."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Clamp the gradients of parameters in place to [-clip_value, clip_value]."""
    grads: Iterable = _grads(_list(parameters))
    if grads:
        with no_grad():
            update(_clamp_kernel, list(grads), (), (float(clip_value),))
