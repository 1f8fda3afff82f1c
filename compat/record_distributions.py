"""Record what PyTorch's distributions give, for tests/distributions.

    python compat/record_distributions.py

Needs PyTorch. Writes tests/distributions/recorded.json.
"""

from __future__ import annotations

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.distributions import cases


def main() -> None:
    """Run every case and write the file."""
    recorded = {
        "simple": {cases.key(n, a): cases.run_simple(torch, n, a) for n, a in cases.SIMPLE},
        "nested": {name: cases.run_nested(torch, name) for name in cases.NESTED},
        "failing": {name: cases.run_failing(torch, name) for name in cases.FAILING},
        "divergences": {name: cases.run_divergences(torch, name) for name in cases.DIVERGENCES},
        "transforms": {name: cases.run_transform(torch, name) for name in cases.TRANSFORMS},
        "constraints": {name: cases.run_constraint(torch, name) for name in cases.CONSTRAINTS},
    }
    cases.RECORDED.write_text(json.dumps(recorded, separators=(",", ":")) + "\n")
    print(f"{', '.join(f'{len(v)} {k}' for k, v in recorded.items())}, {cases.RECORDED.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
