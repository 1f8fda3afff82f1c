"""What of `torch.utils.benchmark` is not supported: each name says so when it is called."""

from __future__ import annotations

from typing import Any


class _Refused:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"torch.utils.benchmark.{type(self).__name__} is not supported by jaxtorch; make inputs and count calls in "
            "plain Python, and time with Timer"
        )


class CallgrindStats(_Refused):
    """Instruction counts: NotImplementedError."""


class FunctionCounts(_Refused):
    """Instruction counts by function: NotImplementedError."""


class CopyIfCallgrind(_Refused):
    """A global for the process that counts instructions: NotImplementedError."""


class Fuzzer(_Refused):
    """Random inputs: NotImplementedError."""


class FuzzedParameter(_Refused):
    """A random number of a `Fuzzer`: NotImplementedError."""


class FuzzedTensor(_Refused):
    """A random tensor of a `Fuzzer`: NotImplementedError."""


class FuzzedSparseTensor(_Refused):
    """A random sparse tensor of a `Fuzzer`: NotImplementedError."""


class ParameterAlias(_Refused):
    """Another name of a `FuzzedParameter`: NotImplementedError."""
