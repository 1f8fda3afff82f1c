"""einsum: the equation is parsed as PyTorch parses it, then operands are contracted two by two."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.matmul import contract
from jaxtorch._ops.table import op

ELLIPSIS = "..."
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def sublist_equation(subscripts, output=None) -> str:
    """The equation of the sublist format: numbers (or `...`) per operand, and of the output where it is given."""

    def written(entries) -> str:
        text = ""
        for e in entries:
            if e is not Ellipsis and not 0 <= e < len(_LETTERS):
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
            text += ELLIPSIS if e is Ellipsis else _LETTERS[e]
        return text

    equation = ",".join(map(written, subscripts))
    return equation if output is None else f"{equation}->{written(output)}"


# ----- Parsing -----


def _subscripts(text: str, start: int, what: str) -> list[str]:
    """The labels of one term; `start` is where it begins in the equation, `what` names it in messages."""
    labels: list[str] = []
    i = 0
    while i < len(text):
        char = text[i]
        if char == " ":
            pass
        elif char == ".":
            if ELLIPSIS in labels:
                raise RuntimeError(f"einsum(): found '.' for {what} for which an ellipsis was already found")
            if text[i : i + 3] != ELLIPSIS:
                raise RuntimeError(f"einsum(): found '.' for {what} that is not part of any ellipsis")
            labels.append(ELLIPSIS)
            i += 2
        elif char in _LETTERS:
            labels.append(char)
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, "
                f"subscripts must be in [a-zA-Z]"
            )
        i += 1
    return labels


def _parse(equation: str, count: int) -> tuple[list[list[str]], list[str] | None]:
    left, arrow, right = equation.partition("->")
    terms, start = [], 0
    pieces = left.split(",")
    for k, piece in enumerate(pieces):
        if k >= count:
            raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
        terms.append(_subscripts(piece, start, f"operand {k}"))
        start += len(piece) + 1
    if len(pieces) < count:
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    return terms, _subscripts(right, len(left) + 2, "the output") if arrow else None


def _spelled(labels: list[str], ndim: int, k: int) -> list:
    """One label a dimension; those of the ellipsis are numbers that count from the right: -1 is the last."""
    named = len(labels) - (ELLIPSIS in labels)
    if ELLIPSIS not in labels:
        if named != ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) does not match the "
                f"number of dimensions ({ndim}) for operand {k} and no ellipsis was given"
            )
        return list(labels)
    if named > ndim:
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) is more than the number of "
            f"dimensions ({ndim}) for operand {k}"
        )
    at = labels.index(ELLIPSIS)
    return [*labels[:at], *range(named - ndim, 0), *labels[at + 1 :]]


def _output(right: list[str] | None, terms: list[list]) -> list:
    used = [label for term in terms for label in term]
    dots = sorted({label for label in used if isinstance(label, int)})
    if right is None:
        named = sorted({label for label in used if isinstance(label, str)}, key=_LETTERS.index)
        return [*dots, *[label for label in named if used.count(label) == 1]]
    output: list = []
    for label in right:
        if label == ELLIPSIS:
            output.extend(dots)
            continue
        if label in output:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label not in used:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
        output.append(label)
    return output


def _check_sizes(terms: list[list], operands) -> dict:
    """The size of each label; 1 broadcasts."""
    sizes: dict = {}
    for k, (term, x) in enumerate(zip(terms, operands, strict=True)):
        seen: dict = {}
        for label, size in zip(term, x.shape, strict=True):
            if seen.setdefault(label, size) != size:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {k} but the sizes don't "
                    f"match, {size} != {seen[label]}"
                )
            known = sizes.get(label, 1)
            if known != size and 1 not in (known, size):
                name = f"subscript {label}" if isinstance(label, str) else "ellipsis dimension"
                raise RuntimeError(
                    f"einsum(): {name} has size {size} for operand {k} which does not broadcast with "
                    f"previously seen size {known}"
                )
            sizes[label] = max(known, size) if known != 0 and size != 0 else 0
    return sizes


# ----- Computing -----


def _diagonals(x, term: list) -> tuple[Any, list]:
    """One dimension a label."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            i = term.index(label)
            j = term.index(label, i + 1)
            x = jnp.diagonal(x, 0, i, j)
            term = [t for d, t in enumerate(term) if d not in (i, j)] + [label]
    return x, term


def _summed(x, term: list, needed) -> tuple[Any, list]:
    gone = tuple(d for d, label in enumerate(term) if label not in needed)
    kind = jnp.int64 if jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool else None
    return (x.sum(gone, dtype=kind) if gone else x), [label for label in term if label in needed]


def _without_ones(x, term: list, sizes: dict) -> tuple[Any, list]:
    """Dimensions of size 1 that meet larger ones elsewhere are dropped: they only broadcast."""
    gone = tuple(d for d, label in enumerate(term) if x.shape[d] == 1 and sizes[label] != 1)
    return (
        x.reshape([n for d, n in enumerate(x.shape) if d not in gone]),
        [label for d, label in enumerate(term) if d not in gone],
    )


def _pair(a, s: list, b, t: list, needed) -> tuple[Any, list]:
    """Contract two operands over what nobody else needs."""
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {dtype_name(a)} but found {dtype_name(b)}")
    a, s = _summed(a, s, {*needed, *t})
    b, t = _summed(b, t, {*needed, *s})
    shared = [label for label in s if label in t]
    batch, over = [x for x in shared if x in needed], [x for x in shared if x not in needed]
    made = contract(
        a,
        b,
        [s.index(x) for x in over],
        [t.index(x) for x in over],
        [s.index(x) for x in batch],
        [t.index(x) for x in batch],
    )
    return made, batch + [x for x in s if x not in shared] + [x for x in t if x not in shared]


def _order(terms: list[list], operands, output: list) -> list[tuple[int, ...]]:
    """Which operands to contract when: opt_einsum's path for more than two, as PyTorch takes it."""
    if len(operands) <= 2:
        return [tuple(range(len(operands)))]
    letters = {label: chr(200 + k) for k, label in enumerate(dict.fromkeys(x for term in terms for x in term))}
    *left, right = ("".join(letters[x] for x in term) for term in (*terms, output))
    return jnp.einsum_path(f"{','.join(left)}->{right}", *operands, optimize="auto")[0]


@op("einsum(str equation, Tensor[] operands) -> Tensor", variants="f", grad_name="PermuteBackward0")
def einsum(operands, *, equation):
    if not operands:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    labels, right = _parse(equation, len(operands))
    terms = [_spelled(term, x.ndim, k) for k, (term, x) in enumerate(zip(labels, operands, strict=True))]
    output = _output(right, terms)
    sizes = _check_sizes(terms, operands)
    pool = [_without_ones(*_diagonals(x, term), sizes) for x, term in zip(operands, terms, strict=True)]
    for picked in _order([t for _, t in pool], [x for x, _ in pool], output):
        taken = [pool[i] for i in picked]
        pool = [p for i, p in enumerate(pool) if i not in picked]
        needed = {*output, *[label for _, term in pool for label in term]}
        made, term = taken[0]
        for other in taken[1:]:
            made, term = _pair(made, term, *other, needed)
        pool.append(_summed(made, term, needed))
    out, term = pool[0]
    order = [term.index(label) for label in output]
    return jnp.transpose(out, order)
