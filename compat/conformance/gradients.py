"""First and second derivatives with fixed cotangents, compared with torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from compat.conformance.compare import Difference, compare
from compat.conformance.recipes import Recipe, Unsupported, leaves, record, upcast
from compat.conformance.subject import Subject, message, seed


def first_order(subject: Subject, sample: Any, recipe: Recipe) -> None:
    expected, cotangents = oracle(torch_gradients, subject, sample, recipe)
    results, inputs = forward(subject, sample, recipe, subject.module)
    got = gradients(results, inputs, cotangents.build(subject.module), subject.module)
    _compare(subject, expected, got, lambda: torch_gradients(subject, sample, recipe, wide=True)[0], strict=True)


def second_order(subject: Subject, sample: Any, recipe: Recipe) -> None:
    expected, cotangents, seconds = oracle(torch_second, subject, sample, recipe)
    if seconds is None:
        return
    module = subject.module
    results, inputs = forward(subject, sample, recipe, module)
    firsts = cotangents.build(module)
    differentiated = [c.requires_grad_() for c in firsts if c is not None]
    grads = gradients(results, inputs, firsts, module, create_graph=True)
    chosen = [grads[i] for i in seconds.tree[0]]
    if not all(g is not None and g.requires_grad for g in chosen):
        raise Difference("second gradient", "a gradient with create_graph=True does not require grad")
    got = gradients(chosen, [*inputs, *differentiated], seconds.build(module)[1], module)
    _compare(subject, expected, got, lambda: torch_second(subject, sample, recipe, wide=True)[0], strict=False)


def oracle(function: Callable[..., Any], *args: Any) -> Any:
    """Ask torch; where it cannot answer there is nothing to compare with."""
    try:
        return function(*args)
    except Exception as error:
        raise Unsupported(message(error)) from error


def forward(
    subject: Subject, sample: Any, recipe: Recipe, module: Any, *, wide: bool = False
) -> tuple[list[Any], list[Any]]:
    """The results to differentiate, as the OpInfo picks them, and the inputs to differentiate for."""
    first, args, kwargs = recipe.build(module)
    if wide:
        first, args, kwargs = upcast((first, args, kwargs))
    inputs = [t for t in leaves((first, args, kwargs), module) if t.requires_grad]
    wrapper = subject.variant(subject.op.gradcheck_wrapper, module)
    pick = subject.variant(sample.output_process_fn_grad, module)
    seed(module)
    results = pick(wrapper(subject.function(module), first, *args, **kwargs))
    return leaves(results, module), inputs


def gradients(
    results: list[Any], inputs: list[Any], cotangents: Any, module: Any, *, create_graph: bool = False
) -> list[Any]:
    """autograd.grad of the results that have a cotangent."""
    chosen = [(r, c) for r, c in zip(results, cotangents, strict=True) if c is not None]
    if not all(r.requires_grad for r, _ in chosen):
        raise Difference("gradient", "a result does not require grad")
    outputs, grad_outputs = [r for r, _ in chosen], [c for _, c in chosen]
    return list(module.autograd.grad(outputs, inputs, grad_outputs, allow_unused=True, create_graph=create_graph))


def torch_gradients(subject: Subject, sample: Any, recipe: Recipe, *, wide: bool = False) -> tuple[list[Any], Recipe]:
    results, inputs = forward(subject, sample, recipe, torch, wide=wide)
    cotangents = _cotangents(results)
    return gradients(results, inputs, cotangents.build(torch), torch), cotangents


def torch_second(
    subject: Subject, sample: Any, recipe: Recipe, *, wide: bool = False
) -> tuple[list[Any], Recipe, Recipe | None]:
    """Second derivatives for inputs and first cotangents; no second cotangents where nothing is differentiable."""
    results, inputs = forward(subject, sample, recipe, torch, wide=wide)
    cotangents = _cotangents(results)
    firsts = cotangents.build(torch)
    differentiated = [c.requires_grad_() for c in firsts if c is not None]
    grads = gradients(results, inputs, firsts, torch, create_graph=True)
    positions = [i for i, g in enumerate(grads) if g is not None and g.requires_grad]
    if not positions:
        return [], cotangents, None
    chosen = [grads[i] for i in positions]
    made = _cotangents(chosen)
    seconds = Recipe((positions, made.tree), made.memories)
    return gradients(chosen, [*inputs, *differentiated], seconds.build(torch)[1], torch), cotangents, seconds


def _cotangents(results: list[torch.Tensor]) -> Recipe:
    """Fixed values of order one for the results that require grad, None for the others; the same in every precision."""
    generator = torch.Generator().manual_seed(7)
    made: list[torch.Tensor | None] = []
    for r in results:
        kind = torch.complex64 if r.is_complex() else torch.float32
        # half precision first, so that wide gold runs get the very same values
        values = torch.randn(r.shape, generator=generator, dtype=kind) * 8
        values = torch.view_as_complex(torch.view_as_real(values).round()) if r.is_complex() else values.round()
        made.append((values / 8).to(r.dtype) if r.requires_grad else None)
    return record(made)


def _compare(subject: Subject, expected: list[Any], got: list[Any], gold: Any, *, strict: bool) -> None:
    label = "gradient" if strict else "second gradient"
    for i, (e, g) in enumerate(zip(expected, got, strict=True)):
        if strict and (e is None) != (g is None):
            raise Difference(label, f"gradient {i} is {'None' if g is None else 'not None'}", e, g)
        # a formula may give zeros where another gives nothing
        if e is None and g is not None:
            expected[i] = torch.zeros(tuple(g.shape), dtype=getattr(torch, str(g.dtype).rpartition(".")[2]))
        elif g is None and e is not None:
            got[i] = subject.module.from_numpy(torch.zeros(e.shape, dtype=torch.float32).numpy()).to(
                getattr(subject.module, str(e.dtype).rpartition(".")[2])
            )

    def wide() -> list[Any]:
        return [
            torch.zeros_like(e) if w is None and e is not None else w for w, e in zip(gold(), expected, strict=True)
        ]

    try:
        compare(expected, got, subject.module, subject.bounds, gold=wide)
    except Difference as d:
        raise d.within(label) from None
