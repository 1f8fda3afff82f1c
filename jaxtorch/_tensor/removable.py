"""Handles that take a hook away again."""

from __future__ import annotations

import collections
import itertools
import weakref
from typing import Any

_next_id = itertools.count().__next__


class RemovableHandle:
    """Given back by hook registration; `remove()` takes the hook away, as does leaving a `with` block.

    The dictionary of hooks (an OrderedDict) is only referred to weakly. A copied or unpickled handle belongs to the
    copied dictionary.
    """

    def __init__(self, hooks_dict: Any, hook: Any = None, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = _next_id()
        extras = extra_dict if isinstance(extra_dict, list) else [extra_dict] if extra_dict is not None else []
        self.extra_dict_ref = tuple([weakref.ref(d) for d in extras])
        if hook is not None:
            hooks_dict[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self) -> tuple:
        return self.hooks_dict_ref(), self.id, tuple([r() for r in self.extra_dict_ref])

    def __setstate__(self, state: tuple) -> None:
        hooks, self.id = state[0], state[1]
        self.hooks_dict_ref = weakref.ref(collections.OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(
            [weakref.ref(collections.OrderedDict() if d is None else d) for d in (state[2] if len(state) > 2 else ())]
        )

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.remove()
