"""The two kinds of datapipes, and the chunks that batching gives."""

from __future__ import annotations

import functools
import pickle
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from jaxtorch.utils.data.datapipes._hook_iterator import _SnapshotState, hook
from jaxtorch.utils.data.datapipes.utils.common import DILL
from jaxtorch.utils.data.dataset import Dataset, IterableDataset

__all__ = ["DFIterDataPipe", "DataChunk", "IterDataPipe", "MapDataPipe"]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class DataChunk(list[_T]):
    """A batch of samples, as a list."""

    def __init__(self, items: Iterable[_T]) -> None:
        super().__init__(items)
        self.items = list(self)

    def as_str(self, indent: str = "") -> str:
        """The samples in brackets."""
        return f"{indent}[{', '.join(str(item) for item in self)}]"

    def __iter__(self) -> Iterator[_T]:
        yield from super().__iter__()

    def raw_iterator(self) -> Iterator[_T]:
        """The samples, never unpacked further."""
        yield from self.items


class _DataPipeMeta(ABCMeta):
    pass


class _IterDataPipeMeta(_DataPipeMeta):
    def __new__(mcs, name: str, bases: tuple, namespace: dict[str, Any], **kwargs: Any) -> Any:
        hook(namespace)
        return super().__new__(mcs, name, bases, namespace, **kwargs)


class _Functional:
    """What both kinds share: steps as methods, and hooks by which graphs of pipes are walked."""

    _root: ClassVar[Any]  # the class of the kind, which holds what is registered
    functions: ClassVar[dict[str, Callable]]
    reduce_ex_hook: ClassVar[Callable | None] = None
    getstate_hook: ClassVar[Callable | None] = None
    str_hook: ClassVar[Callable | None] = None
    repr_hook: ClassVar[Callable | None] = None

    def __getattr__(self, attribute_name: str) -> Any:
        function = type(self)._root.functions.get(attribute_name)
        if function is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{attribute_name}")
        method = functools.partial(function, self)
        functools.update_wrapper(method, function, assigned=("__doc__",))
        return method

    @classmethod
    def register_function(cls, function_name: str, function: Callable) -> None:
        """Make a function a method of all pipes of this kind."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(
        cls, function_name: str, cls_to_register: Any, enable_df_api_tracing: bool = False
    ) -> None:
        """Make a class of pipes a method of all pipes of this kind."""
        if function_name in cls.functions:
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")

        def made(cls: Any, source_dp: Any, *args: Any, **kwargs: Any) -> Any:
            return cls(source_dp, *args, **kwargs)

        function = functools.partial(made, cls_to_register)
        functools.update_wrapper(function, cls_to_register, assigned=("__doc__",))
        cls.functions[function_name] = function

    def _state(self, state: Any) -> Any:
        """`state` as whoever walks the graph wants it."""
        found = type(self)._root.getstate_hook
        return state if found is None else found(state)

    def __getstate__(self) -> Any:
        return self._state(self.__dict__)

    def __reduce_ex__(self, *args: Any, **kwargs: Any) -> Any:
        found = type(self)._root.reduce_ex_hook
        if found is not None:
            try:
                return found(self)
            except NotImplementedError:
                pass
        return super().__reduce_ex__(*args, **kwargs)

    @classmethod
    def set_getstate_hook(cls, hook_fn: Callable | None) -> None:
        """What makes the state of a pipe that is pickled; None ends it."""
        if cls._root.getstate_hook is not None and hook_fn is not None:
            raise RuntimeError("Attempt to override existing getstate_hook")
        cls._root.getstate_hook = hook_fn

    @classmethod
    def set_reduce_ex_hook(cls, hook_fn: Callable | None) -> None:
        """What reduces a pipe that is pickled; None ends it."""
        if cls._root.reduce_ex_hook is not None and hook_fn is not None:
            raise RuntimeError("Attempt to override existing reduce_ex_hook")
        cls._root.reduce_ex_hook = hook_fn

    def __repr__(self) -> str:
        return self.repr_hook(self) if self.repr_hook is not None else type(self).__qualname__

    def __str__(self) -> str:
        return self.str_hook(self) if self.str_hook is not None else type(self).__qualname__

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.functions]


class IterDataPipe(_Functional, IterableDataset[_T_co], metaclass=_IterDataPipeMeta):
    """A stream of samples made from another, one step of a pipeline: write `__iter__`.

    `reset` is called whenever an iterator begins. A pipe has one valid iterator at a time: a second one makes the first
    raise RuntimeError. Steps are classes, or methods of every pipe:

        list(IterableWrapper(range(5)).map(double).filter(is_even))
    """

    functions: ClassVar[dict[str, Callable]] = {}
    _valid_iterator_id: int | None = None
    _number_of_samples_yielded: int = 0
    _snapshot_state: _SnapshotState = _SnapshotState.NotStarted
    _fast_forward_iterator: Iterator | None = None

    def __iter__(self) -> Iterator[_T_co]:
        return self  # a subclass may write __next__ alone

    def reset(self) -> None:
        """Go back to the initial state; nothing by default."""


IterDataPipe._root = IterDataPipe


class DFIterDataPipe(IterDataPipe):
    """Samples as rows of data frames.

    Raises:
        NotImplementedError: when one is made.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "torch.utils.data.DFIterDataPipe is not supported by jaxtorch; use an IterDataPipe over the frame's rows"
        )


class MapDataPipe(_Functional, Dataset[_T_co], metaclass=_DataPipeMeta):
    """A map from keys to samples made from another: write `__getitem__`, and `__len__` for samplers.

    list(SequenceWrapper(range(5)).map(double).batch(2))
    """

    functions: ClassVar[dict[str, Callable]] = {}


MapDataPipe._root = MapDataPipe


class _DataPipeSerializationWrapper:
    """A pipe within a loader, pickled with dill where pickle cannot."""

    def __init__(self, datapipe: Any) -> None:
        self._datapipe = datapipe

    def __getstate__(self) -> tuple[bytes, bool]:
        try:
            return pickle.dumps(self._datapipe), False
        except Exception:  # pickle raises what the objects do
            if DILL is None:
                raise
            return DILL.dumps(self._datapipe), True

    def __setstate__(self, state: tuple[bytes, bool]) -> None:
        value, by_dill = state
        self._datapipe = DILL.loads(value) if by_dill else pickle.loads(value)

    def __len__(self) -> int:
        try:
            return len(self._datapipe)
        except Exception as e:  # as in PyTorch: any
            raise TypeError(f"{type(self).__name__} instance doesn't have valid length") from e


class _IterDataPipeSerializationWrapper(_DataPipeSerializationWrapper, IterDataPipe):
    def __init__(self, datapipe: Any) -> None:
        super().__init__(datapipe)
        self._datapipe_iter: Iterator | None = None

    def __iter__(self) -> Any:
        self._datapipe_iter = iter(self._datapipe)
        return self

    def __next__(self) -> Any:
        if self._datapipe_iter is None:
            raise AssertionError("Iterator has not been initialized; call __iter__() before __next__()")
        return next(self._datapipe_iter)


class _MapDataPipeSerializationWrapper(_DataPipeSerializationWrapper, MapDataPipe):
    def __getitem__(self, idx: Any) -> Any:
        return self._datapipe[idx]
