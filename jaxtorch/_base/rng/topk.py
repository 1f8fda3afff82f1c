"""The indices of the greatest values in the order PyTorch's CPU `topk` gives them, equal values included.

PyTorch runs libstdc++'s `partial_sort`, or `nth_element` and `sort`, whose order of equal values is an accident of
their steps. Where the values that matter are distinct a sort gives the answer; else those steps are taken here.
"""

from __future__ import annotations

import numpy as np

_RUN = 16  # libstdc++ leaves runs this short to the insertion sort


def top_indices(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the count greatest values of a row, in falling order."""
    order = np.argsort(values, kind="stable")[::-1]
    leading = values[order[: count + 1]]
    if not np.any(leading[1:] == leading[:-1]) and not np.any(np.isnan(leading)):
        return order[:count]
    numbers = values.astype(np.float64)
    keys = np.where(np.isnan(numbers), np.inf, numbers)  # NaN counts as the greatest; an infinity beside it is rare
    queue = [(-key, i) for i, key in enumerate(keys.tolist())]
    if count * 64 <= len(queue):
        _partial_sort(queue, count)
    else:
        _nth_element(queue, count - 1)
        _sort(queue, 0, count - 1)
    return np.array([i for _, i in queue[:count]], np.int64)


# The functions below follow bits/stl_algo.h and bits/stl_heap.h; `a[0] < b[0]` is the comparison.


def _partial_sort(a: list, middle: int) -> None:
    _make_heap(a, 0, middle)
    for i in range(middle, len(a)):
        if a[i][0] < a[0][0]:
            value, a[i] = a[i], a[0]
            _adjust_heap(a, 0, 0, middle, value)
    _sort_heap(a, 0, middle)


def _make_heap(a: list, first: int, last: int) -> None:
    size = last - first
    for parent in range((size - 2) // 2, -1, -1):
        _adjust_heap(a, first, parent, size, a[first + parent])


def _adjust_heap(a: list, first: int, hole: int, size: int, value) -> None:
    top = hole
    child = hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if a[first + child][0] < a[first + child - 1][0]:
            child -= 1
        a[first + hole] = a[first + child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * (child + 1)
        a[first + hole] = a[first + child - 1]
        hole = child - 1
    parent = (hole - 1) // 2
    while hole > top and a[first + parent][0] < value[0]:
        a[first + hole] = a[first + parent]
        hole = parent
        parent = (hole - 1) // 2
    a[first + hole] = value


def _sort_heap(a: list, first: int, last: int) -> None:
    while last - first > 1:
        last -= 1
        value, a[last] = a[last], a[first]
        _adjust_heap(a, first, 0, last - first, value)


def _nth_element(a: list, nth: int) -> None:
    first, last = 0, len(a)
    depth = 2 * (last.bit_length() - 1)
    while last - first > 3:
        if depth == 0:
            middle = nth + 1
            _make_heap(a, first, middle)
            for i in range(middle, last):
                if a[i][0] < a[first][0]:
                    value, a[i] = a[i], a[first]
                    _adjust_heap(a, first, 0, middle - first, value)
            a[first], a[nth] = a[nth], a[first]
            return
        depth -= 1
        cut = _partition(a, first, last)
        if cut <= nth:
            first = cut
        else:
            last = cut
    _insertion_sort(a, first, last)


def _partition(a: list, first: int, last: int) -> int:
    """Split around the median of three, which is moved to the front and takes no part."""
    x, y, z = first + 1, first + (last - first) // 2, last - 1
    if a[x][0] < a[y][0]:
        pivot = y if a[y][0] < a[z][0] else z if a[x][0] < a[z][0] else x
    else:
        pivot = x if a[x][0] < a[z][0] else z if a[y][0] < a[z][0] else y
    a[first], a[pivot] = a[pivot], a[first]
    key = a[first][0]
    low, high = first + 1, last
    while True:
        while a[low][0] < key:
            low += 1
        high -= 1
        while key < a[high][0]:
            high -= 1
        if low >= high:
            return low
        a[low], a[high] = a[high], a[low]
        low += 1


def _insertion_sort(a: list, first: int, last: int) -> None:
    for i in range(first + 1, last):
        value = a[i]
        j = i
        while j > first and value[0] < a[j - 1][0]:
            a[j] = a[j - 1]
            j -= 1
        a[j] = value


def _sort(a: list, first: int, last: int) -> None:
    if last - first < 2:
        return
    spans = [(first, last, 2 * ((last - first).bit_length() - 1))]
    while spans:
        low, high, depth = spans.pop()
        while high - low > _RUN:
            if depth == 0:
                _make_heap(a, low, high)
                _sort_heap(a, low, high)
                break
            depth -= 1
            cut = _partition(a, low, high)
            spans.append((cut, high, depth))
            high = cut
    _insertion_sort(a, first, last)
