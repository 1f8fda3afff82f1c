"""Steps over maps from keys to samples."""

from jaxtorch.utils.data.datapipes.map.callable import MapperMapDataPipe as Mapper
from jaxtorch.utils.data.datapipes.map.combinatorics import ShufflerIterDataPipe as Shuffler
from jaxtorch.utils.data.datapipes.map.combining import ConcaterMapDataPipe as Concater
from jaxtorch.utils.data.datapipes.map.combining import ZipperMapDataPipe as Zipper
from jaxtorch.utils.data.datapipes.map.grouping import BatcherMapDataPipe as Batcher
from jaxtorch.utils.data.datapipes.map.utils import SequenceWrapperMapDataPipe as SequenceWrapper

__all__ = ["Batcher", "Concater", "Mapper", "SequenceWrapper", "Shuffler", "Zipper"]
