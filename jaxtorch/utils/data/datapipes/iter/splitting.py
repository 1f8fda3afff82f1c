"""One stream as several: forks, and parts by a classification.

The pipes that are handed out are children of one container, which reads the source and keeps what a child has not read.
"""

from __future__ import annotations

import copy as copying
import warnings
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes._hook_iterator import _SnapshotState
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe
from jaxtorch.utils.data.datapipes.utils.common import StreamWrapper, _check_unpickable_fn


def _check_instances(num_instances: int) -> None:
    if num_instances < 1:
        raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")


@functional_datapipe("fork")
class ForkerIterDataPipe(IterDataPipe):
    """A list of `num_instances` pipes that each give all samples: the same objects, or copies ("shallow", "deep").

    The fastest may be `buffer_size` samples ahead of the slowest (BufferError beyond it); -1 is no limit.
    """

    def __new__(
        cls, datapipe: IterDataPipe, num_instances: int, buffer_size: int = 1000, copy: str | None = None
    ) -> Any:
        _check_instances(num_instances)
        if num_instances == 1:
            return datapipe
        container = _ForkerIterDataPipe(datapipe, num_instances, buffer_size, copy)
        return [_ChildDataPipe(container, i) for i in range(num_instances)]


@functional_datapipe("demux")
class DemultiplexerIterDataPipe(IterDataPipe):
    """A list of `num_instances` pipes: each gives the samples for which `classifier_fn` is its number.

    Samples classified as None are an error, or left out with `drop_none`. At most `buffer_size` samples may wait to be
    read (BufferError beyond it); -1 is no limit.
    """

    def __new__(
        cls,
        datapipe: IterDataPipe,
        num_instances: int,
        classifier_fn: Callable[[Any], int | None],
        drop_none: bool = False,
        buffer_size: int = 1000,
    ) -> Any:
        _check_instances(num_instances)
        _check_unpickable_fn(classifier_fn)
        container = _DemultiplexerIterDataPipe(datapipe, num_instances, classifier_fn, drop_none, buffer_size)
        return [_ChildDataPipe(container, i) for i in range(num_instances)]


class _ContainerTemplate(ABC):
    """What a container has to have."""

    @abstractmethod
    def get_next_element_by_instance(self, instance_id: int) -> Iterator[Any]: ...

    @abstractmethod
    def is_every_instance_exhausted(self) -> bool: ...

    @abstractmethod
    def reset(self) -> None: ...

    @abstractmethod
    def get_length_by_instance(self, instance_id: int) -> int: ...


class _Container(IterDataPipe, _ContainerTemplate):
    """Reads the source for its children; a child is stopped before its iterator begins and after it has ended."""

    _name: str  # of the step, for the warning

    def __init__(self, datapipe: IterDataPipe, num_instances: int, buffer_size: int) -> None:
        self.main_datapipe = datapipe
        self.num_instances = num_instances
        self.buffer_size = buffer_size
        if buffer_size < 0:
            warnings.warn(
                f"Unlimited buffer size is set for `{self._name}`, please be aware of OOM at random places",
                UserWarning,
                stacklevel=2,
            )
        self._begin()

    def _begin(self) -> None:
        """The state before any child is read."""
        self._datapipe_iterator: Iterator[Any] | None = None
        self._child_stop = [True] * self.num_instances

    def _open(self, instance_id: int) -> bool:
        """Begin to read the source, where this is the first child to be read."""
        if self._datapipe_iterator is not None or not self._child_stop[instance_id]:
            return False
        self._datapipe_iterator = iter(self.main_datapipe)
        self._snapshot_state = _SnapshotState.Iterating
        self._child_stop = [False] * self.num_instances
        return True

    def _close(self, instance_id: int) -> None:
        self._child_stop[instance_id] = True
        if all(self._child_stop):
            self._datapipe_iterator = None


def _as_it_is(x: Any) -> Any:
    return x


class _ForkerIterDataPipe(_Container):
    _name = "fork"
    _copies = {None: _as_it_is, "shallow": copying.copy, "deep": copying.deepcopy}

    def __init__(
        self, datapipe: IterDataPipe, num_instances: int, buffer_size: int = 1000, copy: str | None = None
    ) -> None:
        super().__init__(datapipe, num_instances, buffer_size)
        if copy not in self._copies:
            raise ValueError(f"Unknown copy method `{copy}` requested, choose one of None, `shallow` or `deep`.")
        self.copy_fn = self._copies[copy]

    def _begin(self) -> None:
        super()._begin()
        self.buffer: deque = deque()
        self.child_pointers = [0] * self.num_instances  # how many samples each child has read
        self.slowest_ptr = self.leading_ptr = 0
        self.end_ptr: int | None = None

    def __len__(self) -> int:
        return len(self.main_datapipe)

    def get_length_by_instance(self, instance_id: int) -> int:
        return len(self)

    def get_next_element_by_instance(self, instance_id: int) -> Iterator[Any]:
        self._open(instance_id)
        try:
            while not self._child_stop[instance_id]:
                self.child_pointers[instance_id] += 1
                at = self.child_pointers[instance_id]
                if at == self.end_ptr:
                    break
                if self.buffer and at <= self.leading_ptr:
                    value = self.buffer[at - self.slowest_ptr - 1]
                else:
                    self.leading_ptr = at
                    try:
                        value = next(self._datapipe_iterator)  # type: ignore[arg-type]
                    except StopIteration:
                        self._datapipe_iterator = None
                        self.end_ptr = at
                        break
                    self.buffer.append(value)
                if at == self.slowest_ptr + 1 and min(self.child_pointers) == at:
                    self.slowest_ptr = at
                    self.buffer.popleft()
                if 0 <= self.buffer_size < self.leading_ptr - self.slowest_ptr:
                    raise BufferError(
                        f"ForkerIterDataPipe buffer overflow,buffer size {self.buffer_size} is insufficient."
                    )
                yield self.copy_fn(value)
        finally:
            self._close(instance_id)
            if all(self._child_stop):
                self._cleanup()

    def is_every_instance_exhausted(self) -> bool:
        return self.end_ptr is not None and all(self._child_stop)

    def reset(self) -> None:
        self._begin()

    def __getstate__(self) -> Any:
        counts = (self._valid_iterator_id, self._number_of_samples_yielded)
        return self._state((self.main_datapipe, self.num_instances, self.buffer_size, self.copy_fn, *counts))

    def __setstate__(self, state: tuple) -> None:
        self.main_datapipe, self.num_instances, self.buffer_size, self.copy_fn, *counts = state
        self._valid_iterator_id, self._number_of_samples_yielded = counts
        self._begin()

    def _cleanup(self) -> None:
        while self.buffer:
            StreamWrapper.close_streams(self.buffer.popleft())

    def __del__(self) -> None:
        if "buffer" in self.__dict__:
            self._cleanup()


class _DemultiplexerIterDataPipe(_Container):
    _name = "demux"

    def __init__(
        self, datapipe: IterDataPipe, num_instances: int, classifier_fn: Callable, drop_none: bool, buffer_size: int
    ) -> None:
        super().__init__(datapipe, num_instances, buffer_size)
        self.classifier_fn = classifier_fn
        self.drop_none = drop_none

    def _begin(self) -> None:
        super()._begin()
        self.current_buffer_usage = 0
        self.child_buffers: list[deque] = [deque() for _ in range(self.num_instances)]
        self.main_datapipe_exhausted = False

    def _find_next(self, instance_id: int) -> Any:
        while True:
            if self.main_datapipe_exhausted or self._child_stop[instance_id]:
                raise StopIteration
            if self._datapipe_iterator is None:
                raise ValueError(
                    "_datapipe_iterator has not been set, likely because this private method is called directly "
                    "without invoking get_next_element_by_instance() first."
                )
            value = next(self._datapipe_iterator)
            chosen = self.classifier_fn(value)
            if chosen is None and self.drop_none:
                StreamWrapper.close_streams(value)
                continue
            if chosen is None or not 0 <= chosen < self.num_instances:
                raise ValueError(
                    f"Output of the classification fn should be between 0 and {self.num_instances - 1}. {chosen} is "
                    "returned."
                )
            if chosen == instance_id:
                return value
            self.child_buffers[chosen].append(value)
            self.current_buffer_usage += 1
            if 0 <= self.buffer_size < self.current_buffer_usage:
                raise BufferError(
                    f"DemultiplexerIterDataPipe buffer overflow, buffer size {self.buffer_size} is insufficient."
                )

    def get_next_element_by_instance(self, instance_id: int) -> Iterator[Any]:
        if self._open(instance_id):
            self.main_datapipe_exhausted = False
        try:
            while not self._child_stop[instance_id]:
                if self.child_buffers[instance_id]:
                    self.current_buffer_usage -= 1
                    yield self.child_buffers[instance_id].popleft()
                    continue
                try:
                    value = self._find_next(instance_id)
                except StopIteration:
                    self._child_stop[instance_id] = True
                    self.main_datapipe_exhausted = True
                    self._datapipe_iterator = None
                else:
                    yield value
        finally:
            self._close(instance_id)
            self._cleanup(instance_id)

    def is_every_instance_exhausted(self) -> bool:
        return self.main_datapipe_exhausted and all(self._child_stop)

    def get_length_by_instance(self, instance_id: int) -> int:
        raise TypeError

    def reset(self) -> None:
        self._begin()

    def __getstate__(self) -> Any:
        counts = (self._valid_iterator_id, self._number_of_samples_yielded)
        made_from = (self.main_datapipe, self.num_instances, self.buffer_size, self.classifier_fn, self.drop_none)
        return self._state((*made_from, *counts))

    def __setstate__(self, state: tuple) -> None:
        self.main_datapipe, self.num_instances, self.buffer_size, self.classifier_fn, self.drop_none, *counts = state
        self._valid_iterator_id, self._number_of_samples_yielded = counts
        self._begin()

    def _cleanup(self, instance_id: int | None = None) -> None:
        for buffer in self.child_buffers if instance_id is None else [self.child_buffers[instance_id]]:
            while buffer:
                StreamWrapper.close_streams(buffer.popleft())

    def __del__(self) -> None:
        if "child_buffers" in self.__dict__:
            self._cleanup()


class _ChildDataPipe(IterDataPipe):
    """One of the pipes handed out.

    Children share a buffer, so that they begin together: a second iterator of one child makes the iterators of all
    invalid, except of those that have had none since the last such time.
    """

    _is_child_datapipe = True

    def __init__(self, main_datapipe: Any, instance_id: int) -> None:
        if not isinstance(main_datapipe, _ContainerTemplate):
            raise AssertionError("main_datapipe must implement _ContainerTemplate")
        self.main_datapipe: Any = main_datapipe
        self.instance_id = instance_id

    def __iter__(self) -> Iterator[Any]:
        return self.main_datapipe.get_next_element_by_instance(self.instance_id)

    def __len__(self) -> int:
        return self.main_datapipe.get_length_by_instance(self.instance_id)

    def _set_main_datapipe_valid_iterator_id(self) -> int:
        main = self.main_datapipe
        if main._valid_iterator_id is None:
            main._valid_iterator_id = 0
        elif main._valid_iterator_id == self._valid_iterator_id:
            main._valid_iterator_id += 1
            if not main.is_every_instance_exhausted():
                warnings.warn(
                    "Some child DataPipes are not exhausted when __iter__ is called. We are resetting the buffer and "
                    "each child DataPipe will read from the start again.",
                    UserWarning,
                    stacklevel=2,
                )
            main.reset()
        self._valid_iterator_id = main._valid_iterator_id
        return main._valid_iterator_id

    def _check_valid_iterator_id(self, iterator_id: int) -> bool:
        return iterator_id == self._valid_iterator_id == self.main_datapipe._valid_iterator_id
