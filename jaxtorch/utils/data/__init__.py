"""`torch.utils.data`: datasets, samplers and the loader."""

from jaxtorch.utils.data import datapipes as datapipes
from jaxtorch.utils.data import graph as graph
from jaxtorch.utils.data import graph_settings as graph_settings
from jaxtorch.utils.data.dataloader import DataLoader as DataLoader
from jaxtorch.utils.data.dataloader import _DatasetKind as _DatasetKind
from jaxtorch.utils.data.dataloader import default_collate as default_collate
from jaxtorch.utils.data.dataloader import default_convert as default_convert
from jaxtorch.utils.data.dataloader import get_worker_info as get_worker_info
from jaxtorch.utils.data.datapipes._decorator import argument_validation as argument_validation
from jaxtorch.utils.data.datapipes._decorator import functional_datapipe as functional_datapipe
from jaxtorch.utils.data.datapipes._decorator import (
    guaranteed_datapipes_determinism as guaranteed_datapipes_determinism,
)
from jaxtorch.utils.data.datapipes._decorator import non_deterministic as non_deterministic
from jaxtorch.utils.data.datapipes._decorator import runtime_validation as runtime_validation
from jaxtorch.utils.data.datapipes._decorator import runtime_validation_disabled as runtime_validation_disabled
from jaxtorch.utils.data.datapipes.datapipe import DataChunk as DataChunk
from jaxtorch.utils.data.datapipes.datapipe import DFIterDataPipe as DFIterDataPipe
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe as IterDataPipe
from jaxtorch.utils.data.datapipes.datapipe import MapDataPipe as MapDataPipe
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
    "DFIterDataPipe",
    "DataChunk",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterDataPipe",
    "IterableDataset",
    "MapDataPipe",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "_DatasetKind",
    "argument_validation",
    "default_collate",
    "default_convert",
    "functional_datapipe",
    "get_worker_info",
    "guaranteed_datapipes_determinism",
    "non_deterministic",
    "random_split",
    "runtime_validation",
    "runtime_validation_disabled",
]
