"""Steps over streams of samples."""

from jaxtorch.utils.data.datapipes.iter.callable import CollatorIterDataPipe as Collator
from jaxtorch.utils.data.datapipes.iter.callable import MapperIterDataPipe as Mapper
from jaxtorch.utils.data.datapipes.iter.combinatorics import SamplerIterDataPipe as Sampler
from jaxtorch.utils.data.datapipes.iter.combinatorics import ShufflerIterDataPipe as Shuffler
from jaxtorch.utils.data.datapipes.iter.combining import ConcaterIterDataPipe as Concater
from jaxtorch.utils.data.datapipes.iter.combining import DemultiplexerIterDataPipe as Demultiplexer
from jaxtorch.utils.data.datapipes.iter.combining import ForkerIterDataPipe as Forker
from jaxtorch.utils.data.datapipes.iter.combining import MultiplexerIterDataPipe as Multiplexer
from jaxtorch.utils.data.datapipes.iter.combining import ZipperIterDataPipe as Zipper
from jaxtorch.utils.data.datapipes.iter.files import FileListerIterDataPipe as FileLister
from jaxtorch.utils.data.datapipes.iter.files import FileOpenerIterDataPipe as FileOpener
from jaxtorch.utils.data.datapipes.iter.files import RoutedDecoderIterDataPipe as RoutedDecoder
from jaxtorch.utils.data.datapipes.iter.files import StreamReaderIterDataPipe as StreamReader
from jaxtorch.utils.data.datapipes.iter.grouping import BatcherIterDataPipe as Batcher
from jaxtorch.utils.data.datapipes.iter.grouping import GrouperIterDataPipe as Grouper
from jaxtorch.utils.data.datapipes.iter.grouping import UnBatcherIterDataPipe as UnBatcher
from jaxtorch.utils.data.datapipes.iter.selecting import FilterIterDataPipe as Filter
from jaxtorch.utils.data.datapipes.iter.sharding import ShardingFilterIterDataPipe as ShardingFilter
from jaxtorch.utils.data.datapipes.iter.utils import IterableWrapperIterDataPipe as IterableWrapper

__all__ = [
    "Batcher",
    "Collator",
    "Concater",
    "Demultiplexer",
    "FileLister",
    "FileOpener",
    "Filter",
    "Forker",
    "Grouper",
    "IterableWrapper",
    "Mapper",
    "Multiplexer",
    "RoutedDecoder",
    "Sampler",
    "ShardingFilter",
    "Shuffler",
    "StreamReader",
    "UnBatcher",
    "Zipper",
]
