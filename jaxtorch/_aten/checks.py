"""`torch._check` and its like: conditions that library code states, with the error PyTorch's C++ would raise."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from jaxtorch._tensor.tensor import Tensor

_DEFAULT = (
    "Expected cond to be True, but got False. (Could this error message be improved? If so, please report an "
    "enhancement request to PyTorch.)"
)


def _check_with(error_type: type[Exception], cond: Any, message: Any = None) -> None:
    """Raise an error of a given type unless `cond`; `message()` gives its text."""
    if not isinstance(cond, bool):
        if isinstance(cond, Tensor):
            raise TypeError(
                "cond must be a bool, but got a Tensor. For tensor conditions, use torch._check_tensor_all() to "
                "assert that all elements are true."
            )
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if cond:
        return
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    raise error_type(_DEFAULT if message is None else str(message()))


def _check_tensor_all_with(error_type: type[Exception], cond: Any, message: Any = None) -> None:
    """Raise an error of a given type unless all elements of a bool tensor are true."""
    if not isinstance(cond, Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if str(cond.dtype) != "torch.bool":
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(error_type, bool(cond.all().item()), message)


def _kind(name: str, with_: Callable, error_type: type[Exception]) -> Callable:
    def check(cond: Any, message: Any = None) -> None:
        with_(error_type, cond, message)

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"{error_type.__name__} unless the condition holds; `message()` gives its text."
    return check


def _check_is_size(i: int, message: Any = None, *, max: int | None = None) -> None:
    """RuntimeError unless `0 <= i <= max`; deprecated."""
    warnings.warn(
        "_check_is_size will be removed in a future PyTorch release along with guard_size_oblivious.     Use "
        "_check(i >= 0) instead.",
        FutureWarning,
        stacklevel=2,
    )
    _check_with(RuntimeError, i >= 0 and (max is None or i <= max), message)


def _assert_async(input: Any, assert_msg: str = "") -> None:
    """RuntimeError unless a tensor's one element is nonzero; it is read at once here."""
    if not input.numel():
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
    if input.numel() > 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    if not input.item():
        raise RuntimeError(assert_msg or "Expected Tensor with single nonzero value, but got zero")


def _debug_has_internal_overlap(input: Any) -> int:
    """0: no two elements share memory; 1: some do; 2: it would take too long to say."""
    if not input.numel():
        return 0
    steps = [(step, size) for size, step in zip(input.shape, input.stride(), strict=True) if size > 1]
    if any(step == 0 for step, _ in steps):
        return 1
    expected = 1
    for step, size in sorted(steps):
        if step != expected:
            return 2
        expected *= size
    return 0


FUNCTIONS: dict[str, Any] = {
    "_check_with": _check_with,
    "_check_tensor_all_with": _check_tensor_all_with,
    "_check_is_size": _check_is_size,
    "_assert_async": _assert_async,
    "_debug_has_internal_overlap": _debug_has_internal_overlap,
    "_check_tensor_all": _kind("_check_tensor_all", _check_tensor_all_with, RuntimeError),
    **{
        name: _kind(name, _check_with, error_type)
        for name, error_type in {
            "_check": RuntimeError,
            "_check_index": IndexError,
            "_check_value": ValueError,
            "_check_type": TypeError,
            "_check_not_implemented": NotImplementedError,
        }.items()
    },
}
