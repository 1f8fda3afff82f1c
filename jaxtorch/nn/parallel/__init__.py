"""`torch.nn.parallel`: data parallelism over the devices of one process, here of one device."""

from jaxtorch.nn.parallel.data_parallel import DataParallel as DataParallel
from jaxtorch.nn.parallel.data_parallel import data_parallel as data_parallel
from jaxtorch.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel

__all__ = ["data_parallel", "DataParallel", "DistributedDataParallel"]
