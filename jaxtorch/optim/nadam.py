"""NAdam."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch.optim._arithmetic import add, addcdiv, addcmul, count, lerp, over, plus, scale, sqrt
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.adamax import check_adaptive
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["NAdam"]


def nadam_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of NAdam."""
    s.step = s.step + 1
    t = count(s.step)
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        if "decoupled_weight_decay" in f:
            p = scale(p, 1 - h.lr * h.weight_decay)
        else:
            g = add(g, p, h.weight_decay)
    mu = h.beta1 * (1.0 - 0.5 * 0.96 ** (t * h.momentum_decay))
    mu_next = h.beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * h.momentum_decay))
    s.mu_product = s.mu_product * mu.astype(s.mu_product.dtype)
    product = s.mu_product.astype(jnp.float64)
    s.exp_avg = lerp(s.exp_avg, g, 1 - h.beta1)
    s.exp_avg_sq = addcmul(scale(s.exp_avg_sq, h.beta2), g, g, 1 - h.beta2)
    denominator = plus(sqrt(over(s.exp_avg_sq, 1 - h.beta2**t)), h.eps)
    p = addcdiv(p, g, denominator, -h.lr * (1.0 - mu) / (1.0 - product))
    return addcdiv(p, s.exp_avg, denominator, -h.lr * mu_next / (1.0 - product * mu_next))


class NAdam(FusedOptimizer, Optimizer):
    """Adam with Nesterov momentum.

    optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)
    """

    _rule = nadam_rule
    _numbers = ("lr", "beta1", "beta2", "eps", "weight_decay", "momentum_decay")
    _scalars = ("step", "mu_product")
    _late_defaults = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_adaptive(lr, eps, betas, weight_decay)
        if not 0.0 <= momentum_decay:
            raise ValueError(f"Invalid momentum_decay value: {momentum_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        state["mu_product"] = scalar_state(1.0)
        state["exp_avg"] = filled_like(p)
        state["exp_avg_sq"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group["lr"], *group["betas"], group["eps"], group["weight_decay"], group["momentum_decay"]]

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay", "decoupled_weight_decay")
