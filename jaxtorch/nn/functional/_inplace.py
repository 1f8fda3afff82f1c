"""In-place writing of results, for functions with an `inplace` argument."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.inplace import check_writable
from jaxtorch._tensor.variants import store


def put(input: Any, result: Any) -> Any:
    """Write `result` into `input` and give `input` back."""
    check_writable(input)
    return store(input, result)
