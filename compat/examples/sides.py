"""Starts an example in a process of its own, under PyTorch or under jaxtorch."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from compat.examples.cases import Case

ROOT = Path(__file__).resolve().parents[2]

# How each side is started, and what its environment adds. The plain kernels of PyTorch and MKL use no wide vectors, so
# they add up sums in another order: what then differs is rounding's doing alone.
_SIDES: dict[str, tuple[list[str], dict[str, str]]] = {
    "torch": ([], {}),
    "jaxtorch": (["-m", "jaxtorch"], {}),
    "plain kernels": (
        [],
        {
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE",
            "DNNL_MAX_CPU_ISA": "SSE41",
            "OMP_NUM_THREADS": "1",
        },
    ),
}


def run(case: Case, setting: str, side: str, cache: str | None = None, timeout: float = 600) -> dict[str, Any]:
    """What `compat.examples.observe` saw, and the wall time of the whole process in seconds.

    Args:
        side: `torch`, `jaxtorch`, or `plain kernels`: PyTorch again, with its sums added up in another order.
        cache: the folder of jaxtorch's compiled programs; None leaves the setting alone.

    Raises:
        RuntimeError: the example failed; the message ends with what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seen.json"
        launch, settings = _SIDES[side]
        command = [sys.executable, *launch, "-m", "compat.examples.observe", str(case.path), str(out)]
        environment = {**os.environ, **settings}
        if cache is not None:
            environment["JAXTORCH_CACHE_DIR"] = cache
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "--", *case.args(setting)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            raise RuntimeError(f"{case.name} under {side} ended with code {done.returncode}:\n{done.stdout[-4000:]}")
        return {**json.loads(out.read_text()), "seconds": seconds}
