"""Everything that must be set before JAX starts its backend: XLA flags, allocator, dispatch mode, caches.

Each setting was measured (docs/performance.md). The user's own XLA_FLAGS are kept: a flag they name wins.
"""

from __future__ import annotations

import ctypes
import os
import sys

import jax

from jaxtorch._engine.config import config

_XLA_FLAGS = (
    # Dot library fusions through YNNPACK: convolutions up to 5x quicker on CPU; adding other types lost it again.
    "--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_DOT",
)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


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
