"""Streams, events and graphs of CUDA: types to be named and asked for. XLA schedules the device itself."""

from __future__ import annotations

from typing import Any

from jaxtorch._base.devices import cuda_count

_NO_CUDA = "Torch not compiled with CUDA enabled"


def unscheduled(name: str) -> None:
    """Raise what the absence of a GPU raises in PyTorch, or with one that jaxtorch has no such thing."""
    if not cuda_count():
        raise AssertionError(_NO_CUDA)
    raise NotImplementedError(f"torch.cuda.{name} is not supported by jaxtorch: XLA schedules the device itself")


class _Scheduling:
    without_cuda = "Tried to instantiate dummy base class {name}"

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if not cuda_count():
            raise RuntimeError(cls.without_cuda.format(name=cls.__name__))
        unscheduled(cls.__name__)


class Stream(_Scheduling):
    """A stream of work."""

    without_cuda = "torch.cuda.{name} requires CUDA support"


class ExternalStream(Stream):
    """A stream made elsewhere."""


class Event(_Scheduling):
    """A mark in a stream."""


class CUDAGraph(_Scheduling):
    """A recorded sequence of launches."""


class graph(_Scheduling):
    """Records into a CUDAGraph."""


class StreamContext:
    """Uses a stream inside a `with` block; None changes nothing."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


def stream(stream: Stream | None) -> StreamContext:
    """A context that uses a stream."""
    return StreamContext(stream)


def current_stream(device: Any = None) -> Stream:
    """The stream in use."""
    unscheduled("current_stream")
    raise AssertionError


def default_stream(device: Any = None) -> Stream:
    """The device's own stream."""
    unscheduled("default_stream")
    raise AssertionError


def set_stream(stream: Stream | None) -> None:
    """Use a stream from here on."""
    if stream is not None:
        unscheduled("set_stream")


def get_device_properties(device: Any = None) -> Any:
    """What a GPU is."""
    unscheduled("get_device_properties")


def get_rng_state(device: Any = "cuda") -> Any:
    """The state of a GPU's random stream."""
    unscheduled("get_rng_state")


def get_rng_state_all() -> list:
    """The states of all GPUs' random streams: an empty list without one."""
    return [get_rng_state(i) for i in range(cuda_count())]


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Set the state of a GPU's random stream."""
    unscheduled("set_rng_state")


def set_rng_state_all(new_states: Any) -> None:
    """Set the states of all GPUs' random streams."""
    for i, state in enumerate(new_states):
        set_rng_state(state, i)


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Free and total bytes of a GPU."""
    unscheduled("mem_get_info")
    raise AssertionError
