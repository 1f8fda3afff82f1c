"""`torch.linalg`: the functions of the operation table by name, and those below."""

from __future__ import annotations

from typing import Any

from jaxtorch._ops.linalg_common import LinAlgError as LinAlgError
from jaxtorch._tensor.namespaces import functions_of as _functions_of
from jaxtorch._tensor.view_methods import diagonal as _diagonal

globals().update(_functions_of("linalg"))


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices: `torch.diagonal`, of the last two dimensions unless told otherwise."""
    return _diagonal(A, offset, dim1, dim2)
