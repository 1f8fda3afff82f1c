"""`torch.Stream` and `torch.Event`: the CPU works in order, and nothing has to wait. They order nothing on a GPU."""

from __future__ import annotations

from typing import Any

from jaxtorch._base.devices import device as _device

_NO_EVENTS = "{} backend doesn't support events."


def _of(device: Any) -> Any:
    if isinstance(device, int):
        raise RuntimeError("Cannot access accelerator device when none is available.")
    found = _device("cpu" if device is None else device)
    if found.type == "cuda":
        raise RuntimeError("PyTorch is not linked with support for cuda devices")
    return found


class Stream:
    """A queue of work of the CPU, which is always done.

    Raises:
        RuntimeError: a device that is a GPU, which XLA schedules itself.
    """

    __module__ = "torch"

    def __init__(self, device: Any = None, *, priority: int = 0) -> None:
        self.device = _of(device)
        self.device_index, self.device_type, self.stream_id = -1, 0, 0

    def query(self) -> bool:
        """Whether the work is done: it is."""
        return True

    def synchronize(self) -> None:
        """Wait for the work, which is done."""

    def wait_event(self, event: Event) -> None:
        """Let later work wait for an event: it has happened."""

    def wait_stream(self, stream: Stream) -> None:
        """RuntimeError, as in PyTorch: the CPU has no events."""
        raise RuntimeError(_NO_EVENTS.format(self.device.type))

    def record_event(self, event: Event | None = None) -> Event:
        """RuntimeError, as in PyTorch: the CPU has no events."""
        raise RuntimeError(_NO_EVENTS.format(self.device.type))

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.device == other.device

    def __hash__(self) -> int:
        return hash(self.device)

    def __repr__(self) -> str:
        return f"torch.Stream device_type={self.device.type}, device_index=-1, stream_id=0"


class Event:
    """A mark in a stream; on the CPU none is made.

    Raises:
        RuntimeError: a device that is a GPU, which XLA schedules itself.
    """

    __module__ = "torch"

    def __init__(
        self, device: Any = None, *, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        self.device, self.event_id = _of(device), 0
        self._flag = int(enable_timing)

    def query(self) -> bool:
        """Whether what was marked is done: it is."""
        return True

    def record(self, stream: Stream | None = None) -> None:
        """RuntimeError, as in PyTorch: the CPU has no events."""
        raise RuntimeError(_NO_EVENTS.format(self.device.type))

    def wait(self, stream: Stream | None = None) -> None:
        """Let later work wait for what was marked: it is done."""

    def synchronize(self) -> None:
        """Wait for what was marked: it is done."""

    def elapsed_time(self, end_event: Event) -> float:
        """The milliseconds between two marks, which the CPU does not make."""
        if not (self._flag and end_event._flag):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        raise ValueError("Both events must be recorded before calculating elapsed time.")

    def __repr__(self) -> str:
        return f"torch.Event device_type={self.device.type}, device_index=-1, event_flag={self._flag}, event_id=0"
