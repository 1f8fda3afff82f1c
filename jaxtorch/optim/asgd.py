"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, count, scale
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["ASGD"]


def asgd_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of averaged gradient descent; `ax` is the average."""
    s.step = s.step + 1
    t = count(s.step)
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    eta = count(s.eta)
    p = add(scale(p, 1 - h.lambd * eta), g, -eta)
    s.ax = jnp.where(s.mu == 1, p, add(s.ax, scale(add(p, s.ax, -1), s.mu)))
    s.eta = (h.lr / (1 + h.lambd * h.lr * t) ** h.alpha).astype(s.eta.dtype)
    s.mu = (1 / jnp.maximum(1, t - h.t0)).astype(s.mu.dtype)
    return p


class ASGD(FusedOptimizer, Optimizer):
    """Stochastic gradient descent that keeps an average of the parameters (`state[p]["ax"]`) from step `t0` on.

    optimizer = torch.optim.ASGD(model.parameters(), lr=1e-2)
    """

    _rule = asgd_rule
    _numbers = ("lr", "lambd", "alpha", "t0", "weight_decay")
    _scalars = ("step", "eta", "mu")
    _late_defaults = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        state["eta"] = scalar_state(float(group["lr"]))
        state["mu"] = scalar_state(1.0)
        state["ax"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)
