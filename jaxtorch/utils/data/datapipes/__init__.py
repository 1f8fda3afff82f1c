"""`torch.utils.data.datapipes`: datasets that are put together from small steps."""

from jaxtorch.utils.data.datapipes import iter as iter
from jaxtorch.utils.data.datapipes import map as map
