"""`rearrange`: reshaping and transposing by a pattern, as einops writes it."""

from __future__ import annotations

import math
import re
from typing import Any

from jaxtorch._root import torch

_REST = "each of the rest"  # "..." outside brackets: dimensions of their own
_TOKEN = re.compile(r"\(|\)|\.\.\.|\w+")


def _parsed(text: str) -> list[list[str]]:
    """One side of a pattern: for each dimension the names that make it up."""
    left = _TOKEN.sub("", text).strip()
    if left:
        raise ValueError(f"Unknown character in rearrange pattern: {left!r}")
    groups: list[list[str]] = []
    inside: list[str] | None = None
    for token in _TOKEN.findall(text):
        if token == "(":
            if inside is not None:
                raise ValueError("Axis composition is one-level (brackets inside brackets not allowed)")
            inside = []
        elif token == ")":
            if inside is None:
                raise ValueError("Brackets are not balanced")
            groups.append(inside)
            inside = None
        elif inside is not None:
            inside.append(token)
        else:
            groups.append([_REST if token == "..." else token])
    if inside is not None:
        raise ValueError("Brackets are not balanced")
    names = [n for g in groups for n in g if n != "1"]
    if len(set(names)) != len(names):
        raise ValueError(f"Identifiers only once on each side of a rearrange pattern, got {text!r}")
    return [[n for n in g if n != "1"] for g in groups]


def _sizes_of(group: list[str], size: int, given: dict[str, int]) -> dict[str, int]:
    unknown = [n for n in group if n not in given]
    known = math.prod(given[n] for n in group if n in given)
    if len(unknown) > 1:
        raise ValueError(f"Could not infer sizes for {set(unknown)}")
    if unknown and known and size % known == 0:
        return {unknown[0]: size // known}
    if unknown or known != size:
        raise ValueError(f"Shape mismatch, can't divide axis of length {size} in chunks of {known}")
    return {}


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """The elements of a tensor in the order and grouping a pattern says: "b c (h w) -> b (c h) w".

    A list of tensors counts as their stack; "..." stands for the dimensions that are not named.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.rearrange(torch.arange(6), "(a b) -> b a", a=2)
        tensor([[0, 3],
                [1, 4],
                [2, 5]])
    """
    if not isinstance(tensor, torch.Tensor):
        tensor = torch.stack(tuple(tensor))
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"Pattern must contain a single '->' separator, got {pattern!r}")
    left, right = _parsed(sides[0]), _parsed(sides[1])
    rest = [f"...{i}" for i in range(tensor.dim() - len(left) + 1)] if [_REST] in left else []
    left = [g for group in left for g in ([[n] for n in rest] if group == [_REST] else [group])]
    spread = [[[n] for n in rest] if group == [_REST] else [group] for group in right]
    right = [[m for n in group for m in (rest if n == "..." else [n])] for groups in spread for group in groups]
    if len(left) != tensor.dim():
        raise ValueError(f"Number of dimensions in pattern ({len(left)}) and tensor ({tensor.dim()}) must be equal")
    before, after = [n for g in left for n in g], [n for g in right for n in g]
    if set(before) != set(after):
        raise ValueError(f"Identifiers should be on both sides of a rearrange pattern, got {set(before) ^ set(after)}")
    sizes = dict(axes_lengths)
    for group, size in zip(left, tensor.shape, strict=True):
        sizes.update(_sizes_of(group, size, sizes))
    taken_apart = tensor.reshape([sizes[n] for n in before])
    moved = taken_apart.permute([before.index(n) for n in after])
    return moved.reshape([math.prod(sizes[n] for n in group) for group in right])
