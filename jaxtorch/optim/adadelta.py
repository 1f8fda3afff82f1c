"""Adadelta."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, addcmul, div, mul, plus, scale, sqrt
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["Adadelta"]


def adadelta_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Adadelta."""
    s.step = s.step + 1
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    s.square_avg = addcmul(scale(s.square_avg, h.rho), g, g, 1 - h.rho)
    delta = mul(div(sqrt(plus(s.acc_delta, h.eps)), sqrt(plus(s.square_avg, h.eps))), g)
    s.acc_delta = addcmul(scale(s.acc_delta, h.rho), delta, delta, 1 - h.rho)
    return add(p, delta, -h.lr)


class Adadelta(FusedOptimizer, Optimizer):
    """Adadelta: steps in the ratio of the running sizes of past updates and gradients.

    optimizer = torch.optim.Adadelta(model.parameters())
    """

    _rule = adadelta_rule
    _numbers = ("lr", "rho", "eps", "weight_decay")
    _late_defaults = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _xla_capturable = False

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        if not 0.0 <= eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        state["square_avg"] = filled_like(p)
        state["acc_delta"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")
