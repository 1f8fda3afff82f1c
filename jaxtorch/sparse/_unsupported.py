"""Functions of sparse tensors that jaxtorch does not have: each says so, and what to use instead."""

from __future__ import annotations

from jaxtorch._base.unsupported import unsupported

_INSTEAD = {
    "sparse.spsolve": "use torch.linalg.solve",
    "sparse.as_sparse_gradcheck": "check the gradient of dense values",
    "sparse.to_sparse_semi_structured": "it needs CUDA; use dense tensors",
}


FUNCTIONS = {name: unsupported(name, instead) for name, instead in _INSTEAD.items()}
