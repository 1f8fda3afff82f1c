"""Everything that must be set before JAX starts its backend: XLA flags, allocator, dispatch mode, caches.

Each setting was measured (docs/performance.md). The user's own XLA_FLAGS are kept: a flag they name wins.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys

import jax

from jaxtorch._engine.config import config

_XLA_FLAGS = (
    # Dot library fusions through YNNPACK: convolutions up to 5x quicker on CPU; adding other types lost it again.
    "--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_DOT",
)
# For the engine's own programs only: reductions through YNNPACK, sums 2 to 10 times and softmax 3 times as fast. Its
# maxima leave NaNs out, which `_ops/extreme_values.py` makes good; other people's JAX code has no such helper.
_FUSIONS = "xla_cpu_experimental_ynn_fusion_type"
_PROGRAM_FUSIONS = "LIBRARY_FUSION_TYPE_DOT,LIBRARY_FUSION_TYPE_REDUCE"
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_user_flags = os.environ.get("XLA_FLAGS", "")


def _add_xla_flags() -> None:
    given = os.environ.get("XLA_FLAGS", "")
    named = {flag.partition("=")[0] for flag in given.split()}
    extra = [flag for flag in _XLA_FLAGS if flag.partition("=")[0] not in named]
    os.environ["XLA_FLAGS"] = " ".join([given, *extra]).strip()


def _raise_malloc_thresholds() -> None:
    # glibc returns every buffer above 128 KiB to the kernel and faults it in again: up to 2x on mid-sized arrays.
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
            libc.mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)


def _chosen_by_user(flag: str) -> bool:
    # A child process inherits what its parent has set here.
    return any(given.partition("=")[0] == f"--{flag}" and given not in _XLA_FLAGS for given in _user_flags.split())


@functools.cache
def compiler_options() -> dict[str, str] | None:
    """What the engine's programs are compiled with, beyond the process's flags."""
    if not config.tune or _chosen_by_user(_FUSIONS) or jax.default_backend() != "cpu":
        return None
    return {_FUSIONS: _PROGRAM_FUSIONS}


def start() -> None:
    """Apply the settings; once, when the package is imported."""
    if config.tune:
        _add_xla_flags()
        _raise_malloc_thresholds()
        # A small program's dispatch to another thread costs 20-200 us of wake-up.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
    jax.config.update("jax_enable_x64", True)
    if config.cache_dir:
        jax.config.update("jax_compilation_cache_dir", config.cache_dir)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


start()
