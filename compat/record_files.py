"""Let PyTorch save the files that tests/serialization reads.

    python compat/record_files.py

Needs PyTorch. Writes tests/serialization/files/*.pt.
"""

from __future__ import annotations

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.serialization import contents


def main() -> None:
    """Save everything, in the zip format and (where PyTorch can read that back) in the one before it."""
    contents.FILES.mkdir(exist_ok=True)
    for name, make in contents.CONTENTS.items():
        torch.save(make(torch), contents.FILES / f"{name}.pt")
        if name != "new_dtypes":
            torch.save(make(torch), contents.FILES / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(contents.module(torch), contents.FILES / "module.pt")
    print(sum(f.stat().st_size for f in contents.FILES.iterdir()) // 1024, "KiB")


if __name__ == "__main__":
    main()
