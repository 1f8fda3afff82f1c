"""The other ways to call an operation: method, in-place, operators, out=, synonyms. torch decides what each must do.

Where torch raises on a variant (a result that cannot be cast into the input, out= of a wrong dtype), the lookalike must
raise the same type of exception.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch

from compat.conformance.compare import Difference
from compat.conformance.gradients import gradients
from compat.conformance.rebind import find
from compat.conformance.recipes import Recipe, leaves, record
from compat.conformance.subject import Call, Subject, attempt, classify, force, message, same_type, seed

Plan = Iterator[tuple[str, Callable[[], None]]]
GRADED = (torch.float32, torch.float64, torch.complex64)


def variant_checks(subject: Subject, sample: Any, recipe: Recipe, expected: Call) -> Plan:
    op = subject.op
    is_tensor = isinstance(sample.input, torch.Tensor)
    if op.method_variant is not None and is_tensor:
        yield "method", lambda: same_answer(subject, op.method_variant, recipe)
    if op.operator_variant is not None and is_tensor and not sample.kwargs:
        yield "operator", lambda: same_answer(subject, op.operator_variant, recipe)
    for name, variant in (("inplace", op.inplace_variant), ("inplace operator", op.inplace_operator_variant)):
        if variant is not None and is_tensor and not (name == "inplace operator" and sample.kwargs):
            yield name, functools.partial(check_inplace, subject, variant, recipe)
    if op.inplace_variant is not None and is_tensor and _grades_inplace(subject, sample):
        yield "inplace grad", lambda: check_inplace_gradient(subject, sample, recipe)
    for alias in op.aliases:
        name = alias.name.removeprefix("torch.")  # two entries write it out
        yield f"synonym {name}", functools.partial(check_synonym, subject, name, recipe)
    if op.supports_out and _all_tensors(expected.result):
        yield from out_checks(subject, recipe, expected)


def _all_tensors(result: Any) -> bool:
    items = result if isinstance(result, (tuple, list)) else (result,)
    return bool(items) and all(isinstance(t, torch.Tensor) and t.layout == torch.strided for t in items)


def _grades_inplace(subject: Subject, sample: Any) -> bool:
    return (
        subject.op.supports_inplace_autograd
        and subject.op.supports_autograd
        and subject.values
        and subject.dtype in GRADED
        and sample.input.requires_grad
        and not sample.broadcasts_input
    )


def both(subject: Subject, call: Callable[[Any], Any]) -> tuple[Any, Any] | None:
    """Run on torch and on the lookalike; None where both raise the same type of exception."""
    expected, error = attempt(lambda: call(torch))
    if error is None:
        return expected, call(subject.module)
    got, other = attempt(lambda: force(call(subject.module), subject.module))
    if other is None:
        raise Difference("no error", f"torch raises {message(error)}")
    if classify(other, subject.module) != "raises" and not same_type(error, other):
        raise other
    if not same_type(error, other):
        raise Difference("error type", f"torch raises {message(error)}", type(error).__name__, message(other))
    return None


def same_answer(subject: Subject, function: Any, recipe: Recipe) -> None:
    answers = both(
        subject, lambda module: subject.call(subject.variant(function, module), recipe, module, grad=False).result
    )
    if answers is not None:
        subject.compare(recipe, *answers, gold=True)


def check_inplace(subject: Subject, function: Any, recipe: Recipe) -> None:
    def call(module: Any) -> tuple[Any, Any]:
        done = subject.call(subject.variant(function, module), recipe, module, grad=False)
        return done.args[0], done.result

    answers = both(subject, call)
    if answers is None:
        return
    (expected, returned), (target, result) = answers
    if (returned is expected) != (result is target):
        raise Difference("structure", "does not return the tensor it wrote into")
    subject.compare(recipe, expected, target, gold=True)


def check_inplace_gradient(subject: Subject, sample: Any, recipe: Recipe) -> None:
    """The gradient through an in-place call on a clone of the leaf."""

    def call(module: Any) -> list[Any]:
        first, args, kwargs = recipe.build(module)
        inputs = [t for t in leaves((first, args, kwargs), module) if t.requires_grad]
        function = subject.variant(subject.op.inplace_variant, module)
        seed(module)
        target = function(first.clone(), *args, **kwargs)
        ones = module.ones(tuple(target.shape), dtype=target.dtype)
        return gradients([target], inputs, [ones], module)

    expected, error = attempt(lambda: call(torch))
    if error is not None:
        return
    got = call(subject.module)
    if [e is None for e in expected] != [g is None for g in got]:
        raise Difference("gradient", "other inputs have a gradient", expected, got)
    try:
        subject.compare(recipe, expected, got)
    except Difference as d:
        raise d.within("gradient") from None


def check_synonym(subject: Subject, name: str, recipe: Recipe) -> None:
    answers = both(subject, lambda module: subject.call(find(module, name), recipe, module, grad=False).result)
    if answers is not None:
        subject.compare(recipe, *answers, gold=True)


def out_checks(subject: Subject, recipe: Recipe, expected: Call) -> Plan:
    results = expected.result if isinstance(expected.result, (tuple, list)) else (expected.result,)
    results = [t.detach() for t in results]
    yield (
        "out",
        lambda: check_out(
            subject, recipe, [torch.zeros_like(t, memory_format=torch.contiguous_format) for t in results]
        ),
    )
    yield "out resize", lambda: check_out(subject, recipe, [torch.zeros(0, dtype=t.dtype) for t in results])
    if any(t.dim() for t in results):
        yield "out strided", lambda: check_out(subject, recipe, [_strided(t) for t in results])
    yield (
        "out dtype",
        lambda: check_out(subject, recipe, [torch.zeros(t.shape, dtype=_other_dtype(t)) for t in results]),
    )


def _strided(t: torch.Tensor) -> torch.Tensor:
    if not t.dim():
        return torch.zeros((), dtype=t.dtype)
    return torch.zeros((*t.shape[:-1], 2 * t.shape[-1]), dtype=t.dtype)[..., ::2]


def _other_dtype(t: torch.Tensor) -> torch.dtype:
    return torch.int64 if t.dtype.is_floating_point or t.dtype.is_complex else torch.float64


def check_out(subject: Subject, recipe: Recipe, outs: list[torch.Tensor]) -> None:
    """A call into the given tensors: what is returned, what they hold, and whether they kept memory and strides."""
    made = record(outs)

    def call(module: Any) -> tuple[list[Any], list[bool], list[bool]]:
        targets = made.build(module)
        before = [t.untyped_storage().data_ptr() if t.numel() else 0 for t in targets]
        out = targets[0] if len(targets) == 1 else tuple(targets)
        done = subject.call(subject.function(module), recipe, module, grad=False, out=out)
        returned = done.result if isinstance(done.result, (tuple, list)) else [done.result]
        same = [any(r is t for t in targets) for r in returned]
        kept = [not b or b == t.untyped_storage().data_ptr() for b, t in zip(before, targets, strict=True)]
        return targets, same, kept

    answers = both(subject, call)
    if answers is None:
        return
    (expected, same, kept), (got, also_same, also_kept) = answers

    subject.compare(recipe, expected, got, gold=True)
    if same != also_same:
        raise Difference("structure", "returns other tensors than out", same, also_same)
    if kept != also_kept:
        raise Difference("alias", "out does not keep its memory", kept, also_kept)
    # strides given must be kept; those of a resized out are the results' own, which "strides" looks at
    if all(t.numel() for t in outs) and [t.stride() for t in expected if t.numel()] != [
        tuple(t.stride()) for t in got if t.numel()
    ]:
        raise Difference("strides", "strides of out", [t.stride() for t in expected], [tuple(t.stride()) for t in got])
