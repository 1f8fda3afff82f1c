"""PyTorch's programming model on XLA: `import jaxtorch as torch`."""

from jaxtorch._engine import backend as _backend  # noqa: F401  first: its settings precede JAX's backend
from jaxtorch import _ops as _ops
from jaxtorch._tensor.construct import tensor as tensor
from jaxtorch._tensor.tensor import FUNCTIONS as _FUNCTIONS
from jaxtorch._tensor.tensor import Tensor as Tensor
from jaxtorch._tensor import creation as _creation
globals().update(_FUNCTIONS); globals().update(_creation.FUNCTIONS)
