"""`torch.utils._python_dispatch`: no operation goes through Python's dispatch here, which these names say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["TorchDispatchMode", "is_traceable_wrapper_subclass"]


class TorchDispatchMode:
    """A base that can be derived from; entering it is not supported, since no operation is dispatched to Python.

    Raises:
        NotImplementedError: when it is entered; a `torch.overrides.TorchFunctionMode` sees the calls of functions.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        raise NotImplementedError(
            "TorchDispatchMode is not supported by jaxtorch; use torch.overrides.TorchFunctionMode"
        )

    def __exit__(self, *exc: Any) -> None: ...


def is_traceable_wrapper_subclass(t: object) -> bool:
    """Whether a tensor wraps others: none does."""
    return False


def is_traceable_wrapper_subclass_type(t: type) -> bool:
    """Whether the tensors of a class wrap others: they never do."""
    return False


def _get_current_dispatch_mode() -> None:
    """The innermost mode that is entered: none can be."""


@contextlib.contextmanager
def _disable_current_modes() -> Iterator[list]:
    yield []
