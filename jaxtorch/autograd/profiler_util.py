"""`torch.autograd.profiler_util`: what the profiler's results are made of."""

from jaxtorch.profiler._events import Event as FunctionEvent  # noqa: F401
from jaxtorch.profiler._events import EventList as EventList
from jaxtorch.profiler._events import FunctionEventAvg as FunctionEventAvg
from jaxtorch.profiler._events import _time as _format_time  # noqa: F401
