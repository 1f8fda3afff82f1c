"""The checks made on one sample of one operation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from compat.conformance import freedom
from compat.conformance.compare import Difference, pairs, to_torch
from compat.conformance.gradients import first_order, second_order
from compat.conformance.recipes import Recipe, Unsupported, leaves, record
from compat.conformance.subject import Call, Subject, classify, message
from compat.conformance.variants import variant_checks

Finding = tuple[str, str, str, Any, Any]  # check name, outcome, detail, expected, got
GRADED_TWICE = (torch.float32, torch.float64, torch.complex64)


def guarded(subject: Subject, name: str, check: Callable[[], None]) -> Finding:
    """Run one check and name its end."""
    try:
        check()
    except Difference as d:
        return name, d.outcome, d.detail, d.expected, d.got
    except Unsupported as error:
        return name, "oracle", message(error), "", ""
    except Exception as error:
        return name, classify(error, subject.module), message(error), "", ""
    return name, "pass", "", "", ""


def sample_checks(subject: Subject, sample: Any, kind: str, begin: Callable[[str], None]) -> Iterator[Finding]:
    """All checks of one sample. `begin` is told of each before it starts, so that a hang or a crash has a name."""
    begin("forward")
    try:
        recipe = record((sample.input, sample.args, sample.kwargs))
        expected = subject.call(subject.function(torch), recipe, torch)
    except Exception as error:
        yield "forward", "oracle", message(error), "", ""
        return
    got: list[Call] = []

    def forward() -> None:
        got.append(subject.call(subject.function(subject.module), recipe, subject.module))
        subject.compare(recipe, expected.result, got[0].result, gold=True)

    finding = guarded(subject, "forward", forward)
    yield finding
    if kind == "reference":
        return
    plan = list(dependent_checks(subject, sample, recipe, expected, got))
    blocked = not got or finding[1] in ("structure", "missing", "not implemented", "raises", "unresolvable")
    for name, check in plan:
        if blocked:
            yield name, "blocked", "the forward call failed", "", ""
        else:
            begin(name)
            yield guarded(subject, name, check)
    for name, check in variant_checks(subject, sample, recipe, expected):
        begin(name)
        yield guarded(subject, name, check)


def dependent_checks(
    subject: Subject, sample: Any, recipe: Recipe, expected: Call, got: list[Call]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """The checks that look at what the forward call returned, and the derivatives."""
    if leaves(expected.result, torch):
        yield "strides", lambda: check_strides(subject, expected, got[0])
        yield "alias", lambda: check_alias(subject, expected, got[0])
    differentiable = any(t.requires_grad for t in leaves(expected.result, torch))
    if not (subject.op.supports_autograd and differentiable and subject.values) or freedom.has_ties(
        subject.op.name, recipe
    ):
        return
    yield "grad", lambda: first_order(subject, sample, recipe)
    if subject.op.supports_gradgrad and subject.dtype in GRADED_TWICE:
        yield "gradgrad", lambda: second_order(subject, sample, recipe)


def check_strides(subject: Subject, expected: Call, got: Call) -> None:
    """Strides agree wherever they matter: in dimensions longer than one of tensors that are not empty."""
    for path, e, g in pairs(expected.result, got.result, subject.module):
        if isinstance(e, torch.Tensor) and e.layout == torch.strided and e.numel():
            ours, theirs = (tuple(s for s, n in zip(t.stride(), t.shape, strict=True) if n != 1) for t in (e, g))
            if ours != theirs:
                raise Difference("strides", f"strides of {path}, shape {tuple(e.shape)}", e.stride(), g.stride())


def check_alias(subject: Subject, expected: Call, got: Call) -> None:
    """Results share memory with the same inputs as in torch, and a write through them changes those inputs."""
    shares = _sharing(expected, torch)
    found = _sharing(got, subject.module)
    if shares != found:
        raise Difference("alias", "which (result, input) pairs share storage", sorted(shares), sorted(found))
    # PyTorch calls writes into memory that a view shows twice undefined, though it refuses only some of them
    if not shares or any(_overlaps(t) for t in leaves(expected.result, torch)):
        return
    with contextlib.suppress(RuntimeError):  # torch refuses writes into overlapping memory: nothing to compare then
        _write(expected, torch)
        _write(got, subject.module)
        sources = [to_torch(t, torch) for t in leaves((expected.args, expected.kwargs), torch)]
        targets = [to_torch(t, subject.module) for t in leaves((got.args, got.kwargs), subject.module)]
        for i, (e, g) in enumerate(zip(sources, targets, strict=True)):
            if not torch.allclose(e, g, equal_nan=True):
                raise Difference("alias", f"a write into the results shows otherwise in input {i}", e, g)


def _sharing(call: Call, module: Any) -> set[tuple[int, int]]:
    inputs = [_address(t) for t in leaves((call.args, call.kwargs), module)]
    results = [_address(t) for t in leaves(call.result, module)]
    return {(i, j) for i, a in enumerate(results) for j, b in enumerate(inputs) if a and a == b}


def _address(t: Any) -> int:
    """Where the memory of a tensor begins; 0 where it has none."""
    if getattr(t, "is_sparse", False) or t.numel() == 0:
        return 0
    return t.untyped_storage().data_ptr()


def _overlaps(t: torch.Tensor) -> bool:
    """Whether two elements lie in one place of memory."""
    if t.layout != torch.strided or not t.numel():
        return False
    places = sum(
        (torch.arange(n).reshape([-1 if i == d else 1 for i in range(t.dim())]) * s)
        for d, (n, s) in enumerate(zip(t.shape, t.stride(), strict=True))
    )
    return isinstance(places, torch.Tensor) and len(places.unique()) < t.numel()


def _write(call: Call, module: Any) -> None:
    for t in leaves(call.result, module):
        t = t.detach()
        if t.dtype == module.bool:
            t.logical_not_()
        else:
            t.add_(1)
