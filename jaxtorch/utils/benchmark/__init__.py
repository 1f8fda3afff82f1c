"""`torch.utils.benchmark`: timing statements, and tables of what was measured."""

from typing import Any

from jaxtorch.utils.benchmark.utils.common import Measurement as Measurement
from jaxtorch.utils.benchmark.utils.common import TaskSpec as TaskSpec
from jaxtorch.utils.benchmark.utils.common import ordered_unique as ordered_unique
from jaxtorch.utils.benchmark.utils.common import select_unit as select_unit
from jaxtorch.utils.benchmark.utils.common import set_torch_threads as set_torch_threads
from jaxtorch.utils.benchmark.utils.common import trim_sigfig as trim_sigfig
from jaxtorch.utils.benchmark.utils.common import unit_to_english as unit_to_english
from jaxtorch.utils.benchmark.utils.compare import Colorize as Colorize
from jaxtorch.utils.benchmark.utils.compare import Compare as Compare
from jaxtorch.utils.benchmark.utils.refused import CallgrindStats as CallgrindStats
from jaxtorch.utils.benchmark.utils.refused import CopyIfCallgrind as CopyIfCallgrind
from jaxtorch.utils.benchmark.utils.refused import FunctionCounts as FunctionCounts
from jaxtorch.utils.benchmark.utils.refused import FuzzedParameter as FuzzedParameter
from jaxtorch.utils.benchmark.utils.refused import FuzzedSparseTensor as FuzzedSparseTensor
from jaxtorch.utils.benchmark.utils.refused import FuzzedTensor as FuzzedTensor
from jaxtorch.utils.benchmark.utils.refused import Fuzzer as Fuzzer
from jaxtorch.utils.benchmark.utils.refused import ParameterAlias as ParameterAlias
from jaxtorch.utils.benchmark.utils.timer import Language as Language
from jaxtorch.utils.benchmark.utils.timer import Timer as Timer
from jaxtorch.utils.benchmark.utils.timer import timer as timer


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.utils.benchmark' has no attribute '{name}' (jaxtorch does not have it)")
