"""`torch.sparse`: tensors in COO and in compressed layouts (CSR, CSC, BSR, BSC).

A sparse tensor is its indices and its values; gradients flow to the values. Functions of compressed tensors that change
the places go through COO.
"""

from jaxtorch.sparse import _methods as _methods  # attaches the methods of tensors
from jaxtorch.sparse._compressed_functions import sampled_addmm as sampled_addmm
from jaxtorch.sparse._factory import LEGACY as _LEGACY
from jaxtorch.sparse._functions import addmm as addmm
from jaxtorch.sparse._functions import log_softmax as log_softmax
from jaxtorch.sparse._functions import mm as mm
from jaxtorch.sparse._functions import softmax as softmax
from jaxtorch.sparse._functions import sum as sum
from jaxtorch.sparse._invariants import check_sparse_tensor_invariants as check_sparse_tensor_invariants
from jaxtorch.sparse._shapes import spdiags as spdiags
from jaxtorch.sparse._unsupported import FUNCTIONS as _UNSUPPORTED

globals().update({name.removeprefix("sparse."): f for name, f in _UNSUPPORTED.items() if name.startswith("sparse.")})
globals().update(_LEGACY)
