"""`torch.utils.data.graph`: which datapipes a pipe is made from."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Collection
from typing import Any

from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe, MapDataPipe
from jaxtorch.utils.data.datapipes.utils.common import DILL

__all__ = ["traverse", "traverse_dps"]

_KINDS = (IterDataPipe, MapDataPipe)
DataPipe = IterDataPipe | MapDataPipe
DataPipeGraph = dict[int, tuple[Any, "DataPipeGraph"]]


def _stub() -> str:
    return "STUB"


def _kept(state: Any) -> Any:
    """Of a pipe's state what can hold other pipes."""
    wanted = (*_KINDS, Collection)
    if isinstance(state, dict):
        return {k: v for k, v in state.items() if isinstance(v, wanted)}
    if isinstance(state, (tuple, list)):
        return [v for v in state if isinstance(v, wanted)]
    return state if isinstance(state, wanted) else None


def _connected(pipe: Any, only_datapipe: bool, cache: set[int]) -> list[Any]:
    """The pipes that `pipe` holds: those that pickling it comes upon."""
    found: list[Any] = []

    def reduced(obj: Any) -> tuple:
        if obj is pipe or id(obj) in cache:
            raise NotImplementedError
        found.append(obj)
        cache.add(id(obj))
        return _stub, ()

    try:
        for kind in _KINDS:
            kind.set_reduce_ex_hook(reduced)
            if only_datapipe:
                kind.set_getstate_hook(_kept)
        try:
            pickle.Pickler(io.BytesIO()).dump(pipe)
        except (pickle.PickleError, AttributeError, TypeError):
            if DILL is None:
                raise
            DILL.Pickler(io.BytesIO()).dump(pipe)
    finally:
        for kind in _KINDS:
            kind.set_reduce_ex_hook(None)
            if only_datapipe:
                kind.set_getstate_hook(None)
    return found


def traverse_dps(datapipe: Any) -> DataPipeGraph:
    """The pipes that a pipe reads from, as nested dicts: `{id: (pipe, {id: ...})}`.

    Looks into attributes that are pipes, or collections, which may hold some.
    """
    return _traverse(datapipe, True, set())


def traverse(datapipe: Any, only_datapipe: bool | None = None) -> DataPipeGraph:
    """`traverse_dps` by its older name; without `only_datapipe` all attributes are looked into."""
    message = "`traverse` function is deprecated and will be removed after 1.13. Please use `traverse_dps` instead."
    if not only_datapipe:
        message += " And, the behavior will be changed to the equivalent of `only_datapipe=True`."
    warnings.warn(message, FutureWarning, stacklevel=2)
    return _traverse(datapipe, bool(only_datapipe), set())


def _traverse(pipe: Any, only_datapipe: bool, path: set[int]) -> DataPipeGraph:
    if not isinstance(pipe, _KINDS):
        raise RuntimeError(f"Expected `IterDataPipe` or `MapDataPipe`, but {type(pipe)} is found")
    if id(pipe) in path:
        return {}
    path = {*path, id(pipe)}
    below: DataPipeGraph = {}
    for item in _connected(pipe, only_datapipe, set(path)):
        below.update(_traverse(item, only_datapipe, path))
    return {id(pipe): (pipe, below)}
