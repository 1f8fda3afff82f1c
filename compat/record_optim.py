"""Record what PyTorch's optimizers and schedules give, for tests/optim.

    python compat/record_optim.py

Needs PyTorch. Writes tests/optim/recorded.json.
"""

from __future__ import annotations

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.optim import cases


def main() -> None:
    """Run every case and write the file."""
    recorded = {
        "optimizers": {
            cases.key(name, options): cases.run_optimizer(torch, name, options) for name, options in cases.OPTIMIZERS
        },
        "schedules": {name: cases.run_schedule(torch, build) for name, build in cases.SCHEDULES.items()},
    }
    cases.RECORDED.write_text(json.dumps(recorded, separators=(",", ":")) + "\n")
    print(
        f"{len(recorded['optimizers'])} optimizers, {len(recorded['schedules'])} schedules, "
        f"{cases.RECORDED.stat().st_size // 1024} KiB"
    )


if __name__ == "__main__":
    main()
