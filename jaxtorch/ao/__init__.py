"""`torch.ao`: of PyTorch's quantisation tools, what models and libraries that can do without them ask for."""

from jaxtorch.ao import nn as nn
from jaxtorch.ao import quantization as quantization
