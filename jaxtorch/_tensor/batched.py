"""Tensors inside `vmap`: entering and leaving a level, tensors made like batched ones, random draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.batching import Level, active
from jaxtorch._engine.lifting import enter_call, leave_call, widen_call

_RANDOM_ERROR = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)


def enter(x: Any, level: Level) -> Any:
    """One example of `x`, which stands for all along the first dimension."""
    return tape.apply_call(enter_call(value_of(x).aval, level.number), [x])


def is_inside(x: Any, level: Level) -> bool:
    """Whether a tensor differs from example to example of the level."""
    return isinstance(x, Variable) and any(number == level.number for number, _ in value_of(x).aval.batch)


def leave(x: Any, level: Level) -> Any:
    """All examples along a new first dimension."""
    left = tape.apply_call(leave_call(value_of(x).aval, level.number), [x])
    if left._node is not None:
        left._node.level = level  # its number stays taken while a backward pass may come by
    return left


def like(out: Any, source: Any) -> Any:
    """A new tensor with a copy for each example of `source`, so that it can be written to."""
    if not active.levels or not (batch := value_of(source).aval.batch):
        return out
    return tape.apply_call(widen_call(value_of(out).aval, batch), [out])


def check_randomness(supports_different: bool) -> None:
    """Raise where a `vmap` around allows no random numbers, or none of this kind."""
    for level in active.levels:
        if level.randomness == "error":
            raise RuntimeError(_RANDOM_ERROR)
        if level.randomness == "different" and not supports_different:
            raise NotImplementedError(
                'vmap(randomness="different") is implemented for rand, randn, randint, their _like forms and dropout: '
                'draw with one of these, or use randomness="same"'
            )


def drawn(make: Callable[[tuple], Any], shape: tuple) -> Any:
    """The random tensor that `make(shape)` gives, one for each example where a `vmap` around asks for that."""
    different = [level for level in active.levels if level.randomness == "different"]
    x = make((*[level.size for level in different], *shape))
    for level in different:
        x = enter(x, level)
    return x


def nested_text(x: Any, text: Callable[[Any], str]) -> str:
    """How PyTorch prints a tensor inside `vmap`."""
    order = [level for level in active.levels if is_inside(x, level)]
    if not order:
        return text(x)
    depth = active.levels.index(order[-1]) + 1
    inner = nested_text(leave(x, order[-1]), text).replace("\n", "\n    ")
    return f"BatchedTensor(lvl={depth}, bdim=0, value=\n    {inner}\n)"
