"""`torch.sparse_coo_tensor`, and the legacy constructors `torch.sparse.FloatTensor` and its like."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import int64
from jaxtorch._base.modes import defaults
from jaxtorch._tensor.construct import tensor
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.creation import zeros
from jaxtorch._tensor.interop import legacy_types
from jaxtorch._tensor.layouts import sparse_coo
from jaxtorch.sparse._coo import SparseTensor, make
from jaxtorch.sparse._invariants import check_sparse_tensor_invariants


def _size_of(indices: Any, values: Any) -> tuple[int, ...]:
    if not indices.shape[1]:
        return (*(0,) * indices.shape[0], *values.shape[1:])
    return (*(int(n) + 1 for n in host_array(indices).max(1)), *values.shape[1:])


def _check(indices: Any, values: Any, size: Any) -> None:
    if indices.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    if not values.ndim or indices.shape[1] != values.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {indices.shape[1]}, nnz from values: "
            f"{values.shape[0] if values.ndim else 1}"
        )
    count, dense = indices.shape[0], values.ndim - 1
    if size is not None and len(size) != count + dense:
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({count}) + dense_dim ({dense}), but got {len(size)}"
        )
    if size is not None and tuple(size[count:]) != tuple(values.shape[1:]):
        wanted = [indices.shape[1], *size[count:]]
        raise RuntimeError(f"values has incorrect size, expected {wanted}, got {list(values.shape)}")


def _check_range(indices: Any, size: Any) -> None:
    found = host_array(indices)
    for d in range(found.shape[0]) if found.size else ():
        if found[d].min() < 0:
            raise RuntimeError(f"found negative index {found[d].min()} for dim {d}")
        if found[d].max() >= size[d]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found index {found[d].max()}"
            )


def check_coo(indices: Any, values: Any, size: Any, is_coalesced: bool | None = None) -> None:
    """What must hold of the parts of a COO tensor.

    Raises:
        RuntimeError: it does not.
    """
    _check(indices, values, tuple(size))
    _check_range(indices, tuple(size))


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Any:
    """A sparse tensor of `values` at `indices` (sparse dims, n); places that occur again are added.

    Without `size` the largest indices are read. Indices out of range raise RuntimeError with `check_invariants`, or
    while `torch.sparse.check_sparse_tensor_invariants` says so; else what is there counts nowhere.

    Example:
        >>> import jaxtorch as torch
        >>> torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()
        tensor([[0., 0., 3.],
                [4., 0., 0.]])
    """
    if values is None:
        sizes = tuple(size if indices is None else indices)
        made = make(zeros(len(sizes), 0, dtype=int64), zeros(0, dtype=dtype or defaults.dtype), sizes, True)
        return made.requires_grad_(requires_grad)
    at = (indices if isinstance(indices, Variable) else tensor(indices)).detach().to(int64)
    of = values if isinstance(values, Variable) else tensor(values)
    if dtype is not None or device is not None:
        of, at = of.to(device=device, dtype=dtype or of.dtype), at.to(device=device)
    size = None if size is None else tuple(size)
    _check(at, of, size)
    size = _size_of(at, of) if size is None else size
    if check_sparse_tensor_invariants.is_enabled() if check_invariants is None else check_invariants:
        _check_range(at, size)
    made = make(
        at,
        of.detach().clone() if requires_grad else of,
        size,
        at.shape[1] < 2 if is_coalesced is None else is_coalesced,
    )
    return made.requires_grad_() if requires_grad else made


def _legacy(args: tuple, dtype: Any, device: Any = None) -> Any:
    if args and isinstance(args[0], Variable):
        return sparse_coo_tensor(*args, device=device)  # the values' dtype stands, as in PyTorch
    size = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args or (0,)
    if not all(isinstance(n, int) for n in size):
        given = ", ".join(type(a).__name__ for a in args)
        raise TypeError(f"new() received an invalid combination of arguments - got ({given})")
    return sparse_coo_tensor(size, dtype=dtype, device=device)


SparseTensor._of_dtype = staticmethod(_legacy)  # type: ignore[method-assign]  # what `sparse.new(...)` makes


def legacy_types_of(module: str) -> dict[str, Any]:
    """The legacy constructors of sparse tensors, by name."""
    found = legacy_types(_legacy, module, sparse_coo)
    del found["BoolTensor"]  # PyTorch has none
    return found


LEGACY = legacy_types_of("torch.sparse")
