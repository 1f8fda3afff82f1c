"""RAdam."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch.optim._arithmetic import add, addcmul, count, lerp, mul, over, plus, scale, sqrt
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.adamax import check_adaptive
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["RAdam"]


def radam_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of RAdam."""
    s.step = s.step + 1
    t = count(s.step)
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        if "decoupled_weight_decay" in f:
            p = scale(p, 1 - h.lr * h.weight_decay)
        else:
            g = add(g, p, h.weight_decay)
    s.exp_avg = lerp(s.exp_avg, g, 1 - h.beta1)
    s.exp_avg_sq = addcmul(scale(s.exp_avg_sq, h.beta2), g, g, 1 - h.beta2)
    correction2 = 1 - h.beta2**t
    update = scale(over(s.exp_avg, 1 - h.beta1**t), h.lr)
    longest = 2 / (1 - h.beta2) - 1
    length = longest - 2 * t * h.beta2**t / correction2
    # Which branch holds depends on the step count, a runtime number: both are computed, the rectified one from a length
    # at which its root is real.
    safe = jnp.maximum(length, 5.0)
    rectification = jnp.sqrt((safe - 4) * (safe - 2) * longest / ((longest - 4) * (longest - 2) * safe))
    adaptive = _divided(jnp.sqrt(correction2), plus(sqrt(s.exp_avg_sq), h.eps))
    rectified = scale(mul(update, adaptive), rectification)
    return add(p, jnp.where(length > 5.0, rectified, update), -1.0)


def _divided(number: Any, x: Any) -> Any:
    """number / x in the dtype of x."""
    wide = x.astype(jnp.float32) if x.dtype.itemsize == 2 else x
    return (number.astype(wide.dtype) / wide).astype(x.dtype)


class RAdam(FusedOptimizer, Optimizer):
    """Adam whose adaptive part sets in once its variance estimate can be trusted.

    optimizer = torch.optim.RAdam(model.parameters(), lr=1e-3)
    """

    _rule = radam_rule
    _numbers = ("lr", "beta1", "beta2", "eps", "weight_decay")
    _late_defaults = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_adaptive(lr, eps, betas, weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        state["exp_avg"] = filled_like(p)
        state["exp_avg_sq"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group["lr"], *group["betas"], group["eps"], group["weight_decay"]]

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay", "decoupled_weight_decay")
