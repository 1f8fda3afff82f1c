"""Adafactor."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from jaxtorch._base.info import finfo
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, count, lerp, mul, scale
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like, filled_shape, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["Adafactor"]


def adafactor_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Adafactor; a matrix keeps the row and column means of its squared gradient, a vector all of it."""
    s.step = s.step + 1
    t = count(s.step)
    if "maximize" in f:
        g = -g
    forget = t**h.beta2_decay
    size = jnp.maximum(h.eps2, _norm(p) / math.sqrt(p.size))
    step_size = size * jnp.minimum(h.lr, 1 / jnp.sqrt(t))
    if "weight_decay" in f:
        p = scale(p, 1 - h.lr * h.weight_decay)
    if "factored" in f:
        s.row_var = lerp(s.row_var, _mean_square(g, -1), forget)
        s.col_var = lerp(s.col_var, _mean_square(g, -2), forget)
        rows = jnp.maximum(jnp.mean(s.row_var, -2, keepdims=True), h.eps1.astype(p.dtype))
        variance = s.row_var @ s.col_var / rows
    else:
        s.variance = variance = lerp(s.variance, mul(g, g), forget)
    floor = (h.eps1**2).astype(p.dtype)
    update = mul(1 / jnp.sqrt(jnp.maximum(variance, floor)), g)
    clip = jnp.maximum(1.0, _norm(update) / (math.sqrt(update.size) * h.d))
    return add(p, update, -step_size / clip)


def _norm(x: Any) -> Any:
    """The 2-norm, computed as PyTorch stores it, as a double."""
    wide = x.astype(jnp.float32) if x.dtype.itemsize == 2 else x
    return jnp.sqrt(jnp.sum(wide * wide)).astype(x.dtype).astype(jnp.float64)


def _mean_square(g: Any, axis: int) -> Any:
    norm = jnp.sqrt(jnp.sum(g * g, axis, keepdims=True))
    return norm * norm / g.shape[axis]


class Adafactor(FusedOptimizer, Optimizer):
    """Adafactor: Adam's second moment of a matrix kept as a row and a column, and steps relative to the parameters.

    optimizer = torch.optim.Adafactor(model.parameters())
    """

    _rule = adafactor_rule
    _pointwise = False
    _numbers = ("lr", "beta2_decay", "weight_decay", "eps1", "eps2", "d")
    _late_defaults = {"foreach": None}
    _complex_error = "Adafactor does not support complex parameters"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "beta2_decay": beta2_decay,
                "eps": eps,
                "d": d,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        shape = tuple(p.shape)
        if len(shape) > 1:
            state["row_var"] = filled_shape(p, (*shape[:-1], 1))
            state["col_var"] = filled_shape(p, (*shape[:-2], 1, shape[-1]))
        else:
            state["variance"] = filled_like(p)

    def _apply(
        self,
        group: dict[str, Any],
        params: list,
        grads: list,
        states: list,
        tensors: tuple[str, ...],
        extra: frozenset[str] = frozenset(),
    ) -> None:
        for factored, names in ((True, ("row_var", "col_var")), (False, ("variance",))):
            some = [i for i, p in enumerate(params) if (p.dim() > 1) is factored]
            if some:
                super()._apply(
                    group,
                    [params[i] for i in some],
                    [grads[i] for i in some],
                    [states[i] for i in some],
                    names,
                    frozenset(("factored",)) if factored else extra,
                )

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ()

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        eps1, eps2 = group["eps"]
        if eps1 is None:  # PyTorch goes by the first parameter
            eps1 = finfo(next(p for p in group["params"] if p.grad is not None).dtype).eps
        return [group["lr"], group["beta2_decay"], group["weight_decay"], eps1, eps2, group["d"]]
