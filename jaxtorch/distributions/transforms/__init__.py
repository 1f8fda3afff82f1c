"""Transforms: maps with a known Jacobian between constrained and unconstrained values."""

from jaxtorch.distributions.transforms._base import ComposeTransform as ComposeTransform
from jaxtorch.distributions.transforms._base import IndependentTransform as IndependentTransform
from jaxtorch.distributions.transforms._base import Transform as Transform
from jaxtorch.distributions.transforms._base import _InverseTransform as _InverseTransform
from jaxtorch.distributions.transforms._base import identity_transform as identity_transform
from jaxtorch.distributions.transforms._elementwise import AbsTransform as AbsTransform
from jaxtorch.distributions.transforms._elementwise import AffineTransform as AffineTransform
from jaxtorch.distributions.transforms._elementwise import (
    CumulativeDistributionTransform as CumulativeDistributionTransform,
)
from jaxtorch.distributions.transforms._elementwise import ExpTransform as ExpTransform
from jaxtorch.distributions.transforms._elementwise import PowerTransform as PowerTransform
from jaxtorch.distributions.transforms._elementwise import ReshapeTransform as ReshapeTransform
from jaxtorch.distributions.transforms._elementwise import SigmoidTransform as SigmoidTransform
from jaxtorch.distributions.transforms._elementwise import SoftplusTransform as SoftplusTransform
from jaxtorch.distributions.transforms._elementwise import TanhTransform as TanhTransform
from jaxtorch.distributions.transforms._elementwise import clipped_sigmoid
from jaxtorch.distributions.transforms._joined import CatTransform as CatTransform
from jaxtorch.distributions.transforms._joined import StackTransform as StackTransform
from jaxtorch.distributions.transforms._vectors import CorrCholeskyTransform as CorrCholeskyTransform
from jaxtorch.distributions.transforms._vectors import LowerCholeskyTransform as LowerCholeskyTransform
from jaxtorch.distributions.transforms._vectors import PositiveDefiniteTransform as PositiveDefiniteTransform
from jaxtorch.distributions.transforms._vectors import SoftmaxTransform as SoftmaxTransform
from jaxtorch.distributions.transforms._vectors import StickBreakingTransform as StickBreakingTransform
from jaxtorch.distributions.utils import _sum_rightmost as _sum_rightmost
from jaxtorch.distributions.utils import broadcast_all as broadcast_all
from jaxtorch.distributions.utils import lazy_property as lazy_property
from jaxtorch.distributions.utils import tril_matrix_to_vec as tril_matrix_to_vec
from jaxtorch.distributions.utils import vec_to_tril_matrix as vec_to_tril_matrix
from jaxtorch.nn.functional import softplus as softplus

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "ComposeTransform",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "IndependentTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "TanhTransform",
    "Transform",
    "identity_transform",
]

_clipped_sigmoid = clipped_sigmoid
# Where PyTorch, and so a pickle, says they are.
for _name, _class in list(globals().items()):
    if isinstance(_class, type) and issubclass(_class, Transform):
        _class.__module__ = "jaxtorch.distributions.transforms"
del _name, _class
