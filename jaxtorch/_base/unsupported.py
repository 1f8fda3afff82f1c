"""Functions that stand for what is not supported: they say so by name, and what to use instead."""

from __future__ import annotations

from typing import Any, NoReturn


def unsupported(name: str, instead: str) -> Any:
    """A function that raises NotImplementedError for `torch.<name>`; `instead` says what to do."""

    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.{name} is not supported by jaxtorch; {instead}")

    function.__name__ = function.__qualname__ = name.rpartition(".")[2]
    function.__doc__ = f"Not supported; {instead}."
    return function
