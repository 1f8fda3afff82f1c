"""Handles that take a hook away again."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

_next_id = itertools.count().__next__


class RemovableHandle:
    """Given back by hook registration; `remove()` takes the hook away, as does leaving a `with` block."""

    def __init__(self, hooks_dict: Any, hook: Any = None, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict) if hasattr(hooks_dict, "__weakref__") else lambda: hooks_dict
        self.id = _next_id()
        extras = extra_dict if isinstance(extra_dict, list) else [extra_dict] if extra_dict is not None else []
        self._extras = [weakref.ref(d) if hasattr(d, "__weakref__") else (lambda d=d: d) for d in extras]
        if hook is not None:
            hooks_dict[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        for reference in (self.hooks_dict_ref, *self._extras):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.remove()
