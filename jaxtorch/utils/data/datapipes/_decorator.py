"""Decorators of datapipe classes: as a method of all pipes, and those that are not deterministic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe, MapDataPipe, _DataPipeMeta


class functional_datapipe:
    """Makes a class of pipes a method of every pipe of its kind.

    @functional_datapipe("double")
    class Doubler(IterDataPipe): ...
    """

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name = name
        self.enable_df_api_tracing = enable_df_api_tracing

    def __call__(self, cls: Any) -> Any:
        if isinstance(cls, type) and issubclass(cls, MapDataPipe):
            MapDataPipe.register_datapipe_as_function(self.name, cls)
            return cls
        decorated = isinstance(cls, non_deterministic) or isinstance(getattr(cls, "__self__", None), non_deterministic)
        if not decorated and not (isinstance(cls, _DataPipeMeta) and issubclass(cls, IterDataPipe)):
            raise TypeError("`functional_datapipe` can only decorate IterDataPipe")
        IterDataPipe.register_datapipe_as_function(self.name, cls, self.enable_df_api_tracing)
        return cls


class _Flag:
    deterministic = False


class guaranteed_datapipes_determinism:
    """Within it, pipes that were declared `non_deterministic` raise TypeError when they are made."""

    def __init__(self) -> None:
        self.prev = _Flag.deterministic
        _Flag.deterministic = True

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        _Flag.deterministic = self.prev


class non_deterministic:
    """Declares a class of pipes non-deterministic; given a function, only where it says so of the arguments."""

    cls: Any = None

    def __init__(self, arg: Any) -> None:
        if isinstance(arg, type):
            if not issubclass(arg, IterDataPipe):
                raise TypeError(
                    f"Only `IterDataPipe` can be decorated with `non_deterministic`, but {arg.__name__} is found"
                )
            self.cls = arg
        elif isinstance(arg, Callable):  # type: ignore[arg-type]
            self.deterministic_fn = arg
        else:
            raise TypeError(f"{arg} can not be decorated by non_deterministic")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.cls is not None:
            self._check("", _Flag.deterministic)
            return self.cls(*args, **kwargs)
        if not (isinstance(args[0], type) and issubclass(args[0], IterDataPipe)):
            raise TypeError(f"Only `IterDataPipe` can be decorated, but {args[0].__name__} is found")
        self.cls = args[0]
        return self.deterministic_wrapper_fn

    def deterministic_wrapper_fn(self, *args: Any, **kwargs: Any) -> Any:
        """The pipe, unless the function says that it is non-deterministic where that is not allowed."""
        found = self.deterministic_fn(*args, **kwargs)
        if not isinstance(found, bool):
            raise TypeError(
                "deterministic_fn of `non_deterministic` decorator is required to return a boolean value, but "
                f"{type(found)} is found"
            )
        self._check(" with the inputs", _Flag.deterministic and found)
        return self.cls(*args, **kwargs)

    def _check(self, how: str, refused: bool) -> None:
        if refused:
            raise TypeError(
                f"{self.cls.__name__} is non-deterministic{how}, but you set 'guaranteed_datapipes_determinism'. You "
                "can turn off determinism for this DataPipe if that is acceptable for your application"
            )


def _untyped(name: str) -> NoReturn:
    # PyTorch has the decorators and does not give pipes their types any more, so that they fail there as well.
    raise NotImplementedError(f"torch.utils.data.{name} is not supported by jaxtorch: datapipes carry no types")


def argument_validation(f: Callable) -> Callable:
    """Checks the types of pipes given to a function: NotImplementedError."""
    _untyped("argument_validation")


def runtime_validation(f: Callable) -> Callable:
    """Checks the types of samples: NotImplementedError."""
    _untyped("runtime_validation")


class runtime_validation_disabled:
    """Switches `runtime_validation` off: NotImplementedError."""

    def __init__(self) -> None:
        _untyped("runtime_validation_disabled")
