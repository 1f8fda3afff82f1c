"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, scale
from jaxtorch.optim._fused import FusedOptimizer, group_flags
from jaxtorch.optim._state import filled_like
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["SGD"]


def sgd_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of gradient descent, with momentum where the state holds a buffer."""
    if "maximize" in f:
        g = -g
    if "weight_decay" in f:
        g = add(g, p, h.weight_decay)
    if "momentum" in f:
        s.momentum_buffer = g if "first" in f else add(scale(s.momentum_buffer, h.momentum), g, 1 - h.dampening)
        g = add(g, s.momentum_buffer, h.momentum) if "nesterov" in f else s.momentum_buffer
    return add(p, g, -h.lr)


class SGD(FusedOptimizer, Optimizer):
    """Stochastic gradient descent, with momentum, dampening, Nesterov momentum and weight decay.

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    """

    _rule = sgd_rule
    _sparse_error = None
    _numbers = ("lr", "momentum", "dampening", "weight_decay")
    _scalars = ()
    _late_defaults = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        if fused:
            self._step_supports_amp_scaling = True
            check_fused(differentiable, foreach)

    def _step_group(self, group: dict[str, Any]) -> None:
        params = [p for p in group["params"] if p._meta is not None and p._meta.grad is not None]
        if not params:
            return
        if group.get("fused"):
            for p in params:
                self._check_first(group, p)
        grads = [p._meta.grad for p in params]
        if group["momentum"] == 0:
            self._apply(group, params, grads, [{}] * len(params), ())
            return
        states = [self.state[p] for p in params]
        first = [s.get("momentum_buffer") is None for s in states]
        for p, state, new in zip(params, states, first, strict=True):
            if new:
                state["momentum_buffer"] = filled_like(p)
        if group["dampening"] == 0 or True not in first:
            # A buffer of zeros gives the same first step, so all steps are one program.
            self._apply(group, params, grads, states, ("momentum_buffer",))
            return
        for chosen, flags in ((True, frozenset(("first",))), (False, frozenset())):
            some = [i for i, new in enumerate(first) if new is chosen]
            if some:
                self._apply(
                    group,
                    [params[i] for i in some],
                    [grads[i] for i in some],
                    [states[i] for i in some],
                    ("momentum_buffer",),
                    flags,
                )

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay", "momentum", "nesterov")


def check_fused(differentiable: bool, foreach: bool | None) -> None:
    """What cannot go together with `fused=True`."""
    if differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
