"""`torch.backends`: switches that PyTorch's CPU build knows; they have no effect on XLA."""

from jaxtorch.backends import cuda as cuda
from jaxtorch.backends import cudnn as cudnn
from jaxtorch.backends import mkldnn as mkldnn
from jaxtorch.backends import mps as mps
