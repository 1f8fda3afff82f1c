"""Rows that time whole processes: importing, and the small examples, with an empty and with a filled cache."""

from __future__ import annotations

import os
import sys
import tempfile

from compat.bench.driver import Result, SideFailed, wall_time
from compat.bench.sides import ROOT

EXAMPLES = ("notes", "polynomial_manual", "polynomial_autograd", "polynomial_nn")
TITLES = {"import_time": "whole process: `import torch` and nothing else"} | {
    f"process_{name}": f"whole process: examples/{name}.py" for name in EXAMPLES
}
COLD = "jaxtorch cold"


def run(row: str, names: list[str], rounds: int, timeout: float) -> list[Result]:
    """torch, jaxtorch with an empty cache and jaxtorch with the cache that run left behind, in turns."""
    script = ["-c", "import torch"] if row == "import_time" else [str(ROOT / "examples" / f"{row[8:]}.py")]
    wanted = [name for name in ("torch", COLD, "jaxtorch") if name.removesuffix(" cold") in names]
    results = {name: Result(name) for name in wanted}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            for name, result in results.items():
                launch = [] if name == "torch" else ["-m", "jaxtorch"]
                if result.failure:
                    continue
                try:
                    seconds = wall_time([sys.executable, *launch, *script], _environment(cache), timeout)
                except SideFailed as error:
                    result.failure = str(error)
                else:
                    result.seconds.setdefault("step", []).append(seconds)
    return list(results.values())


def _environment(cache: str) -> dict[str, str]:
    # PyTorch's bytecode was written when it was installed; a checkout's must be allowed to be.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "JAXTORCH_CACHE_DIR": cache}
