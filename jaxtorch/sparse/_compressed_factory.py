"""`torch.sparse_csr_tensor` and its like, and the checks of their arguments."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import int32, int64
from jaxtorch._base.modes import defaults
from jaxtorch._tensor.arguments import as_device
from jaxtorch._tensor.construct import as_index, current_device, tensor
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.creation import zeros
from jaxtorch._tensor.layouts import sparse_bsc, sparse_bsr, sparse_csc, sparse_csr
from jaxtorch.sparse._compressed import BLOCKED, BY_ROWS, NAMES, compressed, index_names
from jaxtorch.sparse._factory import check_coo
from jaxtorch.sparse._invariants import check_sparse_tensor_invariants

# ----- Checks -----


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise RuntimeError(message)


def check(outer: Any, inner: Any, values: Any, size: Any, layout: Any) -> None:
    """What must hold of the parts of a compressed tensor.

    Raises:
        RuntimeError: it does not.
    """
    batch = _check_shapes(outer, inner, values, size, layout)
    outer_name, inner_name = index_names(layout)
    types = outer._aval.dtype, inner._aval.dtype
    _require(
        types[0] is types[1],
        f"{outer_name} and {inner_name} must have the same dtype, bot got {types[0].scalar_name} and "
        f"{types[1].scalar_name}, respectively",
    )
    _require(
        types[0] in (int32, int64),
        f"{outer_name} and {inner_name} dtype must be Int or Long, but got {types[0].scalar_name}",
    )
    _check_indices(outer, inner, _lines(size, len(batch), values, layout)[1], layout)


def _lines(size: Any, n: int, values: Any, layout: Any) -> tuple[int, int]:
    """How many rows (of blocks) the tensor has, and how many columns; the other way round for CSC and BSC."""
    block = [max(1, k) for k in values.shape[n + 1 : n + 3]] if layout in BLOCKED else [1, 1]
    for i in range(2):
        _require(
            size[n + i] % block[i] == 0,
            f"tensor shape[{n + i}] (={size[n + i]}) must be divisible with blocksize[{i}] (={block[i]}) as defined by "
            "values shape",
        )
    rows, columns = size[n] // block[0], size[n + 1] // block[1]
    return (rows, columns) if layout in BY_ROWS else (columns, rows)


def _check_shapes(outer: Any, inner: Any, values: Any, size: Any, layout: Any) -> tuple:
    outer_name, inner_name = index_names(layout)
    n, blocks = outer.ndim - 1, 2 if layout in BLOCKED else 0
    dense = values.ndim - n - blocks - 1
    _require(n >= 0, f"{outer_name} must have dimensionality >= 1 but got {outer.ndim}")
    _require(
        outer.ndim == inner.ndim,
        f"{outer_name} and {inner_name} dimensionalities must be equal but got {outer.ndim} and {inner.ndim}, "
        "respectively",
    )
    _require(
        dense >= 0,
        f"values must have dimensionality > sum of batch and block dimensionalities (={n} + {blocks}) but got "
        f"{values.ndim}",
    )
    for name, index in ((inner_name, inner), (outer_name, outer)):
        _require(index.stride(-1) == 1, f"expected {name} to be a contiguous tensor per batch")
    _require(
        len(size) == n + 2 + dense,
        f"tensor dimensionality must be sum of batch, base, and dense dimensionalities (={n} + 2 + {dense}) but got "
        f"{len(size)}",
    )
    batch = [list(x.shape[:n]) for x in (outer, inner, values)]
    _require(
        all(b == list(size[:n]) for b in batch),
        f"all batch dimensions of {outer_name} (={batch[0]}), {inner_name} (={batch[1]}), and values (={batch[2]}) "
        f"must be equal to tensor batch dimensions (={list(size[:n])})",
    )
    lines = _lines(size, n, values, layout)[0]
    line = "row" if layout in BY_ROWS else "column"
    _require(
        outer.shape[-1] == lines + 1,
        f"{outer_name}.shape[-1] must be equal to the number of {line}s + 1 (={lines + 1}), but got {outer.shape[-1]}",
    )
    _require(
        inner.shape[-1] == values.shape[n],
        f"{inner_name}.shape[-1] must be equal to nnz (={values.shape[n]}) as defined by values.shape[{n}], but got "
        f"{inner.shape[-1]}",
    )
    return tuple(size[:n])


def _check_indices(outer: Any, inner: Any, across: int, layout: Any) -> None:
    outer_name, inner_name = index_names(layout)
    many, across_name = ("nrows", "ncols") if layout in BY_ROWS else ("ncols", "nrows")
    begin, places = host_array(outer), host_array(inner)
    if not math.prod(begin.shape[:-1]):
        return
    count = places.shape[-1]
    _require(bool((begin[..., 0] == 0).all()), f"`{outer_name}[..., 0] == 0` is not satisfied.")
    _require(bool((begin[..., -1] == count).all()), f"`{outer_name}[..., -1] == nnz` is not satisfied.")
    lengths = np.diff(begin, axis=-1)
    _require(
        bool(((lengths >= 0) & (lengths <= across)).all()),
        f"`0 <= {outer_name}[..., 1:] - {outer_name}[..., :-1] <= {across_name}` is not satisfied.",
    )
    _require(bool(((places >= 0) & (places < across)).all()), f"`0 <= {inner_name} < {across_name}` is not satisfied.")
    batches = math.prod(begin.shape[:-1])
    rising = np.diff(places, axis=-1).reshape(batches, max(count - 1, 0)) > 0
    for row, starts in zip(rising, begin.reshape(batches, begin.shape[-1]), strict=True):
        apart = np.zeros(count + 1, bool)
        apart[starts] = True
        _require(
            bool((row | apart[1:count]).all()),
            f"`{inner_name}[..., {outer_name}[..., i - 1]:{outer_name}[..., i]] for all i = 1, ..., {many} are sorted "
            "and distinct along the last dimension values` is not satisfied.",
        )


# ----- Constructors -----


def _size_of(outer: Any, inner: Any, values: Any, layout: Any) -> tuple[int, ...]:
    n = outer.ndim - 1
    block = values.shape[n + 1 : n + 3] if layout in BLOCKED else (1, 1)
    lines = max(outer.shape[-1] - 1, 0)
    across = int(host_array(inner).max()) + 1 if inner.numel() else 0
    rows, columns = (lines, across) if layout in BY_ROWS else (across, lines)
    rest = values.shape[n + 3 :] if layout in BLOCKED else values.shape[n + 1 :]
    return (*values.shape[:n], rows * block[0], columns * block[1], *rest)


def _index(given: Any) -> Any:
    return given.detach() if isinstance(given, Variable) else tensor(given)


def construct(
    layout: Any,
    compressed_indices: Any,
    plain_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:
    """A compressed tensor of its parts."""
    outer, inner = _index(compressed_indices), _index(plain_indices)
    of = values if isinstance(values, Variable) else tensor(values)
    if dtype is not None or device is not None:
        of = of.to(device=device, dtype=dtype or of.dtype)
        outer, inner = outer.to(device=of.device), inner.to(device=of.device)
    size = _size_of(outer, inner, of, layout) if size is None else tuple(size)
    if check_sparse_tensor_invariants.is_enabled() if check_invariants is None else check_invariants:
        check(outer, inner, of, size, layout)
    else:
        _check_shapes(outer, inner, of, size, layout)
    made = compressed(layout, outer, inner, of.detach().clone() if requires_grad else of, size)
    return made.requires_grad_() if requires_grad else made


_EXAMPLE = """A {name} tensor: where each {line} begins (n + 1 numbers), the {other} of each {element}, and the values.

    Leading dimensions are batches, trailing ones of the values are dense. Without `size` the largest index is read.
    """


def _constructor(layout: Any) -> Callable:
    line, other = ("row", "column") if layout in BY_ROWS else ("column", "row")
    outer_name, inner_name = index_names(layout)

    def function(*args: Any, size: Any = None, layout: Any = layout, **options: Any) -> Any:
        parts = [*args]
        parts += [options.pop(name) for name in (outer_name, inner_name, "values")[len(parts) :] if name in options]
        return construct(layout, *parts, *(() if size is None else (size,)), **options)

    name = f"sparse_{NAMES[layout][-3:].lower()}_tensor"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = _EXAMPLE.format(
        name=NAMES[layout][-3:].upper(), line=line, other=other, element="block" if layout in BLOCKED else "element"
    )
    return function


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, layout: Any = None, **options: Any
) -> Any:
    """A tensor in the compressed layout that `layout` names."""
    if layout is None:
        raise RuntimeError("expected sparse compressed tensor layout but got none")
    if layout not in NAMES:
        raise RuntimeError(f"sparse_compressed_tensor: expected sparse compressed tensor layout but got {layout}")
    return construct(layout, compressed_indices, plain_indices, values, size, **options)


def _unsafe(compressed_indices: Any, plain_indices: Any, values: Any, size: Any, *, layout: Any, **options: Any) -> Any:
    return construct(layout, compressed_indices, plain_indices, values, size, check_invariants=False, **options)


def empty(layout: Any, size: Any, dtype: Any, device: Any, block: Any = (), dense: int = 0, index: Any = int64) -> Any:
    """A compressed tensor of a shape without elements."""
    if len(size) < 2 + dense:
        raise RuntimeError(
            f"torch.empty: Only batched sparse compressed (non-block) tensors are supported, but got size {list(size)}"
        )
    if layout in BLOCKED and not block:
        raise RuntimeError(
            f"torch.empty: Only batched sparse compressed (non-block) tensors are supported, but got layout {layout}"
        )
    n = len(size) - 2 - dense
    batch, rest = tuple(size[:n]), tuple(size[n + 2 :])
    rows, columns = (size[n + i] // (block[i] if block else 1) for i in range(2))
    outer = zeros((*batch, (rows if layout in BY_ROWS else columns) + 1), dtype=index, device=device)
    inner = as_index(np.zeros((*batch, 0), np.int64), device).to(index)
    return compressed(layout, outer, inner, zeros((*batch, 0, *block, *rest), dtype=dtype, device=device), size)


def _with_dims(
    nnz: int,
    dense_dim: int,
    size: Any,
    blocksize: Any,
    index_dtype: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    **options: Any,
) -> Any:
    device = current_device(None if device is None else as_device(device))
    bare = empty(layout, tuple(size), dtype or defaults.dtype, device, tuple(blocksize), dense_dim, index_dtype)
    n = len(size) - 2 - dense_dim
    inner = zeros((*size[:n], nnz), dtype=index_dtype, device=device)
    values = zeros((*size[:n], nnz, *bare._of.shape[n + 1 :]), dtype=bare.dtype, device=device)
    return compressed(layout, bare._outer, inner, values, tuple(size))


def _validator(layout: Any) -> Callable:
    def validate(outer: Any, inner: Any, values: Any, size: Any) -> None:
        check(outer, inner, values, tuple(size), layout)

    return validate


def _validate_indices(by_rows: bool, outer: Any, inner: Any, lines: int, across: int, count: int) -> None:
    _check_indices(outer, inner, across, sparse_csr if by_rows else sparse_csc)


CONSTRUCTORS: dict[str, Any] = {"sparse_compressed_tensor": sparse_compressed_tensor}
CONSTRUCTORS["_sparse_compressed_tensor_unsafe"] = _unsafe
CONSTRUCTORS["_sparse_compressed_tensor_with_dims"] = _with_dims
CONSTRUCTORS["_validate_sparse_compressed_tensor_args"] = lambda outer, inner, values, size, layout: check(
    outer, inner, values, tuple(size), layout
)
CONSTRUCTORS["_validate_compressed_sparse_indices"] = _validate_indices
CONSTRUCTORS["_validate_sparse_coo_tensor_args"] = check_coo
for _layout in (sparse_csr, sparse_csc, sparse_bsr, sparse_bsc):
    _made = _constructor(_layout)
    CONSTRUCTORS[_made.__name__] = _made
    CONSTRUCTORS[f"_validate_{_made.__name__}_args"] = _validator(_layout)
