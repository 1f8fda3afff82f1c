"""Functions of compressed layouts, which jaxtorch does not have: each says so, and what to use instead."""

from __future__ import annotations

from jaxtorch._base.unsupported import unsupported

_COO = "jaxtorch has COO tensors only: use torch.sparse_coo_tensor"
_INSTEAD = {
    "sparse_csr_tensor": _COO,
    "sparse_csc_tensor": _COO,
    "sparse_bsr_tensor": _COO,
    "sparse_bsc_tensor": _COO,
    "sparse_compressed_tensor": _COO,
    "sparse.sampled_addmm": "PyTorch has it for CSR tensors only; use dense tensors",
    "sparse.spsolve": "use torch.linalg.solve",
    "sparse.spdiags": "use torch.sparse_coo_tensor",
    "sparse.as_sparse_gradcheck": "check the gradient of dense values",
    "sparse.to_sparse_semi_structured": "it needs CUDA; use dense tensors",
    "smm": "use torch.sparse.mm",
    "hspmm": "use torch.sparse.mm",
    "sspaddmm": "use torch.sparse.addmm",
}


FUNCTIONS = {name: unsupported(name, instead) for name, instead in _INSTEAD.items()}
