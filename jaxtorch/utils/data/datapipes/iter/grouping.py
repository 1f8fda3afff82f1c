"""Samples in batches and groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes.datapipe import DataChunk, IterDataPipe
from jaxtorch.utils.data.datapipes.utils.common import _check_unpickable_fn, length_of


@functional_datapipe("batch")
class BatcherIterDataPipe(IterDataPipe):
    """`batch_size` samples at a time, in a `DataChunk` or another list; `drop_last` leaves a shorter last one out."""

    def __init__(
        self, datapipe: IterDataPipe, batch_size: int, drop_last: bool = False, wrapper_class: Any = DataChunk
    ) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        super().__init__()
        self.datapipe = datapipe
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.wrapper_class = wrapper_class

    def __iter__(self) -> Iterator[Any]:
        batch = []
        for x in self.datapipe:
            batch.append(x)
            if len(batch) == self.batch_size:
                yield self.wrapper_class(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.wrapper_class(batch)

    def __len__(self) -> int:
        length = length_of(self, self.datapipe)
        return length // self.batch_size if self.drop_last else (length + self.batch_size - 1) // self.batch_size


@functional_datapipe("unbatch")
class UnBatcherIterDataPipe(IterDataPipe):
    """The samples of batches, unpacked `unbatch_level` times; -1 unpacks all."""

    def __init__(self, datapipe: IterDataPipe, unbatch_level: int = 1) -> None:
        self.datapipe = datapipe
        self.unbatch_level = unbatch_level

    def __iter__(self) -> Iterator[Any]:
        for element in self.datapipe:
            yield from self._dive(element, self.unbatch_level)

    def _dive(self, element: Any, unbatch_level: int) -> Iterator[Any]:
        if unbatch_level < -1:
            raise ValueError("unbatch_level must be -1 or >= 0")
        if unbatch_level and isinstance(element, list):
            for item in element:
                yield from self._dive(item, max(unbatch_level - 1, -1))
        elif unbatch_level > 0:
            raise IndexError(f"unbatch_level {self.unbatch_level} exceeds the depth of the DataPipe")
        else:
            yield element


@functional_datapipe("groupby")
class GrouperIterDataPipe(IterDataPipe):
    """Samples of equal key together, in groups of at most `group_size`, given when they are full.

    When `buffer_size` samples wait, the largest group is given, if it has `guaranteed_group_size` samples; a
    smaller one is dropped with `drop_remaining`, and raises RuntimeError without.
    """

    def __init__(
        self,
        datapipe: IterDataPipe,
        group_key_fn: Callable[[Any], Any],
        *,
        keep_key: bool = False,
        buffer_size: int = 10000,
        group_size: int | None = None,
        guaranteed_group_size: int | None = None,
        drop_remaining: bool = False,
    ) -> None:
        _check_unpickable_fn(group_key_fn)
        self.datapipe = datapipe
        self.group_key_fn = group_key_fn
        self.keep_key = keep_key
        self.max_buffer_size = buffer_size
        self.buffer_elements: dict[Any, list] = defaultdict(list)
        self.curr_buffer_size = 0
        self.group_size = group_size
        self.guaranteed_group_size = None
        if group_size is not None and buffer_size is not None:
            if not 0 < group_size <= buffer_size:
                raise AssertionError("group_size must be > 0 and <= buffer_size")
            self.guaranteed_group_size = group_size
        if guaranteed_group_size is not None:
            if group_size is None or not 0 < guaranteed_group_size <= group_size:
                raise AssertionError("guaranteed_group_size must be > 0 and <= group_size and group_size must be set")
            self.guaranteed_group_size = guaranteed_group_size
        self.drop_remaining = drop_remaining
        self.wrapper_class = DataChunk

    def _group(self, key: Any, items: list) -> Any:
        group = self.wrapper_class(items)
        return (key, group) if self.keep_key else group

    def _remove_biggest_key(self) -> list | None:
        biggest = max(self.buffer_elements, key=lambda key: len(self.buffer_elements[key]))
        items = self.buffer_elements[biggest]
        small = self.guaranteed_group_size is not None and len(items) < self.guaranteed_group_size
        if small and not self.drop_remaining:
            raise RuntimeError("Failed to group items", str(items))
        self.curr_buffer_size -= len(items)
        del self.buffer_elements[biggest]
        return None if small else items

    def __iter__(self) -> Iterator[Any]:
        for x in self.datapipe:
            key = self.group_key_fn(x)
            items = self.buffer_elements[key]
            items.append(x)
            self.curr_buffer_size += 1
            if self.group_size is not None and self.group_size == len(items):
                yield self._group(key, items)
                self.curr_buffer_size -= len(items)
                del self.buffer_elements[key]
            if self.curr_buffer_size == self.max_buffer_size:
                biggest = self._remove_biggest_key()
                if biggest is not None:
                    yield self._group(key, biggest)
        for key in tuple(self.buffer_elements):
            items = self.buffer_elements.pop(key)
            self.curr_buffer_size -= len(items)
            yield self._group(key, items)

    def reset(self) -> None:
        """Forget what waits."""
        self.curr_buffer_size = 0
        self.buffer_elements = defaultdict(list)

    def __getstate__(self) -> Any:
        return self._state(
            (
                self.datapipe,
                self.group_key_fn,
                self.keep_key,
                self.max_buffer_size,
                self.group_size,
                self.guaranteed_group_size,
                self.drop_remaining,
                self.wrapper_class,
                self._valid_iterator_id,
                self._number_of_samples_yielded,
            )
        )

    def __setstate__(self, state: tuple) -> None:
        self.datapipe, self.group_key_fn, self.keep_key, self.max_buffer_size, self.group_size, *rest = state
        self.guaranteed_group_size, self.drop_remaining, self.wrapper_class, *counts = rest
        self._valid_iterator_id, self._number_of_samples_yielded = counts
        self.curr_buffer_size = 0
        self.buffer_elements = defaultdict(list)
