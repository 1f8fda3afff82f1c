"""The engine's one configuration object, `jaxtorch.engine.config`; every field has an environment variable.

JAXTORCH_CACHE_DIR      where compiled programs are kept between processes ("" or "0" switches that off)
JAXTORCH_CACHE_SIZE     its bound in bytes
JAXTORCH_SEGMENT        records a pending graph may hold before it is run without being asked
JAXTORCH_WHOLE          records up to which a stretch is compiled as one program at once
JAXTORCH_HOST           times a small batch runs on the host before it is compiled (0: never on the host)
JAXTORCH_PROMOTE        least times a stretch runs in pieces before it is compiled as one program
JAXTORCH_PROGRAMS       compiled programs kept in memory
JAXTORCH_DONATE         smallest dead buffer, in bytes, given to XLA for reuse (0 switches donation off)
JAXTORCH_TUNE           0 leaves XLA's flags and the allocator's thresholds as they are
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


def _integer(name: str, default: int):
    return field(default_factory=lambda: int(os.environ.get(name, default)))


def _cache_dir() -> str:
    given = os.environ.get("JAXTORCH_CACHE_DIR")
    if given is not None:
        return "" if given == "0" else given
    return str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jaxtorch" / "xla")


@dataclass
class Config:
    """Settings of the engine; change fields before the first operation, or through the environment."""

    cache_dir: str = field(default_factory=_cache_dir)
    cache_size: int = _integer("JAXTORCH_CACHE_SIZE", 1 << 30)
    segment: int = _integer("JAXTORCH_SEGMENT", 4000)
    whole: int = _integer("JAXTORCH_WHOLE", 160)
    host_times: int = _integer("JAXTORCH_HOST", 2)
    promote: int = _integer("JAXTORCH_PROMOTE", 16)
    programs: int = _integer("JAXTORCH_PROGRAMS", 4096)
    donate: int = _integer("JAXTORCH_DONATE", 16384)
    tune: bool = field(default_factory=lambda: os.environ.get("JAXTORCH_TUNE", "1") != "0")


config = Config()
