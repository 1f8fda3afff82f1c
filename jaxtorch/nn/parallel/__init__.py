"""`torch.nn.parallel`: data parallelism over the devices of one process, here of one device."""

from jaxtorch.nn.parallel.data_parallel import DataParallel as DataParallel
from jaxtorch.nn.parallel.data_parallel import data_parallel as data_parallel
from jaxtorch.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel
from jaxtorch.nn.parallel.parallel_apply import parallel_apply as parallel_apply
from jaxtorch.nn.parallel.replicate import replicate as replicate
from jaxtorch.nn.parallel.scatter_gather import gather as gather
from jaxtorch.nn.parallel.scatter_gather import scatter as scatter

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
    "data_parallel",
    "gather",
    "parallel_apply",
    "replicate",
    "scatter",
]
