"""PyTorch's schema language, as far as op declarations use it.

    add(Tensor input, Tensor|Scalar other, *, Scalar alpha=1) -> Tensor
    max.dim(Tensor input, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)

Types that carry arrays (they reach the op function positionally, in this order): `Tensor`, `Tensor?`, `Tensor[]`,
`Tensor?[]`, `Scalar` (a Python number that is a runtime argument of programs), `Scalar?`, `Tensor|Scalar`,
`Tensor|Scalar?`. All others are static metadata (keyword-only in the op function): `int`, `float`, `bool`, `str`,
`int[]`, `int[2]` (one int stands for both), `float[]`, `dtype`, `device`, `any` and `?` forms of them.
"""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

REQUIRED: Any = object()
_ARRAYS = ("Tensor", "Scalar", "Tensor|Scalar")


class Param(NamedTuple):
    """One parameter: `type` without `?`, `[]`; `size` is the length of `int[k]` lists (0 for any length)."""

    name: str
    type: str
    optional: bool
    is_list: bool
    size: int
    default: Any
    keyword_only: bool

    @property
    def is_array(self) -> bool:
        return self.type in _ARRAYS


class Schema(NamedTuple):
    """A parsed declaration: dotted name, overload, parameters, names of the outputs ("" when unnamed)."""

    name: str
    overload: str
    params: tuple[Param, ...]
    returns: tuple[str, ...]
    returns_list: bool


_PARAM = re.compile(r"^([\w|]+?)(\?)?(?:\[(\d*)\])?(\?)?\s+(\w+)(?:\s*=\s*(.+))?$", re.DOTALL)


def parse(text: str) -> Schema:
    """Parse a declaration; ValueError when it is malformed."""
    match = re.match(r"^([\w.]+)\((.*)\)\s*->\s*(.+)$", text.strip(), re.DOTALL)
    if match is None:
        raise ValueError(f"malformed op schema: {text!r}")
    full, inside, returns = match.groups()
    name, overload = _split_overload(full)
    params, keyword_only = [], False
    for piece in _split_commas(inside):
        if piece == "*":
            keyword_only = True
        else:
            params.append(_param(piece, keyword_only, text))
    return Schema(name, overload, tuple(params), *_returns(returns.strip()))


_NAMESPACES = ("nn.functional.", "linalg.", "special.", "fft.")


def _split_overload(full: str) -> tuple[str, str]:
    prefix = next((n for n in _NAMESPACES if full.startswith(n)), "")
    name, _, overload = full[len(prefix) :].partition(".")
    return prefix + name, overload


def _split_commas(text: str) -> list[str]:
    pieces, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            pieces.append(text[start:i].strip())
            start = i + 1
    return [p for p in (*pieces, text[start:].strip()) if p]


def _param(piece: str, keyword_only: bool, text: str) -> Param:
    match = _PARAM.match(piece)
    if match is None:
        raise ValueError(f"malformed parameter {piece!r} in {text!r}")
    type_, optional, size, optional_list, name, default = match.groups()
    value = REQUIRED if default is None else ast.literal_eval(default)
    if isinstance(value, list):
        value = tuple(value)
    is_list = size is not None
    # One int stands for a list of dims everywhere in PyTorch's reductions.
    length = 1 if is_list and not size and (type_, name) == ("int", "dim") else int(size or 0)
    return Param(name, type_, bool(optional or optional_list), is_list, length, value, keyword_only)


def _returns(text: str) -> tuple[tuple[str, ...], bool]:
    if text.startswith("("):
        return tuple((p.split() + [""])[1] for p in _split_commas(text[1:-1])), False
    return ("",), text == "Tensor[]"
