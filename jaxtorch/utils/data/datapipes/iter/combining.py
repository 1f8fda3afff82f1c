"""Several streams as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe
from jaxtorch.utils.data.datapipes.iter.splitting import DemultiplexerIterDataPipe as DemultiplexerIterDataPipe
from jaxtorch.utils.data.datapipes.iter.splitting import ForkerIterDataPipe as ForkerIterDataPipe
from jaxtorch.utils.data.datapipes.iter.splitting import _ChildDataPipe as _ChildDataPipe
from jaxtorch.utils.data.datapipes.iter.splitting import _DemultiplexerIterDataPipe as _DemultiplexerIterDataPipe
from jaxtorch.utils.data.datapipes.iter.splitting import _ForkerIterDataPipe as _ForkerIterDataPipe
from jaxtorch.utils.data.datapipes.utils.common import length_of


@functional_datapipe("concat")
class ConcaterIterDataPipe(IterDataPipe):
    """One stream after the other."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        if not datapipes:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        if not all(isinstance(dp, IterDataPipe) for dp in datapipes):
            raise TypeError("Expected all inputs to be `IterDataPipe`")
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        for dp in self.datapipes:
            yield from dp

    def __len__(self) -> int:
        return sum(length_of(self, dp) for dp in self.datapipes)


@functional_datapipe("mux")
class MultiplexerIterDataPipe(IterDataPipe):
    """A sample of each stream in turn, until one has no more."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        self.datapipes = datapipes
        self.buffer: list = []

    def __iter__(self) -> Iterator[Any]:
        iterators = [iter(dp) for dp in self.datapipes]
        while iterators:
            for iterator in iterators:
                try:
                    self.buffer.append(next(iterator))
                except StopIteration:
                    self.buffer.clear()
                    return
            yield from self.buffer
            self.buffer.clear()

    def __len__(self) -> int:
        return min(length_of(self, dp) for dp in self.datapipes) * len(self.datapipes)

    def reset(self) -> None:
        """Forget the samples of a turn that was not completed."""
        self.buffer = []

    def __getstate__(self) -> Any:
        return self._state((self.datapipes, self._valid_iterator_id, self._number_of_samples_yielded))

    def __setstate__(self, state: tuple) -> None:
        self.datapipes, self._valid_iterator_id, self._number_of_samples_yielded = state
        self.buffer = []


@functional_datapipe("zip")
class ZipperIterDataPipe(IterDataPipe):
    """A tuple of a sample of each stream, until one has no more."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        if not all(isinstance(dp, IterDataPipe) for dp in datapipes):
            raise TypeError("All inputs are required to be `IterDataPipe` for `ZipIterDataPipe`.")
        super().__init__()
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[tuple]:
        yield from zip(*[iter(dp) for dp in self.datapipes], strict=False)

    def __len__(self) -> int:
        return min(length_of(self, dp) for dp in self.datapipes)
