"""Where a long stretch of records is cut, by content.

Runs of repeating calls (unrolled time steps, equal layers, iterations) are cut into blocks of 2^k whole periods; what
does not repeat is cut where a hash of the last few calls says so. Position decides nothing, so other sequence lengths
and other loop phases meet the same segments again.
"""

from __future__ import annotations

_LONGEST_PERIOD = 96
_SHORTEST_RUN = 8  # records in a run that is worth a cut
_BLOCK = 48  # records a block of periods aims at
_LITERAL_MIN, _LITERAL_MAX = 24, 128


def long_run(ids: list[int], least: int, longest: int = _LONGEST_PERIOD) -> bool:
    """Whether some run of repeating calls, of a period up to `longest`, covers at least `least` records."""
    i, n = 0, len(ids)
    while i < n:
        period, repeats = _run_at(ids, i)
        if period * repeats >= least and period <= longest:
            return True
        i += max(period * repeats, 1)
    return False


def _run_at(ids: list[int], i: int) -> tuple[int, int]:
    """The period and number of repeats of the run that starts at `i`; (0, 0) when there is none."""
    n = len(ids)
    for period in range(1, min(_LONGEST_PERIOD, (n - i) // 2) + 1):
        if ids[i] != ids[i + period]:
            continue
        k = i
        while k + period < n and ids[k] == ids[k + period]:
            k += 1
        repeats = (k - i) // period + 1
        if repeats >= 2 and repeats * period >= _SHORTEST_RUN:
            return period, repeats
    return 0, 0


def cut(ids: list[int], fingerprints: list[int]) -> list[int]:
    """End positions of the segments of a stretch."""
    ends: list[int] = []
    i = literal = 0
    n = len(ids)
    while i < n:
        period, repeats = _run_at(ids, i)
        if not period:
            i += 1
            continue
        if literal < i:
            _cut_literal(fingerprints, literal, i, ends)
        while repeats:
            block = 1
            while block * 2 <= repeats and block * 2 * period <= _BLOCK:
                block *= 2
            i += block * period
            ends.append(i)
            repeats -= block
        literal = i
    if literal < n:
        _cut_literal(fingerprints, literal, n, ends)
    return ends


def _cut_literal(fingerprints: list[int], start: int, stop: int, ends: list[int]) -> None:
    begin = start
    for i in range(start, stop):
        length = i - begin + 1
        content = fingerprints[i] ^ (fingerprints[i - 1] * 3) ^ (fingerprints[i - 2] * 7) if i >= 2 else 1
        if (length >= _LITERAL_MIN and content % 7 == 0) or length >= _LITERAL_MAX:
            ends.append(i + 1)
            begin = i + 1
    if begin < stop:
        ends.append(stop)


def periodic_prefix(ids: list[int]) -> int:
    """Where to cut a growing stream so that the cut falls on the same place of its period every time.

    The longest suffix that repeats some period at least twice is found by the border array of the reversed stream; the
    cut is behind the last whole period. Without any period it is the end.
    """
    n = len(ids)
    reverse = ids[::-1]
    border = [0] * (n + 1)
    k = 0
    for i in range(1, n):
        while k and reverse[i] != reverse[k]:
            k = border[k]
        if reverse[i] == reverse[k]:
            k += 1
        border[i + 1] = k
    for length in range(n, n // 2, -1):
        period = length - border[length]
        if 0 < period <= length // 2:
            begin = n - length
            return begin + (length // period) * period
    return n
