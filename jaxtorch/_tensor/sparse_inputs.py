"""Sparse tensors as inputs of the table's functions.

A sparse tensor has no storage, so any function that reads one raises `SparseInput`; nothing is tested for beforehand.
The functions then look here for a form of theirs that takes sparse tensors, which `jaxtorch.sparse` puts in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SparseInput(NotImplementedError):
    """A dense operation met a sparse tensor."""


HANDLERS: dict[str, Callable] = {}


def _no_layout(name: str, layout: Any, size: tuple, dtype: Any, device: Any) -> Any:
    raise NotImplementedError(f"{name}() with layout={layout} is not supported by jaxtorch; use strided tensors")


# How a factory with a `layout` makes its tensor, and one like a sparse tensor; set by `jaxtorch.sparse`.
FACTORIES: dict[str, Callable] = {"empty": _no_layout, "like": _no_layout}


def handled(name: str, error: SparseInput, arrays: tuple, statics: dict[str, Any]) -> Any:
    """The sparse form of the op `name`; its error where there is none."""
    handler = HANDLERS.get(name)
    if handler is None:
        raise SparseInput(f"torch.{name} takes no sparse tensor in jaxtorch; give it tensor.to_dense()") from error
    return handler(*arrays, **{name: value for name, value in statics.items() if value is not None})
