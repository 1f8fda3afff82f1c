"""`torch.utils`."""

from jaxtorch.utils import data as data
