"""`torch.functional`: functions of the root namespace that PyTorch writes in Python, under their module's name."""

from jaxtorch._aten import FUNCTIONS as _ATEN
from jaxtorch._tensor.tensor import FUNCTIONS as _FUNCTIONS
from jaxtorch._tensor.tensor import Tensor as Tensor

__all__ = (
    "atleast_1d atleast_2d atleast_3d broadcast_shapes broadcast_tensors cartesian_prod block_diag cdist chain_matmul "
    "einsum istft lu norm meshgrid pca_lowrank split stft svd_lowrank tensordot unique unique_consecutive unravel_index"
).split()
globals().update({name: _FUNCTIONS.get(name) or _ATEN[name] for name in __all__})
