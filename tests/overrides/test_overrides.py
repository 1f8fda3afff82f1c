"""Overriding of functions is as PyTorch's; in a process of its own, since it cannot be undone."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def test_script_prints_what_pytorch_prints():
    code = "import jaxtorch, runpy, sys; runpy.run_path(sys.argv[1], {'torch': jaxtorch})"
    command = [sys.executable, "-c", code, FOLDER / "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found, expected = done.stdout.splitlines(), (FOLDER / "recorded.txt").read_text().splitlines()
    differing = [f"{a!r} for {b!r}" for a, b in zip(found, expected, strict=False) if a != b]
    assert not differing, "\n".join(differing)
    assert len(found) == len(expected)
