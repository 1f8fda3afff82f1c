"""`torch.masked`: reductions and normalisations over the elements a boolean mask keeps.

A mask is broadcast to the input and may not have more dimensions. `MaskedTensor` is not supported.
"""

from jaxtorch.masked._masks import canonical_dims as _canonical_dim  # noqa: F401
from jaxtorch.masked._masks import input_mask as _input_mask  # noqa: F401
from jaxtorch.masked._masks import output_mask as _output_mask  # noqa: F401
from jaxtorch.masked._masks import reduction_identity as _reduction_identity  # noqa: F401
from jaxtorch.masked._normalizations import cumprod as cumprod
from jaxtorch.masked._normalizations import cumsum as cumsum
from jaxtorch.masked._normalizations import log_softmax as log_softmax
from jaxtorch.masked._normalizations import logaddexp as logaddexp
from jaxtorch.masked._normalizations import normalize as normalize
from jaxtorch.masked._normalizations import softmax as softmax
from jaxtorch.masked._normalizations import softmin as softmin
from jaxtorch.masked._reductions import amax as amax
from jaxtorch.masked._reductions import amin as amin
from jaxtorch.masked._reductions import argmax as argmax
from jaxtorch.masked._reductions import argmin as argmin
from jaxtorch.masked._reductions import logsumexp as logsumexp
from jaxtorch.masked._reductions import mean as mean
from jaxtorch.masked._reductions import median as median
from jaxtorch.masked._reductions import norm as norm
from jaxtorch.masked._reductions import prod as prod
from jaxtorch.masked._reductions import std as std
from jaxtorch.masked._reductions import sum as sum
from jaxtorch.masked._reductions import var as var
from jaxtorch.masked._tensors import MaskedTensor as MaskedTensor
from jaxtorch.masked._tensors import as_masked_tensor as as_masked_tensor
from jaxtorch.masked._tensors import is_masked_tensor as is_masked_tensor
from jaxtorch.masked._tensors import masked_tensor as masked_tensor
