"""Functions made of other functions, as PyTorch's own are: joining, splitting, broadcasting, comparing."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import complex128, float64, int64
from jaxtorch._base.once import warn_once
from jaxtorch._base.sizes import Size, broadcast_shapes, wrap_dim
from jaxtorch._ops.einsum import sublist_equation
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor import view_methods as v
from jaxtorch._tensor.arguments import check_tensors, integers, type_name
from jaxtorch._tensor.construct import requiring, tensor
from jaxtorch._tensor.creation import zeros
from jaxtorch._tensor.generate import call_binary, call_general, function_of
from jaxtorch._tensor.layouts import contiguous_format
from jaxtorch._tensor.operators import check_power
from jaxtorch._tensor.out import accepting_out, write_out
from jaxtorch._tensor.variants import inplace_variant


def cat(tensors: Any, dim: int) -> Any:
    """Tensors joined along a dimension."""
    items = list(tensors)
    return tape.apply(TABLE["cat"], items, (dim,), (("v",) * len(items),))


def stack(tensors: Any, dim: int) -> Any:
    """Tensors joined along a new dimension."""
    items = list(tensors)
    return tape.apply(TABLE["stack"], items, (dim,), (("v",) * len(items),))


def _tensors(given: Sequence) -> list:
    return list(given[0]) if len(given) == 1 and isinstance(given[0], (list, tuple)) else list(given)


def einsum(*args: Any) -> Any:
    """Sum of products by Einstein's convention: `einsum("ij,jk->ik", a, b)`, or `einsum(a, [0, 1], b, [1, 2], [0, 2])`.

    Operands may also come as one list. Raises RuntimeError where the equation does not fit the operands.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, *operands = _equation_first(*args)
    return call_general(TABLE["einsum"], (_tensors(operands),), (equation,))


def _equation_first(*args: Any) -> tuple:
    if len(args) < 2:
        return args
    if isinstance(args[0], Variable):
        pairs = len(args) // 2
        equation = sublist_equation(args[1 : 2 * pairs : 2], args[-1] if len(args) % 2 else None)
        return equation, *args[0 : 2 * pairs : 2]
    return (args[0], *args[1]) if len(args) == 2 and isinstance(args[1], (list, tuple)) else args


einsum.told = _equation_first  # type: ignore[attr-defined]


def broadcast_tensors(*tensors: Any) -> tuple:
    """All tensors expanded to the shape they broadcast to; those that have it already are given back themselves."""
    items = _tensors(tensors)
    shape = tuple(broadcast_shapes(*[t._aval.shape for t in items]))
    return tuple(t if tuple(t._aval.shape) == shape else v.expand(t, shape) for t in items)


def broadcast_shapes_(*shapes: Any) -> Size:
    """The shape that shapes broadcast to."""
    return Size(broadcast_shapes(*[(s,) if isinstance(s, int) else tuple(s) for s in shapes]))


_NO_INDEXING = "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument."


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple:
    """Coordinate grids of 1-D tensors; `indexing` is "ij" (the default, for now) or "xy"."""
    items = [t if t._aval.ndim else t.reshape(1) for t in _tensors(tensors)]
    for t in items:
        if t._aval.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}")
        if t._aval.dtype is not items[0]._aval.dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
        if t._aval.device is not items[0]._aval.device:
            raise RuntimeError("meshgrid expects all tensors to have the same device")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if indexing is None:
        warn_once(_NO_INDEXING, stacklevel=2)
    swap = indexing == "xy" and len(items) >= 2
    if swap:
        items[0], items[1] = items[1], items[0]
    shape = tuple(t._aval.shape[0] for t in items)
    grids = []
    for d, t in enumerate(items):
        grids.append(v.expand(t.view([-1 if i == d else 1 for i in range(len(items))]), shape))
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of elements of 1-D tensors, one row each."""
    items = _tensors(tensors)
    if len(items) == 1:
        return items[0]
    return stack([g.reshape(-1) for g in meshgrid(*items, indexing="ij")], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Combinations of `r` elements of a 1-D tensor, one row each."""
    if r == 0:
        return input.new_empty(0)
    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(pick(range(input._aval.shape[0]), r))
    if not rows:
        return input[[]].reshape(0, 1).expand(0, r).clone()  # with a history, as PyTorch's
    return input[[i for row in rows for i in row]].reshape(len(rows), r)


def block_diag(*tensors: Any) -> Any:
    """Matrices along the diagonal of a larger one."""
    if not tensors:
        return zeros(1, 0)
    items = _tensors(tensors)
    for i, t in enumerate(items):
        if not isinstance(t, Variable):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type_name(t)}")
        if t._aval.ndim > 2:
            count = t._aval.ndim
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {count} dimensions"
            )
    items = [t if t._aval.ndim == 2 else t.reshape(1, -1) for t in items]
    total = sum(t._aval.shape[1] for t in items)
    rows, before = [], 0
    for t in items:
        height, width = t._aval.shape
        kind = t._aval.dtype
        parts = [zeros(height, before, dtype=kind), t, zeros(height, total - before - width, dtype=kind)]
        rows.append(cat(parts, 1))
        before += width
    return cat(rows, 0)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """Turned by 90 degrees `k` times in a plane, from the first dimension towards the second."""
    plane, ndim = integers(dims, 0, "rot90", "dims", 3), input._aval.ndim
    if len(plane) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(plane)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    if plane[0] == plane[1] or abs(plane[0] - plane[1]) == ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {plane[0]} and dim1 = {plane[1]}")
    first, second = (wrap_dim(d, ndim) for d in plane)
    turns = k % 4
    if turns in (0, 2):
        return input.flip((first, second)) if turns else input.clone(memory_format=contiguous_format)
    return v.transpose(input.flip(second if turns == 1 else first), first, second)


def addbmm_(self: Any, *args: Any, **kwargs: Any) -> Any:
    """In-place version of `addbmm`; as in PyTorch, a tensor that would broadcast gets the shape of the result."""
    result = _addbmm(self, *args, **kwargs)
    if self._aval.shape != result._aval.shape:
        self.resize_(result._aval.shape)
    return self.copy_(result)


_addbmm = function_of(TABLE["addbmm"])


def _atleast(ndim: int, grow: Any) -> Any:
    def function(*tensors: Any) -> Any:
        done = [grow(t) for t in _tensors(tensors)]
        return done[0] if len(tensors) == 1 and isinstance(tensors[0], Variable) else tuple(done)

    function.__name__ = function.__qualname__ = f"atleast_{ndim}d"
    function.__doc__ = f"Tensors with at least {ndim} dimension(s)."
    return function


atleast_1d = _atleast(1, lambda t: t if t._aval.ndim else t.reshape(1))
atleast_2d = _atleast(2, lambda t: t if t._aval.ndim >= 2 else t.reshape(1, -1) if t._aval.ndim else t.reshape(1, 1))


def _grow_to_3d(t: Any) -> Any:
    shape = tuple(t._aval.shape)
    if len(shape) >= 3:
        return t
    return t.reshape({0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)])


atleast_3d = _atleast(3, _grow_to_3d)


def _not_empty(name: str, items: list) -> list:
    if not items:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return items


def _listed(name: str, tensors: Any) -> Any:
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}")
    return tensors


@accepting_out
def hstack(tensors: Any) -> Any:
    """Tensors joined horizontally: along dimension 1, or 0 when they are 1-D."""
    items = _not_empty("hstack", [atleast_1d(t) for t in _listed("hstack", tensors)])
    return cat(items, 0 if items[0]._aval.ndim == 1 else 1)


@accepting_out
def vstack(tensors: Any) -> Any:
    """Tensors joined as rows."""
    return cat(_not_empty("vstack", [atleast_2d(t) for t in _listed("vstack", tensors)]), 0)


@accepting_out
def dstack(tensors: Any) -> Any:
    """Tensors joined in depth."""
    return cat(_not_empty("dstack", [atleast_3d(t) for t in _listed("dstack", tensors)]), 2)


@accepting_out
def column_stack(tensors: Any) -> Any:
    """Tensors joined as columns."""
    items = _listed("column_stack", tensors)
    return cat([t.reshape(t._aval.numel, 1) if t._aval.ndim <= 1 else t for t in items], 1)


def _parts_by_name(function: Any) -> Any:
    """PyTorch's overloads name the parts `sections` or `indices`, where others take their place in the call."""

    @functools.wraps(function)
    def call(input: Any, *args: Any, **kwargs: Any) -> tuple:
        for name in ("indices", "sections", "tensor_indices_or_sections"):
            if name in kwargs and not args:
                args = (kwargs.pop(name),)
        return function(input, *args, **kwargs)

    return call


@_parts_by_name
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple:
    """Views along a dimension: into nearly equal parts, or at given indices."""
    if not input._aval.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = wrap_dim(dim, input._aval.ndim)
    size = input._aval.shape[d]
    if isinstance(indices_or_sections, Variable):
        _check_split_tensor(indices_or_sections._aval)
        indices_or_sections = indices_or_sections.tolist()
    elif not isinstance(indices_or_sections, (int, list, tuple)):
        raise _split_error("tensor_split", input, indices_or_sections)
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        sizes = [size // count + (i < size % count) for i in range(count)]
        ends = [sum(sizes[: i + 1]) for i in range(count - 1)]
    else:
        ends = list(indices_or_sections)
    parts, begin = [], 0
    for end in [*ends, None]:
        parts.append(input[(slice(None),) * d + (slice(begin, end),)])
        begin = end
    return tuple(parts)


def _check_split_tensor(given: Any) -> None:
    what = "tensor_split expected tensor_indices_or_sections to"
    if given.dtype is not int64:
        raise RuntimeError(f"{what} have dtype of long, but got {given.dtype.scalar_name}")
    if given.ndim > 1:
        raise RuntimeError(
            f"{what} be a zero-dimensional or one-dimensional tensor, but got a tensor with {given.ndim} dims"
        )


def _split_error(name: str, input: Any, given: Any) -> TypeError:
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({type_name(input)}, {type_name(given)}), but "
        "expected one of:\n * (Tensor input, int sections)\n * (Tensor input, tuple of ints indices)"
    )


def _split_along(name: str, axis: Any, least: int) -> Any:
    def function(input: Any, indices_or_sections: Any) -> tuple:
        if not isinstance(indices_or_sections, (int, list, tuple)):
            raise _split_error(name, input, indices_or_sections)
        ndim = input._aval.ndim
        if ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {ndim} "
                f"dimensions!"
            )
        d = axis(ndim)
        sections = indices_or_sections if isinstance(indices_or_sections, int) else 1
        if not sections or input._aval.shape[d] % sections:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {d}, but the size of the dimension "
                f"{input._aval.shape[d]} is not divisible by the split_size {indices_or_sections}!"
            )
        return tensor_split(input, indices_or_sections, d)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Views of equal parts, or cut at given indices."
    return _parts_by_name(function)


hsplit = _split_along("hsplit", lambda ndim: 0 if ndim == 1 else 1, 1)
vsplit = _split_along("vsplit", lambda ndim: 0, 2)
dsplit = _split_along("dsplit", lambda ndim: 2, 3)


# ----- Powers: what PyTorch refuses by the arguments themselves -----


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input ** exponent`; RuntimeError for integers to a number that is negative or beyond their dtype."""
    if type(exponent) is int and isinstance(input, Variable):
        check_power(input, exponent)
    result = call_binary(TABLE["pow"], input, exponent)
    return result if out is None else write_out("pow", out, result)


pow_ = inplace_variant(pow, "pow_")
_float_power_ = inplace_variant(function_of(TABLE["float_power"]), "float_power_")


def float_power_(self: Any, exponent: Any) -> Any:
    """In-place version of `float_power`, for tensors that have its dtype: float64 or complex128."""
    kinds = [x._aval.dtype.is_complex if isinstance(x, Variable) else isinstance(x, complex) for x in (self, exponent)]
    wanted = complex128 if any(kinds) else float64
    if self._aval.dtype is not wanted:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self._aval.dtype.scalar_name} but the operation's result "
            f"requires dtype {wanted.scalar_name}"
        )
    return _float_power_(self, exponent)


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close: |input - other| <= atol + rtol * |other|."""
    check_tensors("allclose", input=input, other=other)
    close = tape.apply(TABLE["isclose"], [input, other], (float(rtol), float(atol), bool(equal_nan)))
    return bool(close.all())


def new_tensor(self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A tensor holding a copy of `data`, with this tensor's dtype and device."""
    made = data.detach().clone() if isinstance(data, Variable) else tensor(data, dtype=dtype or self._aval.dtype)
    made = made.to(dtype or self._aval.dtype)
    return requiring(made, requires_grad)


def sum_to_size(self: Any, *sizes: Any, size: Any = None) -> Any:
    """Sums that undo broadcasting from `size`."""
    shape = integers(v.spread(sizes) if size is None else size, 0, "sum_to_size", "size")
    if not shape:
        return self.sum()
    own = self._aval.shape
    lead = len(own) - len(shape)
    if lead < 0 or any(s not in (1, n) for s, n in zip(shape, own[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(own)}}}.")
    dims = [d for d in range(len(own)) if d < lead or (shape[d - lead] == 1 and own[d] != 1)]
    return self.sum(dims, keepdim=True).reshape(shape) if dims else self


FUNCTIONS = {
    f.__name__: f
    for f in (
        broadcast_tensors,
        meshgrid,
        cartesian_prod,
        combinations,
        block_diag,
        atleast_1d,
        atleast_2d,
        atleast_3d,
        hstack,
        vstack,
        dstack,
        column_stack,
        tensor_split,
        hsplit,
        vsplit,
        dsplit,
        allclose,
        einsum,
        rot90,
        pow,
        pow_,
    )
}
FUNCTIONS |= {"row_stack": vstack, "broadcast_shapes": broadcast_shapes_}
METHODS = {
    "rot90": rot90,
    "addbmm_": addbmm_,
    "pow": pow,
    "pow_": pow_,
    "float_power_": float_power_,
    "tensor_split": tensor_split,
    "hsplit": hsplit,
    "vsplit": vsplit,
    "dsplit": dsplit,
    "allclose": allclose,
    "new_tensor": new_tensor,
    "sum_to_size": sum_to_size,
}
