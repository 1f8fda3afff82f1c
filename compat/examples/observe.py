"""Runs one example under whatever `torch` means in this process, and writes what it saw as JSON.

An example either has a `main` that returns a dictionary, with any of

    initial   the parameters before the first step
    order     tensors that tell in which order the data came
    losses    one loss a step, or a dictionary of such lists
    final     metrics of the trained model, by name

or it is a flat script that prints, of which the printed lines are the observation.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

FIRST_STEPS = 20
CURVE_POINTS = 40


class _Tee(io.StringIO):
    def __init__(self, stream: Any) -> None:
        super().__init__()
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(text)
        return super().write(text)


def _digest(tensors: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        array = tensor.detach().numpy()
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _curve(values: list[float]) -> dict[int, float]:
    stride = max(len(values) // CURVE_POINTS, 1)
    return {step: values[step] for step in range(0, len(values), stride)}


def _observe(path: Path, args: list[str]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(_Tee(sys.stdout)) as printed:
        spec.loader.exec_module(module)
    if not hasattr(module, "main"):
        return {"printed": printed.getvalue().splitlines()}
    seen = module.main(args)
    losses = seen["losses"] if isinstance(seen["losses"], dict) else {"loss": seen["losses"]}
    result = {
        "losses": {name: values[:FIRST_STEPS] for name, values in losses.items()},
        "curve": {name: _curve(values) for name, values in losses.items()},
        "final": seen["final"],
    }
    for what in ("initial", "order"):
        if what in seen:
            result[what] = _digest(seen[what])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("args", nargs="*")
    options = parser.parse_args()
    result = _observe(options.script, options.args)
    engine = getattr(torch, "engine", None)
    if engine is not None:
        result["programs"] = engine.explain().programs
    options.out.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
