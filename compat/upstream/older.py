"""Helpers that test files of an earlier PyTorch import, and the installed one's `_internal` no longer has.

They are given to both sides, so that an earlier file runs at all.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def _as_it_is(*arguments: Any, **options: Any) -> Callable:
    return lambda function: function


def _device_type() -> Any:
    return importlib.import_module("torch.testing._internal.common_device_type")


def _let_lists_be_empty() -> None:
    """Let a test that is made for each op of a list be none where the list is empty: its ops are placeholders."""
    for kind in (_device_type().ops, importlib.import_module("torch.testing._internal.common_utils").parametrize):
        kind._parametrize_test = _none_for_none(kind._parametrize_test)


def _none_for_none(made: Callable) -> Callable:
    def tests(*args: Any, **options: Any) -> Iterator[Any]:
        try:
            yield from made(*args, **options)
        except ValueError as error:
            if "An empty" not in str(error):
                raise

    return tests


def supply(file: str) -> None:
    """Add the names that a test file asks for and are missing."""
    text = Path(file).read_text(encoding="utf-8")
    if "@ops" in text:
        _let_lists_be_empty()
    wanted: dict[str, dict[str, Callable[[Any], Any]]] = {
        "common_cuda": {"tf32_is_not_fp32": lambda m: lambda: False},
        "common_mkldnn": {"bf32_on_and_off": lambda m: _as_it_is},
        "common_nn": {"new_module_tests": lambda m: m.get_new_module_tests()},
        "common_methods_invocations": {
            "skip": lambda m: _device_type().skip,
            "xfail": lambda m: _device_type().xfail,
            "skipOps": lambda m: lambda case, test, to_skip: _device_type().skipOps(to_skip),
            "binary_ufuncs_and_refs": lambda m: tuple(op for op in m.ops_and_refs if isinstance(op, m.BinaryUfuncInfo)),
        },
    }
    for name, members in wanted.items():
        if not any(member in text for member in members):
            continue
        module = importlib.import_module(f"torch.testing._internal.{name}")
        for member, make in members.items():
            if not hasattr(module, member):
                setattr(module, member, make(module))
