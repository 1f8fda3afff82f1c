"""The root namespace: what it holds, what it says of names it does not have, and that importing it is quiet."""

import inspect
import subprocess
import sys

import pytest

import jaxtorch as torch
from jaxtorch._tensor.tensor import FUNCTIONS


def test_every_function_is_reachable_by_its_public_name():
    public = [name for name in FUNCTIONS if not any(part.startswith("_") for part in name.split("."))]
    missing = []
    for name in public:
        place = torch
        for part in name.split("."):
            place = getattr(place, part, None)
        if place is None:
            missing.append(name)
    assert not missing and len(public) > 500


def test_names_not_had_are_named():
    with pytest.raises(AttributeError, match="module 'torch' has no attribute 'no_such_name'"):
        torch.no_such_name  # noqa: B018


def test_aliases_of_dtypes():
    assert torch.float is torch.float32 and torch.double is torch.float64 and torch.half is torch.float16
    assert torch.long is torch.int64 and torch.int is torch.int32 and torch.cfloat is torch.complex64
    assert repr(torch.bfloat16) == "torch.bfloat16" and torch.float64.is_floating_point and torch.int8.itemsize == 1


def test_constants():
    assert (
        torch.pi == pytest.approx(3.14159265) and torch.inf > 1e300 and torch.nan != torch.nan and torch.newaxis is None
    )


def test_parameters_are_torchs():
    assert list(inspect.signature(torch.cat).parameters)[:2] == ["tensors", "dim"]
    assert torch.sum(input=torch.ones(2, 3), dim=1, keepdim=True).shape == (2, 1)
    assert torch.sum(torch.ones(2, 3), axis=0).shape == (3,)


def test_importing_prints_and_imports_nothing_of_pytorch():
    code = "import sys, jaxtorch; print(sorted(m for m in sys.modules if m == 'torch' or m.startswith('torch.')))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
