"""`torch.utils.data`: datasets, samplers and the loader."""

from jaxtorch.utils.data.dataloader import DataLoader as DataLoader
from jaxtorch.utils.data.dataloader import _DatasetKind as _DatasetKind
from jaxtorch.utils.data.dataloader import default_collate as default_collate
from jaxtorch.utils.data.dataloader import default_convert as default_convert
from jaxtorch.utils.data.dataloader import get_worker_info as get_worker_info
from jaxtorch.utils.data.dataset import ChainDataset as ChainDataset
from jaxtorch.utils.data.dataset import ConcatDataset as ConcatDataset
from jaxtorch.utils.data.dataset import Dataset as Dataset
from jaxtorch.utils.data.dataset import IterableDataset as IterableDataset
from jaxtorch.utils.data.dataset import StackDataset as StackDataset
from jaxtorch.utils.data.dataset import Subset as Subset
from jaxtorch.utils.data.dataset import TensorDataset as TensorDataset
from jaxtorch.utils.data.dataset import random_split as random_split
from jaxtorch.utils.data.distributed import DistributedSampler as DistributedSampler
from jaxtorch.utils.data.sampler import BatchSampler as BatchSampler
from jaxtorch.utils.data.sampler import RandomSampler as RandomSampler
from jaxtorch.utils.data.sampler import Sampler as Sampler
from jaxtorch.utils.data.sampler import SequentialSampler as SequentialSampler
from jaxtorch.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from jaxtorch.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "_DatasetKind",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]
