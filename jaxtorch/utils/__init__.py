"""`torch.utils`."""

from jaxtorch.utils import checkpoint as checkpoint
from jaxtorch.utils import data as data
