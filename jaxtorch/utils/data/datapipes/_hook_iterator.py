"""What every `__iter__` of an iterable datapipe gets: one valid iterator a pipe, a count, errors with their origin."""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

_FEEDBACK = (
    "\nFor feedback regarding this single iterator per IterDataPipe constraint, feel free to comment on this issue: "
    "https://github.com/pytorch/data/issues/45."
)


class _SnapshotState(enum.Enum):
    """Whether the next `iter()` resets a pipe: not where it was just `Restored`."""

    NotStarted = 0
    Restored = 1
    Iterating = 2


def described(pipe: Any) -> str:
    """A pipe with the arguments it was made from, as messages name it."""
    parameters = inspect.signature(type(pipe)).parameters
    shown = [
        f"{name}={value.__name__ if inspect.isfunction(value) else repr(value)}"
        for name, value in inspect.getmembers(pipe)
        if name in parameters
    ]
    return f"{type(pipe).__name__}({', '.join(shown)})"


def _check_valid(pipe: Any, number: int | None) -> None:
    if getattr(pipe, "_is_child_datapipe", False):
        if not hasattr(pipe, "_check_valid_iterator_id"):
            raise RuntimeError("ChildDataPipe must have method `_check_valid_iterator_id`.")
        if not pipe._check_valid_iterator_id(number):
            raise RuntimeError(
                "This iterator has been invalidated, because a new iterator has been created from one of the "
                f"ChildDataPipes of {described(pipe.main_datapipe)}.{_FEEDBACK}"
            )
    elif pipe._valid_iterator_id != number:
        raise RuntimeError(
            "This iterator has been invalidated because another iterator has been created from the same IterDataPipe: "
            f"{described(pipe)}\nThis may be caused by multiple references to the same IterDataPipe. We recommend "
            f"using `.fork()` if that is necessary.{_FEEDBACK}"
        )


def _new_iterator(pipe: Any) -> int | None:
    """Make the pipe's earlier iterators invalid, and the number of the new one."""
    if getattr(pipe, "_is_child_datapipe", False):
        if not hasattr(pipe, "_set_main_datapipe_valid_iterator_id"):
            raise RuntimeError("ChildDataPipe must have method `_set_main_datapipe_valid_iterator_id`.")
        pipe._set_main_datapipe_valid_iterator_id()
    else:
        pipe._valid_iterator_id = 0 if pipe._valid_iterator_id is None else pipe._valid_iterator_id + 1
        pipe.reset()
    return pipe._valid_iterator_id


def _forwarded(pipe: Any) -> Iterator | None:
    """The iterator that a restored snapshot left behind, once."""
    found, pipe._fast_forward_iterator = pipe._fast_forward_iterator, None
    if found is not None:
        pipe._snapshot_state = _SnapshotState.Iterating
    return found


def _name_origin(error: Exception, pipe: Any) -> None:
    origin = f"thrown by __iter__ of {type(pipe).__name__}("
    if not error.args or not isinstance(error.args[0], str):
        error.args = (f"\nThis exception is thrown by __iter__ of {described(pipe)}",)
    elif "thrown by __iter__ of" not in error.args[0] and "single iterator per IterDataPipe" not in error.args[0]:
        error.args = (f"{error.args[0]}\nThis exception is {origin}{described(pipe).split('(', 1)[1]}", *error.args[1:])


def _generator(function: Callable) -> Callable:
    @functools.wraps(function)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        inner = function(self, *args, **kwargs)
        forwarded = _forwarded(self)
        if forwarded is not None:
            yield from forwarded
            return
        number = _new_iterator(self)
        try:
            item = next(inner)
            while True:
                self._number_of_samples_yielded += 1
                request = yield item
                _check_valid(self, number)
                item = inner.send(request)
        except StopIteration:
            return
        except Exception as e:  # whatever the pipe raises, told with its name
            _name_origin(e, self)
            raise

    return wrapped


class _Checked:
    """An iterator that is no generator, checked and counted."""

    def __init__(self, iterator: Any, pipe: Any, number: int | None, counts_itself: bool) -> None:
        self.iterator, self.datapipe, self.iterator_id = iterator, pipe, number
        self.self_and_has_next_method = iterator is pipe and counts_itself

    def __iter__(self) -> _Checked:
        return self

    def __next__(self) -> Any:
        _check_valid(self.datapipe, self.iterator_id)
        item = next(self.iterator)
        if not self.self_and_has_next_method:
            self.datapipe._number_of_samples_yielded += 1
        return item

    def __getattr__(self, name: str) -> Any:
        return getattr(self.iterator, name)


def _plain(function: Callable, counts_itself: bool) -> Callable:
    @functools.wraps(function)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        inner = function(self, *args, **kwargs)
        self._snapshot_state = _SnapshotState.Iterating
        forwarded = _forwarded(self)
        if forwarded is not None:
            return forwarded
        return _Checked(inner, self, _new_iterator(self), counts_itself)

    return wrapped


def _counting(function: Callable) -> Callable:
    @functools.wraps(function)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        item = function(self, *args, **kwargs)
        self._number_of_samples_yielded += 1
        return item

    return wrapped


def _conditional(function: Callable) -> Callable:
    @functools.wraps(function)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._snapshot_state is not _SnapshotState.Restored:
            self._number_of_samples_yielded = 0
            self._fast_forward_iterator = None
            function(self, *args, **kwargs)
        self._snapshot_state = _SnapshotState.Iterating

    return wrapped


def hook(namespace: dict[str, Any]) -> None:
    """Put the checks around `__iter__`, `__next__` and `reset` of a class that is being made."""
    if "reset" in namespace:
        namespace["reset"] = _conditional(namespace["reset"])
    function = namespace.get("__iter__")
    if function is None:
        return
    if inspect.isgeneratorfunction(function):
        namespace["__iter__"] = _generator(function)
        return
    if "__next__" in namespace:
        namespace["__next__"] = _counting(namespace["__next__"])
    namespace["__iter__"] = _plain(function, "__next__" in namespace)
