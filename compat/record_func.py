"""Record what PyTorch's transforms of functions give, for tests/func.

    python compat/record_func.py

Needs PyTorch. Writes tests/func/recorded.json.
"""

from __future__ import annotations

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.func import cases


def main() -> None:
    """Run every case and write the file."""
    recorded = {name: cases.run(torch, name) for name in cases.CASES}
    cases.RECORDED.write_text(json.dumps(recorded, separators=(",", ":")) + "\n")
    print(f"{len(recorded)} cases, {cases.RECORDED.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
