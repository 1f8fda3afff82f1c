"""More functions made of other functions: statistics, copies of views, host functions over elements, dense answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable, View
from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import FLOATING, INTEGRAL
from jaxtorch._base.sizes import Size
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.storage import VersionCounter
from jaxtorch._tensor import view_methods as v
from jaxtorch._tensor.arguments import integers
from jaxtorch._tensor.composites import stack
from jaxtorch._tensor.construct import as_index, from_array, requiring
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.creation import empty, zeros
from jaxtorch._tensor.dynamic import where
from jaxtorch._tensor.layouts import contiguous_format, memory_format, strided
from jaxtorch._tensor.out import EXACT, RULES, write_out

# ----- Statistics -----


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number occurs in a 1-D tensor of non-negative integers, or the sum of `weights` there."""
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    array = host_array(input)
    if array.ndim != 1 or (array.size and not input._aval.dtype.is_complex and array.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights._aval.shape != input._aval.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    length = max(minlength, int(array.max().real) + 1 if array.size else 0)
    if not length:
        return zeros(0, dtype=dtypes.int64)
    given = [input] if weights is None else [input, weights]
    return tape.apply(TABLE["_bincount"], given, (length,))


class histogramdd_result(NamedTuple):
    """What `histogramdd` gives."""

    hist: Any
    bin_edges: tuple


def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """A histogram over points whose coordinates are the last dimension."""
    if input._aval.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    size = input._aval.shape[-1]
    if isinstance(bins, (list, tuple)) and len(bins) != size:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    if range is not None and len(range) != 2 * size:
        raise RuntimeError(
            f"torch.histogramdd: for a {size}-dimensional histogram range should have {2 * size} elements, but got "
            f"{len(range)}"
        )
    if input._aval.dtype.category != FLOATING:
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{input._aval.dtype.scalar_name}'")
    if weight is not None and weight._aval.shape != input._aval.shape[:-1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(input._aval.shape)} and weight with "
            f"shape {list(weight._aval.shape)}"
        )
    points = host_array(input).reshape(math.prod(input._aval.shape[:-1]), size)
    edges = _bin_edges(points, bins, range)
    places = [_bin_of(points[:, d], e) for d, e in enumerate(edges)]
    inside = np.logical_and.reduce([p >= 0 for p in places]) if places else np.ones(len(points), bool)
    weights = np.ones(len(points)) if weight is None else host_array(weight).reshape(-1).astype(np.float64)
    hist = np.zeros([len(e) - 1 for e in edges])
    np.add.at(hist, tuple(p[inside] for p in places), weights[inside])
    if density:
        hist = hist / hist.sum()
        for d, e in enumerate(edges):
            hist = hist / np.diff(e).reshape([-1 if i == d else 1 for i in np.arange(size)])
    kind = input._aval.dtype
    return histogramdd_result(
        from_array(hist.astype(kind.numpy_dtype), kind),
        tuple(
            b if isinstance(b, Variable) else from_array(e.astype(kind.numpy_dtype), kind)
            for b, e in zip(bins if isinstance(bins, (list, tuple)) else edges, edges, strict=True)
        ),
    )


def _bin_edges(points: np.ndarray, bins: Any, limits: Any) -> list[np.ndarray]:
    size = points.shape[1]
    given = list(bins) if isinstance(bins, (list, tuple)) else [bins] * size
    edges = []
    for d, b in enumerate(given):
        if isinstance(b, Variable):
            edges.append(host_array(b))
            continue
        if b <= 0:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {b} for dimension {d}")
        if limits is not None:
            low, high = limits[2 * d], limits[2 * d + 1]
        else:
            low, high = (points[:, d].min(), points[:, d].max()) if len(points) else (0.0, 1.0)
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges.append(np.linspace(low, high, b + 1, dtype=points.dtype))
    return edges


def _bin_of(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bin of each value, -1 outside, by the binary search of PyTorch: it need not be true of unsorted edges."""
    first, count = np.zeros(len(values), np.int64), np.full(len(values), len(edges), np.int64)
    while count.any():
        step = count // 2
        right = (count > 0) & ~(values < edges[np.minimum(first + step, len(edges) - 1)])
        first = np.where(right, first + step + 1, first)
        count = np.where(right, count - step - 1, step)
    place = np.where(values == edges[-1], len(edges) - 2, first - 1)
    outside = ~((values >= edges[0]) & (values <= edges[-1]))
    return np.where(outside, -1, np.minimum(place, len(edges) - 2))


# ----- Products and positions -----


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of matrices, from left to right."""
    items = list(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)) else list(matrices)
    if not items:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for m in items:
        if m.dim() != 2:
            raise RuntimeError(f"Tensor dimension is {m.dim()}, expected 2 instead.")
    result = items[0]
    for m in items[1:]:
        result = result @ m
    return result if out is None else write_out("chain_matmul", out, result)


def unravel_index(indices: Any, shape: Any) -> tuple:
    """Flat positions as coordinates in `shape`."""
    if not isinstance(indices, Variable) or indices._aval.dtype.category != INTEGRAL:
        raise TypeError(
            "expected 'indices' to be integer dtype, but got "
            f"{indices.dtype if isinstance(indices, Variable) else type(indices)}"
        )
    if not isinstance(shape, (int, np.integer, tuple, list)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    for n in sizes:
        if not isinstance(n, (int, np.integer)):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(n)}")
    sizes = tuple(map(int, sizes))
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    if not sizes:
        return ()
    flat = indices.to(dtypes.int64)
    steps = [math.prod(sizes[d + 1 :]) for d in range(len(sizes))]
    return v.unbind(stack([(flat // step) % n for step, n in zip(steps, sizes, strict=True)], -1), -1)


def nonzero_static(input: Any, *, size: int, fill_value: int = -1, out: Any = None) -> Any:
    """`nonzero` with a given number of rows, filled up or cut."""
    found = np.argwhere(host_array(input)).astype(np.int64)[:size]
    rows = np.full((size, input._aval.ndim), fill_value, np.int64)
    rows[: len(found)] = found
    result = as_index(rows, input._aval.device)
    return result if out is None else write_out("nonzero_static", out, result)


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write a number onto the main diagonal, in place; with `wrap`, again below it in tall matrices."""
    shape = self._aval.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) != 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step = sum(self.stride())
    count = min(shape)
    v.as_strided(self, (count,), (step,), self.storage_offset()).fill_(fill_value)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        below = self[shape[1] + 1 :]
        fill_diagonal_(below, fill_value, True)
    return self


def where_method(self: Any, condition: Any, other: Any) -> Any:
    """This tensor where `condition` holds, else `other`."""
    return where(condition, self, other)


# ----- A Python function over elements -----


def _on_host(name: str, self: Any, *others: Any, function: Callable) -> Any:
    if any(x._rg for x in (self, *others)):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    flat = [host_array(t.expand(self._aval.shape)).reshape(-1).tolist() for t in (self, *others)]
    found = [function(*row) for row in zip(*flat, strict=True)]
    for value in found:
        if not isinstance(value, (int, float, complex, np.generic, Variable)):
            kind = "interpreted as an integer" if self._aval.dtype.category <= INTEGRAL else "a real number"
            raise TypeError(f"'{type(value).__name__}' object cannot be {kind}")
    values = np.array(found).astype(self._aval.dtype.numpy_dtype)
    return self.copy_(from_array(values.reshape(self._aval.shape), self._aval.dtype))


def apply_(self: Any, callable: Callable) -> Any:
    """Replace each element by `callable(element)`, in Python."""
    return _on_host("apply_", self, function=callable)


def map_(self: Any, tensor: Any, callable: Callable) -> Any:
    """Replace each element by `callable(element, other)`, in Python."""
    return _on_host("map_", self, tensor, function=callable)


def map2_(self: Any, x: Any, y: Any, callable: Callable) -> Any:
    """Replace each element by `callable(element, other, another)`, in Python."""
    return _on_host("map2_", self, x, y, function=callable)


# ----- Copies of views -----


def _copying(view: Callable, name: str) -> Callable:
    rule = RULES.get(name, EXACT)

    def function(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        shown = view(input, *args, **kwargs)
        if not isinstance(shown, tuple):
            copied = shown.clone(memory_format=contiguous_format)
            return copied if out is None else write_out(name, out, copied, rule)
        copies = tuple(s.clone(memory_format=contiguous_format) for s in shown)
        if out is None:
            return copies
        write_out(name, out, copies, rule)
        return None

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name.removesuffix('_copy')}` into memory of its own."
    return function


def _slice(input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return input[(slice(None),) * (dim % max(input._aval.ndim, 1)) + (slice(start, end, step),)]


def _alias(input: Any) -> Any:
    return input


def _narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    if dim >= input._aval.ndim > 0:
        raise RuntimeError("Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.")
    if length < 0 and input._aval.ndim:
        size = input._aval.shape[dim]
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return v.narrow(input, dim, start, length)


def _by_method(name: str) -> Callable:
    return lambda input, *args, **kwargs: getattr(input, name)(*args, **kwargs)


_VIEWS = {
    name: _by_method(name)
    for name in (
        "as_strided",
        "detach",
        "diagonal",
        "expand",
        "permute",
        "select",
        "split",
        "split_with_sizes",
        "squeeze",
        "t",
        "transpose",
        "unbind",
        "unfold",
        "unsqueeze",
        "view",
    )
}
_VIEWS |= {
    "alias": _alias,
    "narrow": _narrow,
    "slice": _slice,
    "view_as_real": v.view_as_real,
    "view_as_complex": v.view_as_complex,
}
COPIES = {f"{name}_copy": _copying(view, f"{name}_copy") for name, view in _VIEWS.items()}


def _unsafe(name: str, function: Callable) -> Callable:
    def pieces(input: Any, *args: Any, **kwargs: Any) -> Any:
        """Pieces in the memory of `input`, of which autograd does not know that they are its views."""
        made = function(input, *args, **kwargs)
        for piece in made:
            view = piece._view
            if view is not None:
                piece._view = View(view.chain, view.value, view.stamp, None, 0, view.offset, False, view.name)
                piece._vc = VersionCounter()  # nor that a write to another piece changes the memory of all
            if piece._node is not None:
                piece._node.label = f"Unsafe{view.name}"
        return made

    pieces.__name__ = pieces.__qualname__ = name
    return pieces


UNSAFE: dict[str, Callable] = {
    name: _unsafe(name, function)
    for name, function in {
        "unsafe_chunk": v.chunk,
        "unsafe_split": v.split,
        "unsafe_split_with_sizes": v.split_with_sizes,
    }.items()
}

# ----- Methods as functions -----


def _function_of(method: str) -> Callable:
    def function(input: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(input, method)(*args, **kwargs)

    function.__name__ = function.__qualname__ = method
    function.__doc__ = f"`input.{method}(...)`."
    return function


def fill(input: Any, value: Any) -> Any:
    """A tensor like `input` filled with `value`."""
    return input.clone().fill_(value)


def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """An uninitialised tensor whose dimensions lie in memory in the order `physical_layout`."""
    order = integers(physical_layout, 0, "empty_permuted", "physical_layout")
    if len(order) != len(size):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(size)} is not equal to len(physical_layout) = {len(order)}"
        )
    for position, d in enumerate(order):
        if not 0 <= d < len(size):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(size) - 1}, but got {d} at index "
                f"{position}).  NB: negative dims not currently supported; file an issue if you want it."
            )
        if d in order[:position]:
            raise RuntimeError("Duplicate dim not allowed")
    made = empty([size[d] for d in order], dtype=dtype, device=device)
    made = v.permute(made, [order.index(d) for d in range(len(size))])
    return requiring(made, requires_grad)


# ----- Dense answers -----


def dense_dim(self: Any) -> int:
    """The number of dimensions: none is sparse."""
    return self._aval.ndim


def sparse_dim(self: Any) -> int:
    """0: no dimension is sparse."""
    return 0


def _sparse_only(name: str) -> Callable:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.layout is not strided:
            return getattr(self, name)()
        raise RuntimeError(f"{name} expected sparse coordinate tensor layout but got Strided")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = "RuntimeError: the tensor is dense."
    return method


def _not_had(name: str, instead: str) -> Callable:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Tensor.{name} is not supported by jaxtorch; {instead}")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = "Not supported."
    return method


def pin_memory(self: Any, device: Any = None) -> Any:
    """The tensor itself: XLA moves data without pinned memory."""
    return self


def record_stream(self: Any, stream: Any) -> None:
    """Nothing: XLA keeps buffers as long as programs use them."""


def dim_order(self: Any, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions from the outermost in memory to the innermost.

    With `ambiguity_check` True, RuntimeError where another order has the same strides; with a list of memory formats,
    the order of the one that fits then.
    """
    if not isinstance(ambiguity_check, (bool, list)) or (
        isinstance(ambiguity_check, list) and not all(isinstance(f, memory_format) for f in ambiguity_check)
    ):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    st, shape = self.stride(), self._aval.shape
    order = tuple(sorted(range(len(st)), key=lambda d: -st[d]))
    if not ambiguity_check:
        return order
    steps = [st[d] for d in order]
    ambiguous = len(set(steps)) < len(steps) or any(size < 2 for size in shape)
    if not ambiguous:
        return order
    forms = ambiguity_check if isinstance(ambiguity_check, list) else []
    fitting = [form for form in forms if self.is_contiguous(memory_format=form)]
    if len(fitting) != 1:
        raise RuntimeError(
            "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
        )
    count = len(st)
    return tuple(range(count)) if fitting[0] is contiguous_format else (0, *range(2, count), 1)


def reversed_(self: Any) -> Any:
    """`reversed(tensor)`: flipped along the first dimension."""
    return self.flip(0) if self._aval.ndim else self


def new(self: Any, *args: Any, size: Any = None, device: Any = None) -> Any:
    """The legacy constructor with this tensor's dtype."""
    args = args if size is None else (Size(size),)
    if device is not None and args and isinstance(args[0], Variable):
        raise RuntimeError(
            "Legacy tensor new of the form tensor.new(tensor, device=device) is not supported.  Use "
            "torch.as_tensor(...) instead."
        )
    return type(self)._of_dtype(args, self._aval.dtype, device)


FUNCTIONS: dict[str, Callable] = {
    f.__name__: f
    for f in (
        bincount,
        histogramdd,
        chain_matmul,
        unravel_index,
        nonzero_static,
        fill,
        empty_permuted,
    )
}
FUNCTIONS |= {
    name: _function_of(name)
    for name in ("detach", "detach_", "fill_", "zero_", "resize_as_", "is_inference", "get_device", "as_strided_")
}
FUNCTIONS |= COPIES | UNSAFE
METHODS: dict[str, Callable] = {
    f.__name__: f
    for f in (
        bincount,
        nonzero_static,
        fill_diagonal_,
        apply_,
        map_,
        map2_,
        dense_dim,
        sparse_dim,
        pin_memory,
        record_stream,
        dim_order,
        new,
    )
}
METHODS |= {
    name: _sparse_only(name) for name in ("coalesce", "indices", "values", "is_coalesced", "_indices", "_values")
}
METHODS |= {
    name: _not_had(name, "tensors are dense; XLA has no sparse layouts")
    for name in (
        "to_sparse",
        "to_sparse_coo",
        "to_sparse_csr",
        "to_sparse_csc",
        "to_sparse_bsr",
        "to_sparse_bsc",
        "sparse_mask",
    )
}
METHODS["chalf"] = _not_had("chalf", "XLA has no complex32; use cfloat()")
METHODS |= {
    name: _not_had(name, "there is no quantised dtype")
    for name in (
        "dequantize",
        "int_repr",
        "q_scale",
        "q_zero_point",
        "q_per_channel_scales",
        "q_per_channel_zero_points",
        "q_per_channel_axis",
        "qscheme",
    )
}
METHODS |= UNSAFE | {"where": where_method, "narrow_copy": COPIES["narrow_copy"], "__reversed__": reversed_}
