"""`torch.futures`: results that are still to come."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

__all__ = ["Future", "collect_all", "wait_all"]


_T = TypeVar("_T")


class Future(Generic[_T]):
    """A result that another thread sets.

    Example:
        >>> f = torch.futures.Future()
        >>> f.set_result(3)
        >>> f.then(lambda done: done.value() + 1).wait()
        4
    """

    def __init__(self, *, devices: Any = None) -> None:
        self._inner: concurrent.futures.Future = concurrent.futures.Future()

    def done(self) -> bool:
        """Whether the result, or an exception, is there."""
        return self._inner.done()

    def wait(self) -> Any:
        """Block until the result is there; raises the exception that was set."""
        return self._inner.result()

    def value(self) -> Any:
        """The result of a future that is done."""
        if not self.done():
            raise RuntimeError("value() is only valid for a completed future; wait() for it")
        return self._inner.result()

    def set_result(self, result: Any) -> None:
        """Give the result; once."""
        if self.done():
            raise RuntimeError(
                "Attempting to mark a completed Future as complete again. Note that a Future can only be marked "
                "completed once."
            )
        self._inner.set_result(result)

    def set_exception(self, result: BaseException) -> None:
        """Give the exception that `wait` raises."""
        if not isinstance(result, BaseException):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._inner.set_exception(result)

    def then(self, callback: Callable[[Future], Any]) -> Future:
        """A future of what `callback` makes of this one, once it is done."""
        following: Future = Future()

        def run(_: Any) -> None:
            try:
                following.set_result(callback(self))
            except Exception as error:  # whatever the callback raises is what waiting for its result raises
                following.set_exception(error)

        self._inner.add_done_callback(run)
        return following

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Call back once it is done."""
        self._inner.add_done_callback(lambda _: callback(self))


def collect_all(futures: Iterable[Future]) -> Future:
    """A future of the list of futures, done when all of them are."""
    all_of_them = list(futures)
    together: Future = Future()
    left = len(all_of_them)
    if not left:
        together.set_result([])

    def one_more(_: Future) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            together.set_result(all_of_them)

    for future in all_of_them:
        future.add_done_callback(one_more)
    return together


def wait_all(futures: Iterable[Future]) -> list:
    """The results of all futures."""
    return [f.wait() for f in collect_all(futures).wait()]
