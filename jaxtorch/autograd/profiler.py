"""`torch.autograd.profiler`: the profiler's older place."""

from __future__ import annotations

from typing import Any

from jaxtorch.profiler._events import EventList as EventList
from jaxtorch.profiler._profile import profile as _profile
from jaxtorch.profiler._profile import record_function as record_function


class profile(_profile):
    """The profiler with its older signature; as a context manager."""

    def __init__(self, enabled: bool = True, **options: Any) -> None:
        super().__init__()
        self.enabled = enabled

    def __enter__(self) -> profile:
        if self.enabled:
            self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.enabled:
            self.stop()

    @property
    def function_events(self) -> EventList:
        """Everything recorded, one by one."""
        return self.events()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all that was recorded."""
        return sum(e.self_cpu_time_total for e in self.key_averages())

    def table(self, **options: Any) -> str:
        """The averages as text."""
        return self.key_averages().table(**options)


class emit_itt:
    """Marks ranges for Intel's VTune.

    Raises:
        NotImplementedError: when it is entered.
    """

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> emit_itt:
        if self.enabled:
            raise NotImplementedError(
                "torch.autograd.profiler.emit_itt is not supported by jaxtorch; use torch.profiler with jax_trace_dir"
            )
        return self

    def __exit__(self, *error: Any) -> None:
        pass


class emit_nvtx:
    """Marks ranges for NVIDIA's profiler: only on CUDA.

    Raises:
        NotImplementedError: when it is entered.
    """

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> emit_nvtx:
        if self.enabled:
            raise NotImplementedError(
                "torch.autograd.profiler.emit_nvtx is not supported by jaxtorch; use torch.profiler with jax_trace_dir"
            )
        return self

    def __exit__(self, *error: Any) -> None:
        pass
