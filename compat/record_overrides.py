"""Record what tests/overrides/script.py prints under PyTorch.

    python compat/record_overrides.py

Needs PyTorch. Writes tests/overrides/recorded.txt.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "overrides"


def main() -> None:
    """Run the script and write what it printed."""
    code = "import torch, torch.overrides, runpy, sys; runpy.run_path(sys.argv[1], {'torch': torch})"
    command = [sys.executable, "-c", code, FOLDER / "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (FOLDER / "recorded.txt").write_text(done.stdout)
    print(done.stdout.count("\n"), "lines")


if __name__ == "__main__":
    main()
