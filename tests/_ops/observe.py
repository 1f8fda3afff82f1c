"""Run one sample row on a torch namespace, PyTorch or jaxtorch alike, and note down what came out."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from tests._ops.samples import COMPLEX, FLOATING, Dtype, Row, X, draw, generator


class Observed(NamedTuple):
    """What a row gave. Arrays are in NumPy dtypes; `dtypes` are torch's names; a missing gradient is None."""

    structure: str
    outputs: list[np.ndarray]
    dtypes: list[str]
    requires_grad: list[bool]
    grads: list[np.ndarray | None]
    seconds: list[np.ndarray | None]
    error: tuple[str, str] | None


def observe(torch: Any, name: str, index: int, row: Row) -> Observed:
    """Outputs, gradients for fixed cotangents, and second derivatives if the row asks, or the exception."""
    leaves: list = []
    args = build(torch, row.args, leaves, (name, index))
    kwargs = {key: build(torch, value, leaves, (name, index, key)) for key, value in row.kwargs.items()}
    try:
        result = resolve(torch, name)(*args, **kwargs)
        flat: list = []
        structure = _flatten(torch, result, flat)
        outputs = [observed(torch, out) for out in flat]
        dtypes = [str(out.dtype).removeprefix("torch.") for out in flat]
    except Exception as error:
        if not row.error:
            raise
        return Observed("", [], [], [], [], [], (type(error).__name__, first_sentence(str(error))))
    requires = [bool(out.requires_grad) for out in flat]
    grads, seconds = _derivatives(torch, flat, leaves, row.second, (name, index)) if any(requires) else ([], [])
    return Observed(structure, outputs, dtypes, requires, grads, seconds, None)


def resolve(torch: Any, name: str) -> Any:
    """The public function of a dotted name, or the method where there is no such function."""
    found = torch
    for part in name.split("."):
        found = getattr(found, part, None)
        if found is None:
            return lambda first, *args, **kwargs: getattr(first, name)(*args, **kwargs)
    return found


def first_sentence(message: str) -> str:
    """Up to the first full stop or line end: what is promised to agree with PyTorch."""
    return re.split(r"\.\s|\n|\.$", message.strip(), maxsplit=1)[0]


def build(torch: Any, value: Any, leaves: list, where: tuple) -> Any:
    if isinstance(value, X):
        return _leaf(torch, value, leaves, where)
    if isinstance(value, Dtype):
        return getattr(torch, value.name)
    if isinstance(value, (list, tuple)):
        return type(value)(build(torch, item, leaves, (*where, i)) for i, item in enumerate(value))
    return value


def _leaf(torch: Any, spec: X, leaves: list, where: tuple) -> Any:
    made = _tensor(torch, draw(spec, *where), spec.dtype)
    if spec.differentiable:
        made.requires_grad_()
        leaves.append(made)
    return made


def _tensor(torch: Any, array: np.ndarray, dtype: str) -> Any:
    if dtype == "bfloat16":  # torch.from_numpy knows no such NumPy dtype
        return torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(array)


def observed(torch: Any, tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype is torch.bfloat16:
        tensor = tensor.to(torch.float32)
    return np.array(tensor.numpy(force=True))


def _flatten(torch: Any, result: Any, flat: list) -> str:
    """Tensors are put into `flat`; the text is the structure around them."""
    if isinstance(result, torch.Tensor):
        flat.append(result)
        return "T"
    if isinstance(result, (tuple, list)):
        inside = ",".join(_flatten(torch, item, flat) for item in result)
        return f"[{inside}]" if isinstance(result, list) else f"({inside})"
    return repr(result)


def _derivatives(torch: Any, flat: list, leaves: list, second: bool, where: tuple) -> tuple[list, list]:
    live = [(i, out) for i, out in enumerate(flat) if out.requires_grad]
    outputs = [out for _, out in live]
    cotangents = [_cotangent(torch, out, (*where, "cotangent", i)) for i, out in live]
    for given in cotangents if second else ():
        given.requires_grad_()
    grads = torch.autograd.grad(outputs, leaves, cotangents, allow_unused=True, create_graph=second)
    noted = [None if g is None else observed(torch, g) for g in grads]
    again = [g for g in grads if g is not None and g.requires_grad]
    if not second or not again:
        return noted, []
    over = [_cotangent(torch, g, (*where, "second", i)) for i, g in enumerate(again)]
    seconds = torch.autograd.grad(again, [*leaves, *cotangents], over, allow_unused=True)
    return noted, [None if g is None else observed(torch, g) for g in seconds]


def _cotangent(torch: Any, like: Any, where: tuple) -> Any:
    dtype = str(like.dtype).removeprefix("torch.")
    assert dtype in FLOATING or dtype in COMPLEX, dtype
    rng = generator(*where)
    real = rng.uniform(-1.0, 1.0, tuple(like.shape))
    made = real + 1j * rng.uniform(-1.0, 1.0, tuple(like.shape)) if dtype in COMPLEX else real
    return _tensor(torch, np.asarray(made, "float32" if dtype == "bfloat16" else dtype), dtype)
