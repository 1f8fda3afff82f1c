"""`functionalize`: here nothing has to be done, since recorded programs are pure already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_OPTIONS = """ Valid options are:
     remove='mutations': all inplace and out= operators will be removed from the program, and replaced with their out-of-place equivalents.
     remove='mutations_and_views': In addition to the above, all aliasing operators {view} will be replaced with their non-aliasing counterparts, {view}_copy.
"""  # noqa: E501  PyTorch's own text


def functionalize(func: Callable, *, remove: str = "mutations") -> Callable:
    """The function itself: what reaches XLA has neither writes nor views, whatever was written."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}.{_OPTIONS}"
        )
    return func


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """The tensor itself: transforms wrap nothing here."""
    return tensor
