"""Rprop."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import addcmul, mul
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["Rprop"]


def rprop_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Rprop."""
    s.step = s.step + 1
    if "maximize" in f:
        g = -g
    agreement = mul(g, s.prev)
    factor = jnp.where(agreement > 0, h.etaplus, jnp.where(agreement < 0, h.etaminus, 1.0)).astype(p.dtype)
    low, high = h.step_size_min.astype(p.dtype), h.step_size_max.astype(p.dtype)
    s.step_size = jnp.clip(mul(s.step_size, factor), low, high)
    g = jnp.where(factor == h.etaminus.astype(p.dtype), 0, g)
    s.prev = g
    return addcmul(p, jnp.sign(g), s.step_size, -1)


class Rprop(FusedOptimizer, Optimizer):
    """Resilient propagation: a step size for each element, grown while the gradient keeps its sign.

    optimizer = torch.optim.Rprop(model.parameters(), lr=1e-2)
    """

    _rule = rprop_rule
    _numbers = ("etaminus", "etaplus", "step_size_min", "step_size_max")
    _late_defaults = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        # The learning rate is only where the step sizes start; it is read once.
        lr = float(group["lr"])
        state["step"] = scalar_state(0.0)
        state["prev"] = filled_like(p)
        state["step_size"] = filled_like(p, complex(lr, lr) if p.is_complex() else lr)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("prev", "step_size")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [*group["etas"], *group["step_sizes"]]

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize")
