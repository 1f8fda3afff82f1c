"""Objects that PyTorch saved (compat/record_files.py), made alike by PyTorch and jaxtorch."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

FILES = Path(__file__).with_name("files")
LEGACY_DTYPES = [
    "float64",
    "float32",
    "float16",
    "bfloat16",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
    "complex64",
    "complex128",
]
NEW_DTYPES = ["uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2"]


def shared(torch: Any) -> Any:
    """Views of one storage."""
    a = torch.arange(12.0).reshape(3, 4)
    return {"all": a, "rows": a[1:], "transposed": a.t(), "column": a[:, 1], "expanded": a[0:1].expand(5, 4)}


def nested(torch: Any) -> Any:
    """Containers and the plain things in them."""
    return [
        (torch.ones(2), {"x": torch.zeros(1, dtype=torch.int64)}),
        None,
        True,
        1,
        2.5,
        "s",
        b"bytes",
        {1, 2},
        OrderedDict(a=torch.ones(1)),
        torch.Size([1, 2]),
        torch.device("cpu"),
        torch.float16,
        10**30,
        -5,
        300,
        complex(1, 2),
        bytearray(b"ab"),
        torch.strided,
    ]


def dtypes(torch: Any) -> Any:
    """A tensor of every dtype that has a storage class."""
    return {name: torch.tensor([1, 2, 0]).to(getattr(torch, name)) for name in LEGACY_DTYPES}


def new_dtypes(torch: Any) -> Any:
    """A tensor of every dtype that has none."""
    return {name: torch.tensor([1, 2, 0]).to(getattr(torch, name)) for name in NEW_DTYPES}


def layouts(torch: Any) -> Any:
    """Unusual memory: scalars, nothing, steps, other orders; parameters."""
    images = torch.arange(24.0).reshape(1, 3, 2, 4)
    return [
        torch.tensor(3.5),
        torch.zeros(0, 3),
        torch.arange(10)[::3],
        torch.arange(10)[3:7],
        images.contiguous(memory_format=torch.channels_last),
        torch.ones(3, requires_grad=True),
        torch.nn.Parameter(torch.arange(3.0)),
    ]


def module(torch: Any) -> Any:
    """A whole model."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.arange(float(p.numel())).reshape(p.shape))
    return model


CONTENTS = {f.__name__: f for f in (shared, nested, dtypes, new_dtypes, layouts)}


def described(x: Any) -> Any:
    """What a loaded object is, comparable across libraries."""
    if hasattr(x, "untyped_storage"):
        plain = x.detach().float() if str(x.dtype).startswith(("torch.bfloat", "torch.float8")) else x.detach()
        return (
            type(x).__name__,
            str(x.dtype),
            tuple(x.shape),
            tuple(x.stride()),
            x.storage_offset(),
            x.requires_grad,
            x.untyped_storage().nbytes(),
            plain.tolist(),
        )
    if isinstance(x, dict):
        return type(x).__name__, [(k, described(v)) for k, v in x.items()]
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [described(v) for v in x]
    return type(x).__name__, str(x)
