"""View operations: metadata worked out in Python (as PyTorch does), the reading left to the view ops of the table.

Every function here gives a tensor that shares memory with its input. Strides are in elements.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable, alias
from jaxtorch._base import dtypes
from jaxtorch._base.modes import modes
from jaxtorch._base.sizes import contiguous_strides, infer_size, wrap_dim, wrap_dims
from jaxtorch._ops.table import TABLE, Op
from jaxtorch._storage.chain import Link
from jaxtorch._storage.storage import Storage
from jaxtorch._tensor.arguments import as_dtype, integer, integers
from jaxtorch._tensor.element_views import imag as imag
from jaxtorch._tensor.element_views import real as real
from jaxtorch._tensor.element_views import view_as_complex as view_as_complex
from jaxtorch._tensor.element_views import view_as_real as view_as_real
from jaxtorch._tensor.element_views import view_dtype
from jaxtorch._tensor.geometry import VIEW_OF_NOTHING
from jaxtorch._tensor.geometry import compute_view_strides as compute_view_strides
from jaxtorch._tensor.geometry import normal as normal
from jaxtorch._tensor.geometry import offset as offset
from jaxtorch._tensor.geometry import spread as spread
from jaxtorch._tensor.geometry import strides as strides

_VIEW, _PERMUTE, _EXPAND, _INDEX = TABLE["_view"], TABLE["_permute"], TABLE["_expand"], TABLE["_basic_index"]


# A program takes the same views again and again: what depends on sizes alone is worked out once.
_remembered = functools.lru_cache(maxsize=4096)
_sizes_of, _strides_of = _remembered(infer_size), _remembered(compute_view_strides)


@_remembered
def _links(op: Op, size: tuple[int, ...]) -> tuple[Link, ...]:
    return (Link(op, (size,), None),)


def _reshape_view(x: Variable, shape: tuple[int, ...], st, name: str) -> Any:
    return tape.view_of(x, _links(_VIEW, shape), st, offset(x), name)


class ViewMethods:
    """View methods of Tensor."""

    __slots__ = ()

    def view(self: Any, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
        """This memory in another shape (or, given a dtype, as other elements)."""
        if not shape:
            shape = tuple(x for x in (size, dtype) if x is not None)
        if len(shape) == 1 and isinstance(shape[0], (dtypes.dtype, type)):
            dtype = as_dtype(shape[0])
            same = dtype is self._aval.dtype
            made = _alias_view(self, "AliasBackward0") if same else view_dtype(self, dtype)
            return alias(made) if made._rg else made  # no gradient goes through it, in PyTorch too
        if not shape:
            raise TypeError(VIEW_OF_NOTHING)
        wanted = _sizes_of(integers(spread(shape), 0, "view", "size", 1), self._aval.numel)
        if self._strides is None:
            return _reshape_view(self, wanted, None, "ViewBackward0")
        st = _strides_of(self._aval.shape, self._strides, wanted)
        if st is None:
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans "
                "across two contiguous subspaces). Use .reshape(...) instead."
            )
        return _reshape_view(self, wanted, normal(wanted, st), "ViewBackward0")

    def reshape(self: Any, *sizes: Any, shape: Any = None) -> Any:
        """A view of the new shape where memory allows, else a copy."""
        return reshape(self, spread(sizes, "reshape", "shape") if shape is None else shape)

    def view_as(self: Any, other: Any) -> Any:
        """`view(other.size())`."""
        return self.view(other._aval.shape)

    def reshape_as(self: Any, other: Any) -> Any:
        """`reshape(other.size())`."""
        return reshape(self, other._aval.shape)

    def expand(self: Any, *sizes: Any, size: Any = None, implicit: bool = False) -> Any:
        """Dimensions of size 1 repeated without copying; -1 keeps a size."""
        given = spread(sizes, "expand", "size") if size is None else size
        return expand(self, integers(given, 0, "expand", "size", 1))

    def expand_as(self: Any, other: Any) -> Any:
        """`expand(other.size())`."""
        return expand(self, tuple(other._aval.shape))

    def permute(self: Any, *order: Any, dims: Any = None) -> Any:
        """Dimensions in another order."""
        return permute(self, spread(order, "permute", "dims") if dims is None else dims)

    def unflatten(self: Any, dim: int, sizes: Any) -> Any:
        """One dimension split into several."""
        return unflatten(self, dim, sizes)

    def split(self: Any, split_size: Any, dim: int = 0) -> tuple:
        """Pieces of one size (the last may be smaller) or of given sizes along a dimension."""
        return split(self, split_size, dim)

    def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
        """Windows of `size` every `step` along a dimension, as a new last dimension."""
        ndim = self._aval.ndim
        dim = wrap_dim(dimension, ndim)
        length = self._aval.shape[dim] if ndim else 1
        if size < 0:
            raise RuntimeError(f"size is {size} but must be >= 0")
        if size > length:
            raise RuntimeError(f"maximum size for tensor at dimension {dim} is {length} but size is {size}")
        if step <= 0:
            raise RuntimeError(f"step is {step} but must be > 0")
        if not ndim:
            return _reshape_view(self, (1,), None, "UnfoldBackward0")[:size]
        st = list(strides(self))
        shape = list(self._aval.shape)
        new_shape = (*shape[:dim], (length - size) // step + 1, *shape[dim + 1 :], size)
        new_st = (*st[:dim], st[dim] * step, *st[dim + 1 :], st[dim])
        link = Link(TABLE["_unfold"], (dim, size, step), None)
        return tape.view_of(self, (link,), normal(new_shape, new_st), offset(self), "UnfoldBackward0")

    def as_strided(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
        """The storage seen with any size, stride and offset."""
        return as_strided(self, size, stride, storage_offset)

    def __iter__(self: Any):
        if self._aval.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(unbind(self, 0))


def reshape(input: Any, shape: Any) -> Any:
    """A view of the new shape where memory allows, else a copy."""
    wanted = _sizes_of(integers(shape, 0, "reshape", "shape", 2), input._aval.numel)
    if input._strides is None:
        return _reshape_view(input, wanted, None, "ViewBackward0")
    st = _strides_of(input._aval.shape, input._strides, wanted)
    if st is not None:
        return _reshape_view(input, wanted, normal(wanted, st), "ViewBackward0")
    copied = tape.unary(TABLE["clone"], input, (None,))
    copied._strides = copied._storage.strides = None
    shown = _reshape_view(copied, wanted, None, "UnsafeViewBackward0")
    shown._storage = shown._vc = Storage(shown._view.value)  # nobody else has the copy: it is no view of anything
    shown._view = None
    return shown


def expand(input: Any, size: tuple[int, ...]) -> Any:
    """Dimensions of size 1 repeated without copying."""
    shape, st = input._aval.shape, strides(input)
    extra = len(size) - len(shape)
    if extra < 0:
        raise RuntimeError(
            f"expand(torch.{input._aval.dtype.scalar_name}Tensor{{{list(shape)}}}, size={list(size)}): the number of "
            f"sizes provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(shape)})"
        )
    full: list[int] = []
    new_st: list[int] = []
    for d in range(len(size) - 1, -1, -1):
        own = shape[d - extra] if d >= extra else 1
        step = st[d - extra] if d >= extra else (new_st[-1] * full[-1] if new_st else 1)
        want = size[d]
        if want == -1:
            if d < extra:
                raise RuntimeError(
                    f"The expanded size of the tensor ({want}) isn't allowed in a leading, non-existing dimension {d}"
                )
            want = own
        if want != own:
            if own != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({want}) must match the existing size ({own}) at "
                    f"non-singleton dimension {d}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}"
                )
            step = 0
        full.append(want)
        new_st.append(step)
    target, new = tuple(full[::-1]), tuple(new_st[::-1])
    return tape.view_of(input, (Link(_EXPAND, (target,), None),), normal(target, new), offset(input), "ExpandBackward0")


def broadcast_to(input: Any, size: Any) -> Any:
    """`expand` as a function."""
    return expand(input, integers(size, 0, "broadcast_to", "size", 2))


def permute(input: Any, dims: Any, name: str = "PermuteBackward0") -> Any:
    """Dimensions in another order."""
    given = integers(dims, 0, "permute", "dims", 2)
    links, st = _permutation(input._aval.shape, strides(input), given)
    return tape.view_of(input, links, st, offset(input), name)


@_remembered
def _permutation(shape: tuple[int, ...], st: tuple[int, ...], given: tuple[int, ...]) -> tuple:
    if len(given) != len(shape):
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {len(shape)} is not equal to len(dims) = "
            f"{len(given)}"
        )
    order = tuple(wrap_dim(d, len(shape)) for d in given)
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _links(_PERMUTE, order), normal([shape[d] for d in order], tuple([st[d] for d in order]))


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped."""
    ndim = input._aval.ndim
    order = _exchanged(ndim, integer(dim0), integer(dim1))
    return permute(input, order, "TransposeBackward0") if ndim else _alias_view(input, "TransposeBackward0")


@_remembered
def _exchanged(ndim: int, dim0: int, dim1: int) -> tuple[int, ...]:
    a, b = wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    order = list(range(ndim))
    if ndim:
        order[a], order[b] = order[b], order[a]
    return tuple(order)


def t(input: Any) -> Any:
    """The transpose of a tensor of at most two dimensions."""
    ndim = input._aval.ndim
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return _alias_view(input, "TBackward0") if ndim < 2 else permute(input, (1, 0), "TBackward0")


def _alias_view(input: Any, name: str) -> Any:
    shape = tuple(input._aval.shape)
    return _reshape_view(input, shape, input._strides, name)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to new places."""
    ndim = input._aval.ndim
    src, dst = integers(source, 1, "movedim", "source", 2), integers(destination, 1, "movedim", "destination", 3)
    if len(src) != len(dst):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(src)} dims) should contain the same "
            f"number of dims as destination ({list(dst)} dims)"
        )
    given = {"source": src, "destination": dst}
    src, dst = tuple(wrap_dim(d, ndim) for d in src), tuple(wrap_dim(d, ndim) for d in dst)
    for what, dims in (("source", src), ("destination", dst)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{what}` ({list(given[what])})")
    order = [-1] * ndim
    for s, d in zip(src, dst, strict=True):
        order[d] = s
    rest = iter(d for d in range(ndim) if d not in src)
    return permute(input, [next(rest) if o < 0 else o for o in order])


def unsqueeze(input: Any, dim: int) -> Any:
    """A dimension of size 1 put in."""
    shape, st = tuple(input._aval.shape), strides(input)
    d = wrap_dim(integer(dim, "unsqueeze", "dim", 2), len(shape) + 1)
    step = shape[d] * st[d] if d < len(shape) else 1
    new = (*shape[:d], 1, *shape[d:])
    return _reshape_view(input, new, normal(new, (*st[:d], step, *st[d:])), "UnsqueezeBackward0")


def squeeze(input: Any, dim: Any = None) -> Any:
    """Dimensions of size 1 taken out: all, or those given."""
    shape, st = tuple(input._aval.shape), strides(input)
    if dim is None:
        dims: tuple[int, ...] = tuple(range(len(shape)))
    else:
        dims = wrap_dims(integers(dim, 1, "squeeze", "dim", 2), len(shape))
    keep = [d for d in range(len(shape)) if d not in dims or shape[d] != 1]
    new = tuple(shape[d] for d in keep)
    name = "SqueezeBackward0" if dim is None else "SqueezeBackward1"
    return _reshape_view(input, new, normal(new, tuple(st[d] for d in keep)), name)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """A range of dimensions joined into one; a view where memory allows."""
    shape = tuple(input._aval.shape)
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Any) -> Any:
    """The elements in a row: the tensor itself or a view where it is contiguous, else a copy."""
    whole = input.contiguous()
    return reshape(whole, (-1,)) if input._aval.ndim != 1 else whole


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dimension split into several."""
    shape = tuple(input._aval.shape)
    d = wrap_dim(dim, len(shape))
    parts = integers(sizes, 0, "unflatten", "sizes", 3)
    if not parts:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        parts = infer_size(parts, shape[d])
    except RuntimeError:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(parts)} don't multiply up to the size of dim {d} ({shape[d]}) in "
            f"the input tensor"
        ) from None
    return input.view((*shape[:d], *parts, *shape[d + 1 :]))


def select(input: Any, dim: int, index: Any) -> Any:
    """One index of a dimension, which goes."""
    shape = input._aval.shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d, i = wrap_dim(integer(dim), len(shape)), integer(index)
    if not -shape[d] <= i < shape[d]:
        raise IndexError(f"select(): index {i} out of range for tensor of size {list(shape)} at dimension {d}")
    return index_view(input, {d: ("select", i % shape[d], i < 0)}, "SelectBackward0")


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` elements of a dimension from `start`."""
    shape = input._aval.shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Variable) and (start._aval.ndim or start._aval.dtype.category != dtypes.INTEGRAL):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    d, s, n = wrap_dim(integer(dim), len(shape)), integer(start), integer(length)
    if n < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -shape[d] <= s <= shape[d]:
        raise IndexError(f"start out of range (expected to be in range of [{-shape[d]}, {shape[d]}], but got {s})")
    s = s + shape[d] if s < 0 else s
    if s + n > shape[d]:
        raise RuntimeError(f"start ({s}) + length ({n}) exceeds dimension size ({shape[d]}).")
    return index_view(input, {d: ("slice", s, n, 1, False)}, "SliceBackward0")


def index_view(input: Any, parts: dict[int, tuple], name: str) -> Any:
    """Select and slice several dimensions at once.

    `parts` maps a dimension to ("select", index, constant) or ("slice", start, length, step, constant). Constants are
    compiled in; other numbers are runtime arguments, so that a loop over them is one compiled call.
    """
    shape, st = input._aval.shape, strides(input)
    spec: list[tuple] = []
    numbers: list[int] = []
    new_shape: list[int] = []
    new_st: list[int] = []
    start = offset(input)
    for d, size in enumerate(shape):
        part = parts.get(d)
        if part is None:
            spec.append(("keep",))
            new_shape.append(size)
            new_st.append(st[d])
        elif part[0] == "select":
            spec.append(("select",))
            numbers.append(part[1])
            start += part[1] * st[d]
        else:
            _, begin, length, step, constant = part
            if constant:
                spec.append(("range", begin, length, step))
            else:
                spec.append(("slice", length, step))
                numbers.append(begin)
            start += begin * st[d]
            new_shape.append(length)
            new_st.append(st[d] * step)
    link = Link(_INDEX, (tuple(spec),), tuple(numbers))
    return tape.view_of(input, (link,), normal(tuple(new_shape), tuple(new_st)), start, name)


def select_first(input: Any, index: int) -> Any:
    """`index_view` for the first dimension alone: `x[i]` visits a dataset row by row."""
    statics, st, step = _row(input._aval.shape, input._strides)
    link = Link(_INDEX, statics, (index,))
    return tape.view_of(input, (link,), st, offset(input) + index * step, "SelectBackward0")


@_remembered
def _row(shape: tuple[int, ...], st: tuple[int, ...] | None) -> tuple:
    """Of a view of one index: the link's metadata, the strides, and how far apart two indices are."""
    statics = ((("select",), *[_KEEP] * (len(shape) - 1)),)
    if st is None:
        return statics, None, contiguous_strides(shape)[0]
    return statics, normal(tuple(shape[1:]), st[1:]), st[0]


_KEEP = ("keep",)


def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0, name: str = "SplitWithSizesBackward0") -> tuple:
    """Pieces of given sizes along a dimension."""
    shape = input._aval.shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    sizes = integers(split_sizes, 0, "split_with_sizes", "split_sizes", 2)
    at = offset(input)
    pieces = _pieces(shape, strides(input), integer(dim), sizes)
    return tuple([tape.view_of(input, links, st, at + start, name) for links, st, start in pieces])


@_remembered
def _pieces(shape: tuple[int, ...], st: tuple[int, ...], dim: int, sizes: tuple[int, ...]) -> list[tuple]:
    """The links, the strides and the further offset of each piece."""
    d = wrap_dim(dim, len(shape))
    if sum(sizes) != shape[d] or any(n < 0 for n in sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {shape[d]} (input tensor's size at "
            f"dimension {d}), but got split_sizes={list(sizes)}"
        )
    made, begin = [], 0
    for n in sizes:
        spec = tuple([("range", begin, n, 1) if i == d else _KEEP for i in range(len(shape))])
        piece = (*shape[:d], n, *shape[d + 1 :])
        made.append(((Link(_INDEX, (spec,), ()),), normal(piece, st), begin * st[d]))
        begin += n
    return made


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple:
    """Pieces of one size (the last may be smaller) or of given sizes along a dimension."""
    if isinstance(split_size_or_sections, (list, tuple)):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    shape = tensor._aval.shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    d, size = wrap_dim(integer(dim), len(shape)), integer(split_size_or_sections, "split", "split_size", 2)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and shape[d] != 0:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {shape[d]}")
    count = max(-(-shape[d] // size), 1) if size else 1
    sizes = [min(size, shape[d] - i * size) for i in range(count)]
    return split_with_sizes(tensor, sizes, dim, "SplitBackward0")


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple:
    """At most `chunks` pieces of equal size along a dimension."""
    if not input._aval.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    d = wrap_dim(dim, input._aval.ndim)
    length = input._aval.shape[d]
    size = -(-length // chunks)
    return split_with_sizes(input, [0] * chunks, dim) if size == 0 else split(input, size, dim)


def unbind(input: Any, dim: int = 0) -> tuple:
    """All slices along a dimension, which goes."""
    if not input._aval.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = wrap_dim(integer(dim), input._aval.ndim)
    return tuple(index_view(input, {d: ("select", i, False)}, "UnbindBackward0") for i in range(input._aval.shape[d]))


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal of two dimensions, as a new last dimension."""
    shape, st = input._aval.shape, strides(input)
    a, b = wrap_dim(dim1, len(shape)), wrap_dim(dim2, len(shape))
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rows, columns = shape[a], shape[b]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    start = (input._view.offset if input._view is not None else 0) + (
        0 if not length else offset * st[b] if offset >= 0 else -offset * st[a]
    )
    keep = [d for d in range(len(shape)) if d not in (a, b)]
    new_shape = (*[shape[d] for d in keep], length)
    new_st = (*[st[d] for d in keep], st[a] + st[b])
    link = Link(TABLE["_diagonal"], (offset, a, b), None)
    return tape.view_of(input, (link,), normal(new_shape, new_st), start, "DiagonalBackward0")


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The storage seen with any size, stride and offset."""
    shape, st = integers(size, 0, "as_strided", "size", 2), integers(stride, 0, "as_strided", "stride", 3)
    if len(shape) != len(st):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in st):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(st)}")
    start = offset(input) if storage_offset is None else integer(storage_offset)
    root = storage_window(input)
    needed = start + sum((n - 1) * s for n, s in zip(shape, st, strict=True)) + 1 if math.prod(shape) else 0
    if needed > root._aval.numel:
        item = input._aval.dtype.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(st)}, storage offset {start}, and itemsize {item} "
            f"requiring a storage size of {needed * item} are out of bounds for storage of size "
            f"{root._aval.numel * item}"
        )
    link = Link(TABLE["_as_strided"], (shape, st, start), None)
    shown = tape.view_of(root, (link,), normal(shape, st), start, "AsStridedBackward0")
    if input._rg and not root._rg and modes.grad:
        statics = (strides(input), offset(input), root._aval.numel, shape, st, start)
        shown._rg, shown._node = True, tape.unary(TABLE["_as_strided_part"], input, statics)._node
    return shown


def storage_window(x: Any) -> Any:
    """The whole storage of `x` as a flat tensor in memory order, differentiably where `x` is the root."""
    view = x._view
    root = x if view is None else view.base if view.base is not None and view.base._view is None else _detached_root(x)
    shape = tuple(root._aval.shape)
    memory = root._storage.strides or contiguous_strides(shape)
    link = Link(TABLE["_memory"], (tuple(memory),), None)
    return tape.view_of(root, (link,), None, 0, "ViewBackward0")


def _detached_root(x: Any) -> Any:
    root = alias(x)
    value = x._storage.value
    root._view, root._aval, root._strides = None, value.aval, x._storage.strides
    return root


FUNCTIONS = {
    "reshape": reshape,
    "broadcast_to": broadcast_to,
    "permute": permute,
    "transpose": transpose,
    "swapaxes": transpose,
    "swapdims": transpose,
    "t": t,
    "movedim": movedim,
    "moveaxis": movedim,
    "unsqueeze": unsqueeze,
    "squeeze": squeeze,
    "flatten": flatten,
    "ravel": ravel,
    "unflatten": unflatten,
    "select": select,
    "narrow": narrow,
    "split": split,
    "split_with_sizes": split_with_sizes,
    "chunk": chunk,
    "unbind": unbind,
    "diagonal": diagonal,
    "as_strided": as_strided,
    "view_as_real": view_as_real,
    "view_as_complex": view_as_complex,
    "real": real,
    "imag": imag,
}
METHODS = {
    name: FUNCTIONS[name]
    for name in FUNCTIONS
    if name not in ("reshape", "permute", "split", "unflatten", "as_strided", "real", "imag")
}
