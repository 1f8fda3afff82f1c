"""`torch.profiler`: where the time goes, in programs that run, compilations, and ranges that the code names."""

from __future__ import annotations

from jaxtorch.profiler import itt as itt
from jaxtorch.profiler._profile import ProfilerAction as ProfilerAction
from jaxtorch.profiler._profile import ProfilerActivity as ProfilerActivity
from jaxtorch.profiler._profile import profile as profile
from jaxtorch.profiler._profile import record_function as record_function
from jaxtorch.profiler._profile import schedule as schedule
from jaxtorch.profiler._profile import tensorboard_trace_handler as tensorboard_trace_handler


def supported_activities() -> set[ProfilerActivity]:
    """What can be watched: the CPU side."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """Whether PyTorch's Kineto is there: it is not, `jax.profiler` takes its place."""
    return False
