"""Names that PyTorch kept only to say what took their place."""

from __future__ import annotations

from typing import Any

_GONE = "This function was deprecated since version 1.9 and is now removed. "
_INSTEAD = {
    "solve": "`torch.solve` is deprecated in favor of `torch.linalg.solve`.",
    "eig": "`torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real tensors "
    "mimicking complex tensors.",
    "symeig": "The default behavior has changed from using the upper triangular portion of the matrix by default to "
    "using the lower triangular portion.",
    "lstsq": "`torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.",
    "matrix_rank": "Please use the `torch.linalg.matrix_rank` function instead.",
}


def _removed(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(_GONE + _INSTEAD[name])

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"RuntimeError: {_INSTEAD[name]}"
    return function


FUNCTIONS: dict[str, Any] = {name: _removed(name) for name in _INSTEAD}
METHODS: dict[str, Any] = {name: FUNCTIONS[name] for name in ("solve", "eig", "symeig", "lstsq")}
