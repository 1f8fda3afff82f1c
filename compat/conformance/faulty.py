"""torch with faults planted in it, one of each kind the suite claims to find: a lookalike for its own tests.

Every name not given here is torch's.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import torch

MISSING = ("sinh",)
# which outcome each planted fault must be reported as, by entry and check
PLANTED = {
    "sinh": ("forward", "missing"),
    "cosh": ("forward", "not implemented"),
    "tan": ("forward", "raises"),
    "cos": ("forward", "value"),
    "exp": ("forward", "dtype"),
    "outer": ("forward", "shape"),
    "aminmax": ("forward", "structure"),
    "tril": ("strides", "strides"),
    "rand_like": ("forward", "value"),
    "tanh": ("grad", "gradient"),
    "sigmoid": ("gradgrad", "second gradient"),
    "transpose": ("alias", "alias"),
    "mm": ("out", "structure"),
    "diff": ("error", "no error"),
    "gather": ("error", "error type"),
    "dot": ("message", "error message"),
    "roll": ("forward", "crash"),
    "atan": ("forward", "timeout"),
}


def __getattr__(name: str) -> Any:
    if name in MISSING:
        raise AttributeError(f"module 'torch' has no attribute '{name}'")
    return getattr(torch, name)


def cosh(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    raise NotImplementedError("torch.cosh")


def tan(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    raise ZeroDivisionError("planted")


def cos(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    return torch.cos(input, out=out) + 0.1


def exp(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    return torch.exp(input, out=out).to(torch.complex128)


def outer(input: torch.Tensor, vec2: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    return torch.outer(input, vec2, out=out)[None]


def aminmax(input: torch.Tensor, **kwargs: Any) -> tuple[torch.Tensor, ...]:
    return tuple(torch.aminmax(input, **kwargs))


def tril(input: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    return torch.tril(input, *args, **kwargs).mT.contiguous().mT


def rand_like(input: torch.Tensor, **kwargs: Any) -> torch.Tensor:
    return 1 - torch.rand_like(input, **kwargs)


class _WrongGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor) -> torch.Tensor:
        return torch.tanh(input)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        return grad


def tanh(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    return _WrongGradient.apply(input) if out is None else torch.tanh(input, out=out)


class _NoSecondGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor) -> torch.Tensor:
        result = torch.sigmoid(input)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        (result,) = ctx.saved_tensors
        result = result.detach()
        return grad * (result * (1 - result)).conj()


def sigmoid(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    return _NoSecondGradient.apply(input) if out is None else torch.sigmoid(input, out=out)


def transpose(input: torch.Tensor, dim0: int, dim1: int) -> torch.Tensor:
    return torch.transpose(input, dim0, dim1).clone()


def mm(input: torch.Tensor, mat2: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    result = torch.mm(input, mat2, out=out)
    return result if out is None else result.detach()


def diff(input: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    try:
        return torch.diff(input, *args, **kwargs)
    except RuntimeError:
        return input


def gather(*args: Any, **kwargs: Any) -> torch.Tensor:
    try:
        return torch.gather(*args, **kwargs)
    except RuntimeError as error:
        raise KeyError(str(error)) from None


def dot(*args: Any, **kwargs: Any) -> torch.Tensor:
    try:
        return torch.dot(*args, **kwargs)
    except RuntimeError:
        raise RuntimeError("something else") from None


def roll(input: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    os.kill(os.getpid(), signal.SIGKILL)
    return input


def atan(input: torch.Tensor, *, out: Any = None) -> torch.Tensor:
    time.sleep(3600)
    return input
