"""`torch.cuda.nvtx`: marks for NVIDIA's profiler, which need a CUDA build of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


def _fail(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError, as in a PyTorch without CUDA; `jax.profiler.TraceAnnotation` marks a trace."""
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


range_push = range_pop = range_start = range_end = mark = _fail


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """Raises RuntimeError when entered, as in a PyTorch without CUDA."""
    range_push(msg.format(*args, **kwargs))
    yield
