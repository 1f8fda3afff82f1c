"""`randperm`: the Fisher-Yates shuffle of PyTorch, whole blocks of swaps at a time.

Step i swaps places i and z[i] >= i. In a block that is short against the places left, hardly any two steps touch one
place; those that do are found by writing step numbers to the places and reading them back, and get their values by
following who wrote where before. The last two thousand steps, which collide all the time, run one by one.
"""

from __future__ import annotations

import numpy as np

from jaxtorch._base.rng.engine import MersenneTwister, draws

_ONE_BY_ONE = 2000  # steps left when the plain loop takes over
_FRACTION = 6  # a block is this part of the places left: fewer collisions against fewer blocks
_LARGEST_BLOCK = 1 << 17  # keeps a block's temporaries in the cache
_INSIDE_OUT = (1 << 32) // 20  # from this length on PyTorch draws 64-bit words and builds the result from the front


def permutation(engine: MersenneTwister, n: int) -> np.ndarray:
    """A random order of range(n), as int64."""
    if n >= _INSIDE_OUT:
        raise NotImplementedError(f"randperm of {_INSIDE_OUT} or more numbers is not supported; shuffle parts of it")
    if n < 2:
        return np.arange(n)
    if draws is not None:
        places = np.empty(n, np.int64)
        draws.draw_permutation(engine.capsule, places)
        return places
    steps = engine.words(n - 1)
    steps %= np.arange(n, 1, -1, dtype=np.uint32)
    return shuffled(steps)


def shuffled(steps: np.ndarray) -> np.ndarray:
    """The outcome of swapping each place i with the place steps[i] further on, one after the other."""
    n = steps.size + 1
    z = steps + np.arange(n - 1)
    if n <= _ONE_BY_ONE:
        return np.fromiter(_swap_singly(list(range(n)), z.tolist()), np.int64, n)
    places = np.arange(n, dtype=np.int32)
    i = 0
    while n - i > _ONE_BY_ONE:
        size = min((n - i) // _FRACTION, _LARGEST_BLOCK)
        _swap_block(places, z[i : i + size], i)
        i += size
    places[i:] = _swap_singly(places[i:].tolist(), (z[i:] - i).tolist())
    return places.astype(np.int64)


def _swap_singly(values: list[int], goals: list[int]) -> list[int]:
    drawn: list[int] = []
    keep = drawn.append
    # The walk reads a place after the earlier steps have written to it; no later step looks at it again.
    for value, goal in zip(values, goals, strict=False):
        keep(values[goal])
        values[goal] = value
    keep(values[-1])
    return drawn


def _swap_block(places: np.ndarray, z: np.ndarray, start: int) -> None:
    """Run the steps start, start + 1, ... of the shuffle, one for each element of z."""
    stop = start + z.size
    step = np.arange(z.size, dtype=np.int32)
    moved = places[start:stop].copy()  # what step i carries away from place i
    kept = places.take(z)  # what it brings there
    places[z] = step
    winner = places.take(z)  # the last step that goes to the same place
    _carry(moved, z, start)
    _chain(places, kept, moved, z, np.flatnonzero(winner != step), winner)
    places[z] = moved
    places[start:stop] = kept


def _carry(moved: np.ndarray, z: np.ndarray, start: int) -> None:
    """Where earlier steps of the block went to a place of the block, its step carries away what the last one left."""
    source = np.flatnonzero(z < start + z.size)
    target = z[source] - start
    proper = target != source
    source, target = source[proper], target[proper]
    while True:  # what is left may itself have been left there; each round settles one more link
        before = moved[target]
        moved[target] = moved[source]  # of repeated targets the last counts
        if np.array_equal(moved[target], before):
            return


def _chain(places, kept: np.ndarray, moved: np.ndarray, z: np.ndarray, early: np.ndarray, winner: np.ndarray) -> None:
    """Of steps that go to one place, each brings home what the one before it left there.

    early holds the steps that a later one follows; each round takes the last of them for every place.
    """
    following = winner[early]
    while early.size:
        goal = z[early]
        places[goal] = early
        last = places.take(goal)
        done = last == early
        kept[following[done]] = moved[early[done]]
        rest = ~done
        early, following = early[rest], last[rest]
