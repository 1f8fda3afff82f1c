"""Adam, and with decoupled weight decay AdamW."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, addcdiv, addcmul, count, lerp, over, plus, scale, sqrt
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer
from jaxtorch.optim.sgd import check_fused

__all__ = ["Adam"]


def adam_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Adam."""
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
    second = s.exp_avg_sq
    if "amsgrad" in f:
        second = s.max_exp_avg_sq = jnp.maximum(s.max_exp_avg_sq, s.exp_avg_sq)
    step_size = h.lr / (1 - h.beta1**t)
    denominator = plus(over(sqrt(second), jnp.sqrt(1 - h.beta2**t)), h.eps)
    return addcdiv(p, s.exp_avg, denominator, -step_size)


class Adam(FusedOptimizer, Optimizer):
    """Adam: steps scaled by running averages of the gradient and its square.

    `decoupled_weight_decay=True` makes it `AdamW`; `foreach` and `fused` are accepted and change nothing here, since a
    step is one compiled update anyway.

        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    """

    _rule = adam_rule
    _sparse_error = "Adam does not support sparse gradients, please consider SparseAdam instead"
    _numbers = ("lr", "beta1", "beta2", "eps", "weight_decay")
    _late_defaults = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        no_foreach = "as a Tensor is not supported for capturable=False and foreach=True"
        if isinstance(lr, Tensor):
            if foreach and not capturable:
                raise ValueError(f"lr {no_foreach}")
            if lr.numel() != 1:
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
        if not all(isinstance(b, float) for b in betas) and not all(isinstance(b, Tensor) for b in betas):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            if isinstance(beta, Tensor):
                if not capturable and foreach:
                    raise ValueError(f"betas[{i}] {no_foreach}")
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{i}] must be 1-element")
        betas = tuple([b.squeeze() if isinstance(b, Tensor) and b.dim() else b for b in betas])
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )
        if fused:
            self._step_supports_amp_scaling = True
            check_fused(differentiable, foreach)

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0, group["fused"])
        state["exp_avg"] = filled_like(p)
        state["exp_avg_sq"] = filled_like(p)
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = filled_like(p)

    def _check_group(self, group: dict[str, Any], params: list, states: list) -> None:
        super()._check_group(group, params, states)
        if group["foreach"] and isinstance(group["lr"], Tensor) and not group["capturable"]:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group["lr"], *group["betas"], group["eps"], group["weight_decay"]]

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay", "decoupled_weight_decay", "amsgrad")
