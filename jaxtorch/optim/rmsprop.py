"""RMSprop."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, addcdiv, addcmul, lerp, plus, scale, sqrt
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["RMSprop"]


def rmsprop_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of RMSprop."""
    s.step = s.step + 1
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    s.square_avg = addcmul(scale(s.square_avg, h.alpha), g, g, 1 - h.alpha)
    if "centered" in f:
        s.grad_avg = lerp(s.grad_avg, g, 1 - h.alpha)
        root = sqrt(addcmul(s.square_avg, s.grad_avg, s.grad_avg, -1))
    else:
        root = sqrt(s.square_avg)
    root = plus(root, h.eps)
    if "momentum" not in f:
        return addcdiv(p, g, root, -h.lr)
    s.momentum_buffer = addcdiv(scale(s.momentum_buffer, h.momentum), g, root)
    return add(p, s.momentum_buffer, -h.lr)


class RMSprop(FusedOptimizer, Optimizer):
    """RMSprop: gradients divided by the root of their running mean square, optionally centered or with momentum.

    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-2, momentum=0.9)
    """

    _rule = rmsprop_rule
    _numbers = ("lr", "alpha", "eps", "weight_decay", "momentum")
    _late_defaults = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        if not 0.0 <= momentum:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if not 0.0 <= alpha:
            raise ValueError(f"Invalid alpha value: {alpha}")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["step"] = scalar_state(0.0)
        for name in self._tensors(group):
            state[name] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        momentum = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *momentum, *(("grad_avg",) if group["centered"] else ()))

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay", "momentum", "centered")
