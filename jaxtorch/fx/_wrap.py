"""`torch.fx.wrap`: functions that are leaves of tracing."""

from __future__ import annotations

import inspect
from typing import Any

_wrapped_fns_to_patch: dict[tuple[int, str], dict[str, Any]] = {}


def wrap(fn_or_name: Any) -> Any:
    """Make a function of this module a leaf of tracing: a call of it becomes one node. Given as it is, or by its name.

    Raises:
        NotImplementedError: called elsewhere than at the top level of a module.

    Example:
        >>> torch.fx.wrap("len")  # at the top of a module: `len(x)` of a traced x is recorded
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame: Any = inspect.currentframe()
    frame = frame.f_back
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped_fns_to_patch[(id(frame.f_globals), name)] = frame.f_globals
    return fn_or_name
