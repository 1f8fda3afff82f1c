"""Products of matrices in groups, as mixtures of experts need them."""

from __future__ import annotations

from typing import Any, NoReturn

from jaxtorch._base.dtypes import int32
from jaxtorch._tensor.conversion import host_array
from jaxtorch.nn._root import torch


def grouped_mm(mat_a: Any, mat_b: Any, *, offs: Any = None, bias: Any = None, out_dtype: Any = None) -> Any:
    """Products of groups of matrices.

    A 3-D operand has a matrix for each group; of a 2-D one, the int32 `offs`, which are read, say where each group's
    rows or columns end. Two 2-D operands share the groups of their inner dimension. What is past the last group is 0.

    Example:
        >>> import jaxtorch as torch
        >>> tokens, experts = torch.ones(4, 2), torch.stack([torch.eye(2), 2 * torch.eye(2)])
        >>> ends = torch.tensor([1, 4], dtype=torch.int32)
        >>> torch.nn.functional.grouped_mm(tokens, experts, offs=ends)[:, 0]
        tensor([1., 2., 2., 2.])
    """
    _check(mat_a, mat_b, offs, bias, out_dtype)
    if offs is None:
        return torch.bmm(mat_a, mat_b)
    ends = [int(end) for end in host_array(offs)]
    spans = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    if mat_a.ndim == 2 and mat_b.ndim == 2:
        return torch.stack([mat_a[:, span] @ mat_b[span] for span in spans])
    if mat_a.ndim == 2:
        parts = [mat_a[span] @ mat_b[i] for i, span in enumerate(spans)]
        rest = mat_a.new_zeros((mat_a.shape[0] - ends[-1], mat_b.shape[-1]))
        return torch.cat([*parts, rest], 0)
    parts = [mat_a[i] @ mat_b[:, span] for i, span in enumerate(spans)]
    return torch.cat([*parts, mat_a.new_zeros((mat_a.shape[1], mat_b.shape[-1] - ends[-1]))], 1)


def _check(a: Any, b: Any, offs: Any, bias: Any, out_dtype: Any) -> None:
    for name, x in (("mat_a", a), ("mat_b", b)):
        if x.ndim not in (2, 3):
            raise RuntimeError(f"{name} has to be 2 or 3d")
    if a.shape[-1] != b.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    if (offs is None) != (a.ndim == b.ndim == 3):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if offs is not None and offs.dtype is not int32:
        raise RuntimeError("Offsets have to be int32")
    for x in (a, b):
        if offs is not None and x.ndim == 3 and x.shape[0] != offs.shape[0]:
            raise RuntimeError("matrix batch sizes have to match")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if out_dtype is not None and out_dtype is not a.dtype:
        raise RuntimeError("Grouped gemm output dtype must match `mat_a` dtype")


def scaled_mm(*args: Any, **options: Any) -> NoReturn:
    """Not supported: products of scaled 8-bit floats."""
    raise NotImplementedError("nn.functional.scaled_mm is not supported by jaxtorch; multiply in bfloat16")


def scaled_grouped_mm(*args: Any, **options: Any) -> NoReturn:
    """Not supported: products of scaled 8-bit floats."""
    raise NotImplementedError("nn.functional.scaled_grouped_mm is not supported by jaxtorch; use grouped_mm")
