"""One operation under test: how to call it on torch and on the lookalike, and how an exception is named."""

from __future__ import annotations

import contextlib
import functools
import re
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from compat.conformance import freedom
from compat.conformance.compare import Tolerance, compare, to_torch, tolerance
from compat.conformance.rebind import Unresolvable, find, rebind, resolve
from compat.conformance.recipes import Recipe, dtype_name, leaves, upcast

SEED = 20
# what they return is uninitialised memory
UNINITIALISED = set(
    "empty empty_like empty_strided empty_permuted new_empty new_empty_strided resize_ resize_as_".split()
)

# whose OpInfo calls another function by mistake (rand_like: randn_like)
CORRECTED = {"rand_like"}


@dataclass
class Call:
    """The arguments of a call after it, and what it returned."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any


class Subject:
    """An OpInfo with one dtype, against one lookalike."""

    def __init__(self, op: Any, dtype: torch.dtype | None, module: Any) -> None:
        self.op, self.dtype, self.module = op, dtype, module
        self.bounds: Tolerance = tolerance(op, dtype)
        self.values = not (op.has_nondeterministic_output or op.name in UNINITIALISED)
        self._found: dict[int, Callable[..., Any]] = {}

    def function(self, module: Any) -> Callable[..., Any]:
        if self.op.name in CORRECTED:
            return find(module, self.op.name)
        return self.op.op if module is torch else resolve(self.op, module)

    def variant(self, function: Callable[..., Any], module: Any) -> Callable[..., Any]:
        """A method, in-place method or helper of the OpInfo, on `module`."""
        if module is torch:
            return function
        if id(function) not in self._found:
            self._found[id(function)] = rebind(function, module)
        return self._found[id(function)]

    def call(
        self, function: Callable[..., Any], recipe: Recipe, module: Any, *, grad: bool = True, **extra: Any
    ) -> Call:
        """Call with fresh arguments under the fixed seed."""
        first, args, kwargs = recipe.build(module, grad=grad)
        seed(module)
        result = function(first, *args, **kwargs, **extra)
        return Call((first, *args), kwargs, result)

    def compare(self, recipe: Recipe, expected: Any, got: Any, *, gold: bool = False) -> None:
        """Raise a Difference unless the answers agree; gold: the function's own, so float64 tells the truth."""
        name = self.op.name
        if name in freedom.PHASE and self.values:
            compare(expected, got, self.module, self.bounds, values=False)
            expected = freedom.without_phase(name, [to_torch(t, torch) for t in leaves(expected, torch)])
            got = freedom.without_phase(name, [to_torch(t, self.module) for t in leaves(got, self.module)])
            wide = functools.partial(self.truth, recipe)
            compare(expected, got, torch, self.bounds, gold=lambda: freedom.without_phase(name, leaves(wide(), torch)))
            return
        truth = (lambda: self.truth(recipe)) if gold else None
        accept = freedom.same_elements(name, recipe) if gold and freedom.has_ties(name, recipe) else None
        compare(expected, got, self.module, self.bounds, values=self.values, gold=truth, accept=accept)

    def truth(self, recipe: Recipe) -> Any:
        """The function's own answer in float64 or complex128."""
        first, args, kwargs = upcast(recipe.build(torch))
        seed(torch)
        return self.function(torch)(first, *args, **kwargs)


def seed(module: Any) -> None:
    with contextlib.suppress(AttributeError, NotImplementedError):
        module.manual_seed(SEED)


def classify(error: BaseException, module: Any) -> str:
    """The outcome that an exception of the lookalike stands for where torch answers."""
    if isinstance(error, Unresolvable):
        return "unresolvable"
    if isinstance(error, NotImplementedError):
        return "not implemented"
    if isinstance(error, ModuleNotFoundError):
        return "missing"
    if isinstance(error, AttributeError):
        owner = error.obj
        if isinstance(owner, (types.ModuleType, type, module.Tensor)) or str(error).startswith("module "):
            return "missing"
    return "raises"


def attempt(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a call returns, or what it raises."""
    try:
        return call(), None
    except Exception as error:
        return None, error


def force(result: Any, module: Any) -> Any:
    """Read every value: an error may wait until then."""
    for t in leaves(result, module):
        if not getattr(t, "is_sparse", False):
            t.detach().tolist()
    return result


def same_type(expected: Exception, got: Exception) -> bool:
    """Would a handler for torch's exception catch the lookalike's, and is it no mere NotImplementedError?"""
    name = type(expected).__name__
    if isinstance(got, NotImplementedError) != isinstance(expected, NotImplementedError):
        return False
    return any(kind.__name__ == name for kind in type(got).__mro__)


def message(error: BaseException) -> str:
    """An exception in one line, with the place in the lookalike that raised it."""
    text = " ".join(str(error).split())
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/conformance/" not in f.filename]
    place = ""
    if frames:
        short = re.sub(r"^.*/(?=[^/]+/[^/]+$)", "", frames[-1].filename)
        place = f" ({short}:{frames[-1].lineno})"
    return f"{type(error).__name__}: {text[:300]}{place}"


def first_sentence(error: BaseException) -> str:
    """The part of a message that PyTorch's users search for."""
    return re.split(r"\n|\.\s|\.$", str(error).strip(), maxsplit=1)[0].strip()


def describe_call(name: str, sample: Any) -> str:
    """One line that says what was called: small tensors with their values, others by their shapes."""
    parts = [_describe(a) for a in (sample.input, *sample.args)]
    parts += [f"{key}={_describe(value)}" for key, value in sample.kwargs.items()]
    return f"torch.{name}({', '.join(parts)})"


def _describe(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        t = value.detach()
        suffix = f", dtype={t.dtype}" if t.dtype not in (torch.float32, torch.int64, torch.bool) else ""
        if t.layout != torch.strided:
            return f"<{t.layout} {list(t.shape)}{suffix}>"
        strided = "" if t.is_contiguous() else f".as_strided({tuple(t.shape)}, {t.stride()}, {t.storage_offset()})"
        if t.numel() <= 6 and not strided and not t.is_meta:
            return f"torch.tensor({t.tolist()}{suffix})"
        return f"T{list(t.shape)}{'' if not suffix else ':' + dtype_name(t.dtype)}{strided}"
    if isinstance(value, (list, tuple)) and leaves(value, torch):
        inner = ", ".join(map(_describe, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if callable(value) and not isinstance(value, type):
        return getattr(value, "__name__", repr(value))
    return repr(value)
