"""`torch.Size`: a tuple of dimensions."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from typing import Any, Self


class Size(tuple):
    """The shape of a tensor; a tuple of ints with `numel()`."""

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = ()) -> Self:
        made = tuple.__new__(cls, sizes)
        for size in made:
            if type(size) is not int:
                return tuple.__new__(cls, [_whole(i, item) for i, item in enumerate(made)])
        return made

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__

    def __getitem__(self, key):
        got = tuple.__getitem__(self, key)
        return Size(got) if isinstance(key, slice) else got

    def __add__(self, other):
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other):
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times):
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self):
        return Size, (tuple(self),)


def _whole(position: int, item: Any) -> Any:
    if isinstance(item, int) and type(item) is not bool:  # the sizes of a trace are ints that know where they are from
        return item
    try:
        return operator.index(item)
    except TypeError as error:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {position} is '{type(item).__name__}')"
        ) from error
    except Exception:  # JAX's dimensions that are not known yet, which say so by errors of their own
        return item


def contiguous_strides(shape) -> tuple[int, ...]:
    """Row-major strides, in elements; size-0 dimensions count as 1, as in PyTorch."""
    return _contiguous_strides(tuple(shape))


@functools.lru_cache(maxsize=4096)  # `x[i]` in a loop asks for the same few again and again
def _contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def is_contiguous(shape, strides) -> bool:
    """Whether memory is walked in row-major order."""
    expected = 1
    if 0 in shape:
        return True
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; IndexError as PyTorch gives when it is out of range."""
    span = max(ndim, 1)
    if -span <= dim < span:
        return dim % span
    raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")


def wrap_dims(dims, ndim: int) -> tuple[int, ...]:
    """Several dimensions counted from the front, each at most once."""
    wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    for d in wrapped:
        if wrapped.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return wrapped


def broadcast_shapes(*shapes) -> tuple[int, ...]:
    """The shape several broadcast to; RuntimeError as PyTorch gives when two sizes don't match."""
    result: list[int] = []
    for shape in shapes:
        if len(shape) > len(result):
            result = [1] * (len(shape) - len(result)) + result
        offset = len(result) - len(shape)
        for i in range(len(shape) - 1, -1, -1):  # from the last on, so that the error names PyTorch's dimension
            have, size = result[offset + i], shape[i]
            if have == size or size == 1:
                continue
            if have != 1:
                raise RuntimeError(
                    f"The size of tensor a ({have}) must match the size of tensor b ({size}) at "
                    f"non-singleton dimension {offset + i}"
                )
            result[offset + i] = size
    return tuple(result)


def infer_size(shape, numel: int) -> tuple[int, ...]:
    """`shape` with its one -1 resolved; RuntimeError as `view` gives when the count doesn't fit."""
    known, hole = 1, None
    for i, size in enumerate(shape):
        if size == -1:
            if hole is not None:
                raise RuntimeError("only one dimension can be inferred")
            hole = i
        elif size < 0:
            raise RuntimeError(f"invalid shape dimension {size}")
        else:
            known *= size
    if hole is None:
        if known == numel:
            return tuple(shape)
    elif known > 0 and numel % known == 0:
        return tuple(numel // known if i == hole else size for i, size in enumerate(shape))
    elif known == 0 and numel == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
            f"dimension size -1 can be any value and is ambiguous"
        )
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")
