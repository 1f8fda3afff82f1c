"""One pass over a loader, in the calling process."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from jaxtorch._base.devices import cuda_count
from jaxtorch._engine.recorder import forget_unused
from jaxtorch._tensor.random import Generator
from jaxtorch.utils.data._utils import fetch
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe, MapDataPipe
from jaxtorch.utils.data.graph_settings import apply_random_seed, apply_sharding
from jaxtorch.utils.data.sampler import draw_seed


class BaseIterator:
    """What both kinds of iterators share: the order of indices, the seed, and the warning about lengths."""

    def __init__(self, loader: Any) -> None:
        self._dataset = loader.dataset
        self._seed_pipes(loader)
        self._iterable = loader._iterable
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._auto_collation = loader._auto_collation
        self._drop_last = loader.drop_last
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        # XLA moves host memory by itself: pinning changes nothing about where a batch lies.
        self._pin_memory = _pins(loader)
        self._timeout = loader.timeout
        self._collate_fn = loader.collate_fn
        self._sampler_iter = iter(self._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._persistent_workers = loader.persistent_workers
        self._num_yielded = 0

    def __iter__(self) -> BaseIterator:
        return self

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._seed_pipes(loader)

    def _seed_pipes(self, loader: Any) -> None:
        """Draw the seed that the shufflers of a datapipe have in common, in all workers."""
        self._shared_seed = None
        if isinstance(self._dataset, IterDataPipe):
            self._shared_seed = draw_seed(loader.generator)
            apply_random_seed(self._dataset, Generator().manual_seed(self._shared_seed))

    def _next_index(self) -> Any:
        return next(self._sampler_iter)

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        expected = self._IterableDataset_len_called
        if self._iterable and expected is not None and self._num_yielded > expected:
            message = (
                f"Length of IterableDataset {self._dataset} was reported to be {expected}(when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been fetched. "
            )
            if self._num_workers:
                message += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the "
                    "IterableDataset replica at each worker. Please see "
                    "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
                )
            warnings.warn(message, stacklevel=2)
        return data

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> NoReturn:
        raise NotImplementedError("{} cannot be pickled", self.__class__.__name__)


def _pins(loader: Any) -> bool:
    """Whether batches are asked to lie in pinned memory; without an accelerator that is worth a warning."""
    if not loader.pin_memory:
        return False
    if loader.pin_memory_device:
        warnings.warn(
            "pin_memory_device is deprecated, the current accelerator will be used as the device,ignore "
            f"pin_memory_device='{loader.pin_memory_device}'.",
            stacklevel=5,
        )
    if not cuda_count():
        warnings.warn(
            "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
            "used.",
            stacklevel=5,
        )
        return False
    return True


class SingleProcessIterator(BaseIterator):
    """Fetches each batch when it is asked for."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        if self._timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        if isinstance(self._dataset, (IterDataPipe, MapDataPipe)):
            apply_sharding(self._dataset, 1, 0)
        kind = fetch._IterableDatasetFetcher if self._iterable else fetch._MapDatasetFetcher
        self._fetcher = kind(self._dataset, self._auto_collation, self._collate_fn, self._drop_last)

    def _next_data(self) -> Any:
        data = self._fetcher.fetch(self._next_index())
        forget_unused()  # views of single samples that were gathered on the host
        return data
