"""Process-wide settings that scripts set and read back: threads, precision, determinism; and the `sym_` helpers."""

from __future__ import annotations

import builtins
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from jaxtorch._base import once
from jaxtorch._base.modes import modes


@dataclass
class _Settings:
    threads: int = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    interop: int = os.cpu_count() or 1
    precision: str = "highest"
    debug_mode: int = 0
    warn_only: bool = False


_settings = _Settings()
_DEBUG_MODES = {"default": 0, "warn": 1, "error": 2}
# What XLA does with float32 products; on CPUs all three are full precision.
_PRECISIONS = {"highest": "highest", "high": "high", "medium": "default"}


def get_num_threads() -> int:
    """The number given to `set_num_threads`, at first the number of usable CPUs."""
    return _settings.threads


def set_num_threads(num: int) -> None:
    """Remember a number of threads; XLA's own pool is made when it starts and does not change."""
    if not isinstance(num, int):
        raise TypeError(f"set_num_threads expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _settings.threads = num


def get_num_interop_threads() -> int:
    """The number given to `set_num_interop_threads`."""
    return _settings.interop


def set_num_interop_threads(num: int) -> None:
    """Remember a number; programs are not run side by side."""
    if num <= 0:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _settings.interop = num


def get_float32_matmul_precision() -> str:
    """The precision of float32 matrix products."""
    return _settings.precision


def set_float32_matmul_precision(precision: str) -> None:
    """ "highest", "high" or "medium", as JAX's default matmul precision; programs compiled before keep theirs."""
    if precision not in _PRECISIONS:
        raise RuntimeError(f"{precision} is not one of 'highest', 'high', or 'medium'; the current precision is kept")
    _settings.precision = precision
    jax.config.update("jax_default_matmul_precision", None if precision == "highest" else _PRECISIONS[precision])


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2 as set by `set_deterministic_debug_mode`."""
    return _settings.debug_mode


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """ "default", "warn" or "error"; programs are deterministic whatever it says."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    mode = _DEBUG_MODES.get(debug_mode) if isinstance(debug_mode, str) else debug_mode
    if mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _settings.debug_mode = mode
    _settings.warn_only = mode == 1
    modes.deterministic = mode > 0


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Programs are deterministic already; the flags are kept for those that ask for them."""
    for name, flag in (("'mode' (position 1)", mode), ("'warn_only'", warn_only)):
        if not isinstance(flag, bool):
            raise TypeError(f"_set_deterministic_algorithms(): argument {name} must be bool, not {type(flag).__name__}")
    _settings.debug_mode = (1 if warn_only else 2) if mode else 0
    _settings.warn_only = warn_only
    modes.deterministic = mode


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether nondeterminism would only warn."""
    return _settings.warn_only


def set_flush_denormal(mode: bool) -> bool:
    """False: XLA's threads keep denormal numbers, and this cannot be changed."""
    return False


def is_warn_always_enabled() -> bool:
    """The flag set by `set_warn_always`."""
    return once.always


def set_warn_always(b: bool) -> None:
    """Give warnings every time that are else given once."""
    once.always = bool(b)


def compiled_with_cxx11_abi() -> bool:
    """True, as every build of PyTorch says today."""
    return True


def typename(obj: Any) -> str:
    """The name of an object's type, `torch.FloatTensor` for tensors."""
    if hasattr(obj, "_storage") and hasattr(obj, "type"):
        return obj.type()
    kind = obj if isinstance(obj, (type, type(len), type(typename))) else type(obj)
    module = getattr(kind, "__module__", None) or ""
    name = getattr(kind, "__qualname__", kind.__class__.__name__)
    return name if module in ("", "builtins", "__builtin__") else f"{module}.{name}"


def sym_int(a: Any) -> int:
    """`int(a)`, towards zero."""
    return math.floor(a) if a >= 0 else math.ceil(a)


def sym_float(a: Any) -> float:
    """`float(a)`."""
    return float(a)


def sym_not(a: Any) -> bool:
    """`not a`."""
    return not a


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """`t if b else f`."""
    return t if b else f


def sym_max(a: Any, b: Any) -> Any:
    """The larger of two numbers, a float if either is."""
    return builtins.max(float(a), float(b)) if float in (type(a), type(b)) else builtins.max(a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller of two numbers, a float if either is."""
    return builtins.min(float(a), float(b)) if float in (type(a), type(b)) else builtins.min(a, b)


def sym_sum(args: Any) -> Any:
    """The sum of numbers."""
    return builtins.sum(args)


def sym_sqrt(a: Any) -> float:
    """The square root of a number."""
    return math.sqrt(a)


FUNCTIONS: dict[str, Callable] = {
    f.__name__: f
    for f in (
        get_num_threads,
        set_num_threads,
        get_num_interop_threads,
        set_num_interop_threads,
        get_float32_matmul_precision,
        set_float32_matmul_precision,
        get_deterministic_debug_mode,
        set_deterministic_debug_mode,
        use_deterministic_algorithms,
        is_deterministic_algorithms_warn_only_enabled,
        set_flush_denormal,
        is_warn_always_enabled,
        set_warn_always,
        compiled_with_cxx11_abi,
        typename,
        sym_int,
        sym_float,
        sym_not,
        sym_ite,
        sym_max,
        sym_min,
        sym_sum,
        sym_sqrt,
    )
}
