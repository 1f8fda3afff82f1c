"""Record what PyTorch's layers and `torch.nn` scripts give, for tests/nn.

    python compat/record_nn.py

Needs PyTorch. Writes tests/nn/recorded/.
"""

from __future__ import annotations

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.nn import layers, session


def main() -> None:
    """Run every script and every layer and write the files."""
    session.RECORDED.mkdir(exist_ok=True)
    for script in session.SCRIPTS:
        lines = session.transcript(torch, script)
        (session.RECORDED / f"{script}.txt").write_text("".join(line + "\n" for line in lines))
    recorded = {layers.key(case): layers.observe(torch, case) for case in layers.CASES}
    text = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in recorded.items())
    layers.RECORDED.write_text("{\n" + text + "\n}\n")
    print(f"{len(session.SCRIPTS)} scripts, {len(recorded)} layers")


if __name__ == "__main__":
    main()
