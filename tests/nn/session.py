"""Scripts of `torch.nn` calls that show their results, run alike by PyTorch (to record) and jaxtorch (to check).

`compat/record_nn.py` writes what PyTorch shows to recorded/<script>.txt. Decimal numbers are compared with a tolerance,
everything else (names, reprs, error messages, warnings, integers, digests of random numbers) as text.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import re
import warnings
from pathlib import Path
from typing import Any

SCRIPTS = sorted(p.stem for p in Path(__file__).with_name("scripts").glob("[a-z]*.py"))
RECORDED = Path(__file__).with_name("recorded")
_DECIMAL = re.compile(r"(?<![\w.])-?\d+\.\d*(?:e[+-]?\d+)?")


class Session:
    """What a script's `run(s)` gets: the torch to use, and ways to show things."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.lines: list[str] = []

    def show(self, *things: Any) -> None:
        """Add a line."""
        self.lines.extend(" ".join(str(t) for t in things).split("\n"))

    def error(self, call: Any) -> None:
        """Show the exception a call raises."""
        try:
            self.show("no error", call())
        except Exception as e:
            self.show(type(e).__name__, str(e))

    @staticmethod
    def numbers(tensor: Any) -> Any:
        """A tensor's values as lists, to four decimals."""
        return [[round(x, 4) for x in tensor.detach().double().reshape(-1).tolist()], list(tensor.shape)]

    @staticmethod
    def digest(tensor: Any) -> str:
        """A fingerprint of a tensor's values: equal bit for bit."""
        return hashlib.sha1(tensor.detach().double().numpy().tobytes()).hexdigest()[:12]


def transcript(torch: Any, script: str) -> list[str]:
    """What a script shows, its warnings last."""
    module = importlib.import_module(f"tests.nn.scripts.{script}")
    session = Session(torch)
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module.run(session)
    session.lines += sorted(
        {line for w in caught for line in f"warning: {w.category.__name__} {w.message}".split("\n")}
    )
    return [
        line.replace("jaxtorch.", "torch.").replace("torch._tensor.tensor.Tensor", "torch.Tensor")
        for line in session.lines
    ]


def same(found: str, expected: str) -> bool:
    """Whether two lines agree, decimals within a tolerance."""
    if found == expected:
        return True
    if _DECIMAL.sub("#", found) != _DECIMAL.sub("#", expected):
        return False
    pairs = zip(_DECIMAL.findall(found), _DECIMAL.findall(expected), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=2e-3, abs_tol=2e-4) for a, b in pairs)
