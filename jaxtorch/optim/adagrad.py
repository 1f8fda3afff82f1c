"""Adagrad."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, addcdiv, addcmul, count, plus, sqrt
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like, scalar_state
from jaxtorch.optim.optimizer import Optimizer
from jaxtorch.optim.sgd import check_fused

__all__ = ["Adagrad"]


def adagrad_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Adagrad."""
    s.step = s.step + 1
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    rate = h.lr / (1 + (count(s.step) - 1) * h.lr_decay)
    s.sum = addcmul(s.sum, g, g)
    return addcdiv(p, g, plus(sqrt(s.sum), h.eps), -rate)


class Adagrad(FusedOptimizer, Optimizer):
    """Adagrad: steps shrink with the sum of squared gradients.

    optimizer = torch.optim.Adagrad(model.parameters(), lr=1e-2)
    """

    _rule = adagrad_rule
    _sparse_error = None
    _numbers = ("lr", "lr_decay", "weight_decay", "eps")
    _late_defaults = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= lr_decay:
            raise ValueError(f"Invalid lr_decay value: {lr_decay}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if not 0.0 <= initial_accumulator_value:
            raise ValueError(f"Invalid initial_accumulator_value value: {initial_accumulator_value}")
        if not 0.0 <= eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        if fused:
            check_fused(differentiable, foreach)
            self._step_supports_amp_scaling = True
        for group in self.param_groups:
            for p in group["params"]:
                self._init_state(group, p, self.state[p])

    def share_memory(self) -> None:
        """Move the sums to where other processes can share them."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        start = self.defaults["initial_accumulator_value"]
        state["step"] = scalar_state(0.0, group["fused"])
        state["sum"] = filled_like(p, complex(start, start) if p.is_complex() else start)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("sum",)
