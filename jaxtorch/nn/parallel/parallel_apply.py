"""Calls of several modules, one after another: what they compute runs together when it is read."""

from __future__ import annotations

from typing import Any

__all__ = ["parallel_apply"]


def parallel_apply(modules: Any, inputs: Any, kwargs_tup: Any = None, devices: Any = None) -> list:
    """The results of each module on its inputs; an input that is no tuple or list is the only argument."""
    if len(modules) != len(inputs):
        raise AssertionError(f"The number of modules {len(modules)} is not equal to the number of inputs {len(inputs)}")
    named = kwargs_tup or [{}] * len(modules)
    given = [i if isinstance(i, (list, tuple)) else (i,) for i in inputs]
    return [module(*args, **kwargs) for module, args, kwargs in zip(modules, given, named, strict=True)]
