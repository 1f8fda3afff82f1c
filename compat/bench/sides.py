"""The sides of the comparison, and how each one's worker process is started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Side:
    """One way to run a row."""

    name: str
    launch: tuple[str, ...]  # what stands between `python` and `-m compat.bench.worker`
    mode: str  # how the worker makes the row: eager, compile, limit
    label: str
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, row: str, cache: str | None) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of a worker for a row; `cache`: where compiled programs are kept."""
        environment = {**os.environ, **self.environment}
        if cache is not None:
            environment |= {"JAXTORCH_CACHE_DIR": cache, "TORCHINDUCTOR_CACHE_DIR": cache}
        return [sys.executable, *self.launch, "-m", "compat.bench.worker", row, self.mode], environment


SIDES = {
    side.name: side
    for side in (
        Side("torch", (), "eager", "torch"),
        Side("jaxtorch", ("-m", "jaxtorch"), "eager", "jaxtorch"),
        Side("torch.compile", (), "compile", "torch.compile"),
        Side("jaxtorch.compile", ("-m", "jaxtorch"), "compile", "jaxtorch + torch.compile"),
        Side("jax", (), "limit", "hand-written jax.jit"),
    )
}
DEFAULT = ("torch", "jaxtorch", "jax")
