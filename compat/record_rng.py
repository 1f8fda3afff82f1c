"""Record PyTorch's CPU random streams for the tests of the host generator.

    python compat/record_rng.py

Needs PyTorch. Writes tests/_base/rng_reference.json. Each stream is a seed and a row of calls on it; of each result the
first bytes and a digest of all are kept, and at the end a digest of the generator's state. A digest of libm's functions
stands beside them: with another libm PyTorch's float64 results have other last bits.
"""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from pathlib import Path

import torch

PATH = Path(__file__).parents[1] / "tests" / "_base" / "rng_reference.json"
FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
HEAD = 32  # bytes of each result kept as they are


def line(low: float, high: float, n: int, dtype: str) -> dict:
    """An argument: n numbers from low to high, made in float64."""
    return {"line": [low, high, n], "dtype": dtype}


def _tensor(spec: dict) -> torch.Tensor:
    low, high, n = spec["line"]
    return torch.tensor([low + (high - low) * i / max(n - 1, 1) for i in range(n)], dtype=torch.float64).to(
        getattr(torch, spec["dtype"])
    )


def _empty(call: dict) -> torch.Tensor:
    dtype = getattr(torch, call["dtype"])
    if not call.get("contiguous", True):
        return torch.empty(call["shape"], 2, dtype=dtype)[:, 0]
    return torch.empty(call["shape"], dtype=dtype)


# The PyTorch call that each sampler of HostGenerator stands for.
TORCH = {
    "uniform": lambda c: _empty(c).uniform_(c["low"], c["high"]),
    "normal": lambda c: _empty(c).normal_(c["mean"], c["std"]).contiguous(),
    "exponential": lambda c: _empty(c).exponential_(c["rate"]),
    "cauchy": lambda c: _empty(c).cauchy_(c["median"], c["sigma"]),
    "log_normal": lambda c: _empty(c).log_normal_(c["mean"], c["std"]),
    "geometric": lambda c: _empty(c).geometric_(c["p"]),
    "bernoulli": lambda c: _empty(c).bernoulli_(c["p"]),
    "randint": lambda c: torch.randint(c["low"], c["high"], (c["shape"],), dtype=getattr(torch, c["dtype"])),
    "random": lambda c: _empty(c).random_(*([c["low"], c["high"]] if "low" in c else [])),
    "randperm": lambda c: torch.randperm(c["n"], dtype=getattr(torch, c["dtype"])),
    "bernoulli_tensor": lambda c: torch.bernoulli(_tensor(c["p"])),
    "normal_tensor": lambda c: torch.normal(_tensor(c["mean"]), _tensor(c["std"])),
    "multinomial": lambda c: torch.multinomial(_tensor(c["weights"]), c["count"], c["replacement"]),
    "poisson": lambda c: torch.poisson(_tensor(c["rate"])),
    "binomial": lambda c: torch.binomial(_tensor(c["count"]), _tensor(c["p"])),
    "standard_gamma": lambda c: torch._standard_gamma(_tensor(c["alpha"])),
    "dirichlet": lambda c: torch._sample_dirichlet(_tensor(c["alpha"])),
    "dropout_mask": lambda c: torch.nn.functional.dropout(torch.ones(c["shape"]), c["p"]) != 0,
}


def reals(n: int) -> list[dict]:
    calls = []
    for dtype in (*FLOATS, *COMPLEX):
        calls += [
            {"call": "uniform", "shape": n, "low": low, "high": high, "dtype": dtype}
            for low, high in ((0.0, 1.0), (-0.3, 0.7), (100.0, 101.3))
        ]
        calls += [
            {"call": "normal", "shape": n, "mean": mean, "std": std, "dtype": dtype, "contiguous": contiguous}
            for mean, std, contiguous in ((0.0, 1.0, True), (0.0, 0.02, True), (1.3, 0.3, True), (0.5, 2.0, False))
        ]
    for dtype in FLOATS:
        calls += [
            {"call": "exponential", "shape": n, "rate": 1.7, "dtype": dtype},
            {"call": "cauchy", "shape": n, "median": 0.6, "sigma": 1.7, "dtype": dtype},
            {"call": "log_normal", "shape": n, "mean": 0.5, "std": 0.2, "dtype": dtype},
            {"call": "normal_tensor", "mean": line(-2, 2, n, dtype), "std": line(0, 3, n, "float32")},
        ]
    return calls


def integers(n: int) -> list[dict]:
    calls = []
    for dtype in (*INTEGERS, "bool", *FLOATS):
        top = 2 if dtype == "bool" else 100
        calls += [
            {"call": "randint", "shape": n, "low": 0, "high": top, "dtype": dtype},
            {"call": "random", "shape": n, "dtype": dtype},
            {"call": "random", "shape": n, "low": 0, "high": None, "dtype": dtype},
        ]
        if dtype != "bool":
            calls.append({"call": "geometric", "shape": n, "p": 0.3, "dtype": dtype})
    bounds = ((-5, 90), (0, (1 << 28) - 1), (0, 1 << 28), (-(1 << 40), 1 << 41), (-(1 << 63), (1 << 63) - 1))
    calls += [{"call": "randint", "shape": n, "low": low, "high": high, "dtype": "int64"} for low, high in bounds]
    calls.append({"call": "random", "shape": n, "low": -(1 << 63), "high": None, "dtype": "int64"})
    calls += [{"call": "randperm", "n": n, "dtype": dtype} for dtype in ("int64", "int32", "float64")]
    return calls


def choices(n: int) -> list[dict]:
    calls = [
        {"call": "bernoulli", "shape": n, "p": p, "dtype": dtype}
        for p in (0.0, 0.3, 1.0)
        for dtype in ("float32", "bool")
    ]
    calls += [{"call": "dropout_mask", "shape": n, "p": p} for p in (0.1, 0.75)]
    calls += [{"call": "bernoulli_tensor", "p": line(0, 1, n, dtype)} for dtype in FLOATS]
    for dtype in FLOATS:
        calls += [
            {"call": "multinomial", "weights": line(0, 3, min(n, 500), dtype), "count": count, "replacement": again}
            for count, again in ((1, False), (min(n, 40), False), (min(n, 40), True))
        ]
    return calls


def rejections(n: int) -> list[dict]:
    calls = []
    for dtype in ("float32", "float64"):
        for top in (1, 10, 300):
            calls += [
                {"call": "poisson", "rate": line(0, top, n, dtype)},
                {"call": "standard_gamma", "alpha": line(0.05, top, n, dtype)},
                {"call": "binomial", "count": line(0, 2 * (n - 1), n, dtype), "p": line(0, 1, n, dtype)},
            ]
    calls.append({"call": "dirichlet", "alpha": line(0.1, 4, 5, "float32")})
    return calls


def libm_digest() -> str:
    """What the samplers' functions give on a thousand points; the tests make the same."""
    points = [(i + 0.5) / 1000 for i in range(1000)]
    values = [
        [math.log(x), math.log1p(-x), math.exp(4 * x - 2), math.sin(6 * x), math.cos(6 * x), math.tan(3 * x - 1.5)]
        for x in points
    ]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def record(seed: int, calls: list[dict]) -> dict:
    torch.manual_seed(seed)
    rows = []
    for call in calls:
        result = TORCH[call["call"]](call).reshape(-1)
        data = (torch.view_as_real(result) if result.is_complex() else result).view(torch.uint8).numpy().tobytes()
        digest = hashlib.sha256(data).hexdigest()[:16]
        rows.append({**call, "head": data[:HEAD].hex(), "digest": digest})
    state = hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest()
    return {"seed": seed, "rows": rows, "state": state}


def main() -> None:
    warnings.simplefilter("ignore")  # float dtypes warn of the bounds they cannot count to
    streams = [record(seed, reals(n)) for seed, n in ((0, 7), (42, 16), (3, 100), (-3, 4099))]
    streams += [record(seed, integers(n)) for seed, n in ((1, 5), (1 << 40, 127))]
    streams += [record(seed, choices(n)) for seed, n in ((2, 6), (1 << 63, 3001))]
    streams.append(record(7, rejections(60)))
    streams.append(record(8, [{"call": "randperm", "n": n, "dtype": "int64"} for n in (0, 1, 2, 1500, 1501, 40000)]))
    streams.append(record(9, [{"call": "normal", "shape": 70001, "mean": 0.0, "std": math.pi, "dtype": d,
                               "contiguous": True} for d in FLOATS]))  # fmt: skip
    torch.manual_seed(5)
    torch.randn(3)
    state = torch.get_rng_state()
    reference = {
        "torch": torch.__version__, "libm": libm_digest(), "streams": streams,
        "state": {"seed": 5, "after": 3, "bytes": hashlib.sha256(state.numpy().tobytes()).hexdigest(),
                  "tail": state[5016:].numpy().tobytes().hex(), "next": torch.rand(4).tolist()},
    }  # fmt: skip
    PATH.parent.mkdir(exist_ok=True)
    lines = json.dumps(reference, separators=(",", ":")).replace('{"call"', '\n{"call"').replace('{"seed"', '\n{"seed"')
    PATH.write_text(lines + "\n")


if __name__ == "__main__":
    main()
