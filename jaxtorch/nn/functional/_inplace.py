"""In-place writing of results, for functions with an `inplace` argument."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.inplace import check_writable
from jaxtorch._tensor.variants import store


def put(input: Any, result: Any, overlap: bool = True) -> Any:
    """Write `result` into `input` and give `input` back; without `overlap` that may be an expanded tensor."""
    check_writable(input, overlap)
    return store(input, result)
