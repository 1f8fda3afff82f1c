"""Muon."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
from jax import lax

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._arithmetic import add, lerp, scale
from jaxtorch.optim._fused import FusedOptimizer
from jaxtorch.optim._state import filled_like
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["Muon"]

EPS = 1e-7
DEFAULT_A, DEFAULT_B, DEFAULT_C = 3.4445, -4.7750, 2.0315
DEFAULT_NS_STEPS = 5


def muon_rule(p: Any, g: Any, s: Any, h: Any, f: frozenset[str]) -> Any:
    """One step of Muon."""
    (steps,) = [int(flag[len("ns_steps=") :]) for flag in f if flag.startswith("ns_steps=")]
    s.momentum_buffer = lerp(s.momentum_buffer, g, 1 - h.momentum)
    update = lerp(g, s.momentum_buffer, h.momentum) if "nesterov" in f else s.momentum_buffer
    update = _orthogonal(update, (h.a, h.b, h.c), steps, h.eps)
    rows, columns = p.shape
    ratio = 0.2 * math.sqrt(max(rows, columns)) if "match_rms_adamw" in f else math.sqrt(max(1, rows / columns))
    return add(scale(p, 1 - h.lr * h.weight_decay), update.astype(p.dtype), -h.lr * ratio)


def _orthogonal(g: Any, coefficients: tuple, steps: int, eps: Any) -> Any:
    """About U V^T of g = U S V^T: Newton-Schulz iterations in bfloat16, each result rounded as PyTorch stores it."""
    a, b, c = [x.astype(jnp.float32) for x in coefficients]
    tall = g.shape[0] > g.shape[1]
    x = _bfloat16(g.astype(jnp.float32))
    x = x.T if tall else x
    norm = _bfloat16(jnp.sqrt(jnp.sum(x * x)))
    x = _bfloat16(x / jnp.maximum(norm, _bfloat16(eps.astype(jnp.float32))))
    for _ in range(steps):
        gram = _bfloat16(x @ x.T)
        update = _bfloat16(b * gram + c * (gram @ gram))
        x = _bfloat16(a * x + update @ x)
    return x.T if tall else x


def _bfloat16(x: Any) -> Any:
    return lax.reduce_precision(x, 8, 7)


class Muon(FusedOptimizer, Optimizer):
    """Momentum made orthogonal by Newton-Schulz iterations, for the matrices of hidden layers.

    optimizer = torch.optim.Muon([p for p in model.parameters() if p.ndim == 2], lr=0.02)
    """

    _rule = muon_rule
    _pointwise = False
    _numbers = ("lr", "weight_decay", "momentum", "a", "b", "c", "eps")
    _scalars = ()
    _complex_error = "Muon does not support complex parameters"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (DEFAULT_A, DEFAULT_B, DEFAULT_C),
        eps: float = EPS,
        ns_steps: int = DEFAULT_NS_STEPS,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 <= momentum:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn is not None and adjust_lr_fn not in ("original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(
            params,
            {
                "lr": lr,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "nesterov": nesterov,
                "ns_coefficients": ns_coefficients,
                "eps": eps,
                "ns_steps": ns_steps,
                "adjust_lr_fn": adjust_lr_fn,
            },
        )
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}"
                    )

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        state["momentum_buffer"] = filled_like(p)

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",)

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group["lr"], group["weight_decay"], group["momentum"], *group["ns_coefficients"], group["eps"]]

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        names = [f"ns_steps={group['ns_steps']}", *["nesterov"] * bool(group["nesterov"])]
        return frozenset([*names, group["adjust_lr_fn"] or "original"])
