"""`torch.sparse`: COO tensors, as far as embeddings, SparseAdam and matrix products need them.

A sparse tensor is its indices and its values; gradients flow to the values. Compressed layouts (CSR, CSC, BSR, BSC) are
not supported: their functions raise NotImplementedError.
"""

from typing import Any, NoReturn

from jaxtorch.sparse import _methods as _methods  # attaches the methods of tensors
from jaxtorch.sparse._functions import addmm as addmm
from jaxtorch.sparse._functions import log_softmax as log_softmax
from jaxtorch.sparse._functions import mm as mm
from jaxtorch.sparse._functions import softmax as softmax
from jaxtorch.sparse._functions import sum as sum


def sampled_addmm(*args: Any, **options: Any) -> NoReturn:
    """Not supported: PyTorch has it for CSR tensors only."""
    raise NotImplementedError("torch.sparse.sampled_addmm is not supported by jaxtorch, which has no CSR tensors")


def spsolve(*args: Any, **options: Any) -> NoReturn:
    """Not supported: PyTorch has it for CSR tensors only."""
    raise NotImplementedError("torch.sparse.spsolve is not supported by jaxtorch; use torch.linalg.solve")


def spdiags(*args: Any, **options: Any) -> NoReturn:
    """Not supported."""
    raise NotImplementedError("torch.sparse.spdiags is not supported by jaxtorch; use torch.sparse_coo_tensor")
