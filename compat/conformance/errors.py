"""Error inputs: where torch raises, the lookalike raises the same type with the same first sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from compat.conformance.rebind import Unresolvable
from compat.conformance.recipes import Unsupported, record
from compat.conformance.subject import Subject, attempt, classify, first_sentence, force, message, same_type, seed

Finding = tuple[str, str, str, Any, Any]


def error_checks(subject: Subject, sample: Any, begin: Callable[[str], None]) -> Iterator[Finding]:
    """The checks of one ErrorInput's sample: "error" for the type, "message" for the first sentence."""
    begin("error")
    try:
        recipe = record((sample.input, sample.args, sample.kwargs))
    except Unsupported as error:
        yield "error", "oracle", message(error), "", ""
        return
    expected = attempt(lambda: _call(subject, recipe, torch))[1]
    if expected is None:
        yield "error", "oracle", "torch does not raise", "", ""
        return
    wanted = f"{type(expected).__name__}: {first_sentence(expected)}"
    got = attempt(lambda: _call(subject, recipe, subject.module))[1]
    if got is None:
        yield "error", "no error", f"torch raises {message(expected)}", wanted, "no exception"
        yield "message", "no error", "", wanted, "no exception"
        return
    given = f"{type(got).__name__}: {first_sentence(got)}"
    if isinstance(got, (AttributeError, NotImplementedError, Unresolvable)) and not same_type(expected, got):
        outcome = classify(got, subject.module)
        yield "error", "error type" if outcome == "raises" else outcome, message(got), wanted, given
        yield "message", "blocked", "", wanted, given
        return
    fits = same_type(expected, got)
    yield "error", "pass" if fits else "error type", "" if fits else message(got), wanted, given
    same = first_sentence(expected) == first_sentence(got)
    yield "message", "pass" if same else "error message", "" if same else message(got), wanted, given


def _call(subject: Subject, recipe: Any, module: Any) -> Any:
    first, args, kwargs = recipe.build(module)
    seed(module)
    return force(subject.function(module)(first, *args, **kwargs), module)
