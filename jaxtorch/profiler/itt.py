"""`torch.profiler.itt`: marks for Intel's VTune, which is not there."""

from typing import Any as _Any
from typing import NoReturn as _NoReturn


def is_available() -> bool:
    """False."""
    return False


def _refuse(*args: _Any) -> _NoReturn:
    """Not supported."""
    raise RuntimeError("ITT functions not installed. Are you sure you have a ITT build?")


range_push = range_pop = mark = _refuse
