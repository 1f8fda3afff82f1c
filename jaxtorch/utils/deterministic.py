"""`torch.utils.deterministic`: whether `torch.empty` and `resize_` fill memory that no value is given to.

They do, with NaN or the largest integer, while `torch.use_deterministic_algorithms(True)` holds; otherwise new memory
is zeros here.
"""

from __future__ import annotations

import sys as _sys
import types as _types

from jaxtorch._base.modes import defaults as _defaults


class _Deterministic(_types.ModuleType):
    @property
    def fill_uninitialized_memory(self) -> bool:
        return _defaults.fill_uninitialized

    @fill_uninitialized_memory.setter
    def fill_uninitialized_memory(self, fill: bool) -> None:
        if not isinstance(fill, bool):
            raise RuntimeError(f"expected a bool, but got {type(fill)}")
        _defaults.fill_uninitialized = fill


_sys.modules[__name__].__class__ = _Deterministic
