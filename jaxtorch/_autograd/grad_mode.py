"""`no_grad`, `enable_grad`, `set_grad_enabled`, `inference_mode`: context managers that are decorators too."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

from jaxtorch._base.modes import modes

_CLASS = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
    "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
    "and nothing else."
)


class _Mode:
    """Base: enters on `with`, wraps functions and generator functions, and decorates classes' calls."""

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exc: Any) -> None:
        raise NotImplementedError

    def clone(self) -> _Mode:
        """A fresh manager of the same kind, for each call of a decorated function."""
        return type(self)()

    def __call__(self, function: Any) -> Any:
        if inspect.isclass(function):
            warnings.warn(_CLASS, FutureWarning, stacklevel=2)
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return inside

    def _wrap_generator(self, function: Any) -> Any:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            try:
                with self.clone():
                    response = generator.send(None)
                while True:
                    try:
                        request = yield response
                    except GeneratorExit:
                        with self.clone():
                            generator.close()
                        raise
                    except BaseException as error:  # handed to the generator, as `yield from` would
                        with self.clone():
                            response = generator.throw(error)
                    else:
                        with self.clone():
                            response = generator.send(request)
            except StopIteration as stop:
                return stop.value

        return inside


class _NoParens(_Mode):
    """Modes that may decorate without being called: `@no_grad`."""

    def __new__(cls, function: Any = None) -> Any:
        made = object.__new__(cls)
        if function is None:
            return made
        made.before = False  # type: ignore[attr-defined]
        return made(function)


class no_grad(_NoParens):
    """No gradients are recorded inside."""

    def __enter__(self) -> None:
        self.before = modes.grad
        modes.grad = False

    def __exit__(self, *exc: Any) -> None:
        modes.grad = self.before


class enable_grad(_NoParens):
    """Gradients are recorded inside."""

    def __enter__(self) -> None:
        self.before = modes.grad
        modes.grad = True

    def __exit__(self, *exc: Any) -> None:
        modes.grad = self.before


class set_grad_enabled(_Mode):
    """Gradients are recorded or not; takes effect at once, and until the end of a `with` block if there is one."""

    def __init__(self, mode: bool) -> None:
        self.before = modes.grad
        self.mode = mode
        modes.grad = bool(mode)

    def __call__(self, function: Any) -> Any:
        modes.grad = self.before
        return super().__call__(function)

    def __enter__(self) -> None:
        modes.grad = bool(self.mode)

    def __exit__(self, *exc: Any) -> None:
        modes.grad = self.before

    def clone(self) -> _Mode:
        return type(self)(self.mode)


class set_multithreading_enabled(_Mode):
    """Whether backward may use several threads: kept without effect, XLA has its own. Takes effect at once, and until
    the end of a `with` block if there is one."""

    def __init__(self, mode: bool) -> None:
        self.before = modes.multithreading
        self.mode = modes.multithreading = bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: Any) -> None:
        modes.multithreading = self.before

    def clone(self) -> _Mode:
        return type(self)(self.mode)


class force_original_view_tracking(_Mode):
    """`torch.autograd._force_original_view_tracking`: kept without effect, views are always replayed as they were."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: Any) -> None:
        pass

    def clone(self) -> _Mode:
        return type(self)(self.mode)


class inference_mode(_Mode):
    """Like `no_grad`; differs from PyTorch in that tensors made inside may be used in autograd later."""

    def __new__(cls, mode: Any = True) -> Any:
        made = object.__new__(cls)
        if isinstance(mode, bool):
            return made
        made.mode = True
        return made(mode)

    def __init__(self, mode: Any = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.before = (modes.grad, modes.inference)
        if self.mode:
            modes.grad, modes.inference = False, True
        else:
            modes.inference = False

    def __exit__(self, *exc: Any) -> None:
        modes.grad, modes.inference = self.before

    def clone(self) -> _Mode:
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether gradients are recorded in this thread."""
    return modes.grad


def is_multithreading_enabled() -> bool:
    """What `set_multithreading_enabled` has set in this thread."""
    return modes.multithreading


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return modes.inference
