"""Which operations, dtypes and samples a run takes from PyTorch's databases."""

from __future__ import annotations

import contextlib
import functools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, UnaryUfuncInfo

from compat.conformance.rebind import find

DTYPES = ("float32", "float64", "bfloat16", "float16", "int64", "uint8", "bool", "complex64")
KINDS = ("sample", "reference", "error")
NAMESPACES = ("nn.functional", "linalg", "fft", "special", "signal.windows", "masked", "sparse")


@dataclass(frozen=True)
class Task:
    """Samples of one operation and dtype, run one after another by one worker."""

    op: str
    dtype: str  # "" for error inputs, which have their own
    kind: str
    limit: int = 0  # at most so many samples, evenly spread; 0: all
    pick: int | None = None  # a seed: take the samples at random instead
    at: int | None = None  # this sample only


def is_public(op: Any) -> bool:
    """Entries a user of PyTorch can call: not torch.ops, not names with an underscore, not CUDA's jiterator."""
    name = op.name
    if name.startswith(("torch.", "jiterator")) or (name.startswith("_") and not name.startswith("__")):
        return False
    return exists(name) or exists(f"Tensor.{name}") or exists(f"Tensor.{name}_")


def exists(dotted: str) -> bool:
    try:
        find(torch, dotted)
    except AttributeError:
        return False
    return True


def namespace(op: Any) -> str:
    for space in NAMESPACES:
        if op.name.startswith(space + "."):
            return space
    return "torch" if exists(op.name) else "Tensor"


@functools.cache
def entries() -> dict[str, Any]:
    """The public entries by full name."""
    return {op.full_name: op for op in op_db if is_public(op)}


def selected(names: Iterable[str] = (), substring: str = "") -> dict[str, Any]:
    """Entries by exact name ("sum", "max.reduction_with_dim" or just "max") and by a part of the name."""
    names = set(names)
    known = {op.name for op in entries().values()} | set(entries())
    if names - known:
        raise SystemExit(f"no such entry in PyTorch's database: {', '.join(sorted(names - known))}")
    return {
        full: op
        for full, op in entries().items()
        if (not names or full in names or op.name in names) and substring in full
    }


def tasks(
    ops: dict[str, Any], dtypes: Iterable[str], kinds: Iterable[str], limit: int, at: int | None = None
) -> list[Task]:
    made = []
    for name, op in ops.items():
        supported = op.supported_dtypes("cpu")
        for kind in kinds:
            if kind == "error":
                made += [Task(name, "", kind, limit, at=at)] if op.error_inputs_func else []
            elif kind == "sample" or isinstance(op, (UnaryUfuncInfo, BinaryUfuncInfo)):
                made += [Task(name, d, kind, limit, at=at) for d in dtypes if getattr(torch, d) in supported]
    return made


def draw(all_tasks: list[Task], count: int, seed: int, samples: int) -> list[Task]:
    """A fixed random part of the tasks that visits every operation before it visits one twice."""
    rng = random.Random(seed)
    by_op: dict[str, list[Task]] = {}
    for task in all_tasks:
        by_op.setdefault(task.op, []).append(task)
    for group in by_op.values():
        rng.shuffle(group)
    order = sorted(by_op)
    rng.shuffle(order)
    drawn: list[Task] = []
    depth = 0
    while len(drawn) < min(count, len(all_tasks)):
        drawn += [by_op[name][depth] for name in order if depth < len(by_op[name])]
        depth += 1
    return [Task(t.op, t.dtype, t.kind, samples, pick=seed) for t in drawn[:count]]


def samples_of(task: Task) -> Iterator[tuple[int, Any]]:
    """The chosen samples with their positions in the database's own order."""
    op = entries()[task.op]
    if task.kind == "error":
        found = [error.sample_input for error in op.error_inputs("cpu")]
    else:
        dtype = getattr(torch, task.dtype)
        grad = dtype in op.supported_backward_dtypes("cpu")
        make = op.reference_inputs if task.kind == "reference" else op.sample_inputs
        found = []
        iterator = iter(make("cpu", dtype, requires_grad=grad and task.kind == "sample"))
        while True:
            # a sample that the database itself cannot make ends the list: some need SciPy, some CUDA
            with contextlib.suppress(Exception):
                found.append(next(iterator))
                continue
            break
    for index in positions(task, len(found)):
        yield index, found[index]


def positions(task: Task, count: int) -> list[int]:
    if task.at is not None:
        return [task.at] if task.at < count else []
    if not task.limit or count <= task.limit:
        return list(range(count))
    if task.pick is not None:
        rng = random.Random(f"{task.pick}|{task.op}|{task.dtype}|{task.kind}")
        return sorted(rng.sample(range(count), task.limit))
    return sorted({round(i * (count - 1) / (task.limit - 1)) if task.limit > 1 else 0 for i in range(task.limit)})
