"""Adamax."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, addcdiv, count, lerp, plus, scale
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["Adamax"]


def adamax_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Adamax."""
    s.step = s.step + 1
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    s.exp_avg = lerp(s.exp_avg, g, 1 - h.beta1)
    s.exp_inf = jnp.maximum(scale(s.exp_inf, h.beta2), plus(jnp.abs(g), h.eps))
    return addcdiv(p, s.exp_avg, s.exp_inf, -h.lr / (1 - h.beta1 ** count(s.step)))


class Adamax(FusedOptimizer, Optimizer):
    """Adamax: Adam with a running maximum of the gradient's size in place of its mean square.

    optimizer = torch.optim.Adamax(model.parameters(), lr=2e-3)
    """

    _rule = adamax_rule
    _numbers = ("lr", "beta1", "beta2", "eps", "weight_decay")
    _late_defaults = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_adaptive(lr, eps, betas, weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        state["exp_avg"] = filled_like(p)
        state["exp_inf"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group["lr"], *group["betas"], group["eps"], group["weight_decay"]]


def check_adaptive(lr: Any, eps: float, betas: tuple[float, float], weight_decay: float) -> None:
    """The checks that the relatives of Adam share."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr}")
    if not 0.0 <= eps:
        raise ValueError(f"Invalid epsilon value: {eps}")
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
    if not 0.0 <= weight_decay:
        raise ValueError(f"Invalid weight_decay value: {weight_decay}")
