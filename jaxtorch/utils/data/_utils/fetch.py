"""Fetching: the samples of a batch from a dataset, collated."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.utils.data._utils import collate, host
from jaxtorch.utils.data.dataset import Subset, TensorDataset


class _BaseDatasetFetcher:
    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Any, drop_last: bool) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last

    def fetch(self, possibly_batched_index: Any) -> Any:
        raise NotImplementedError


class _IterableDatasetFetcher(_BaseDatasetFetcher):
    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Any, drop_last: bool) -> None:
        super().__init__(dataset, auto_collation, collate_fn, drop_last)
        self.dataset_iter = iter(dataset)
        self.ended = False

    def fetch(self, possibly_batched_index: Any) -> Any:
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        data = []
        for _ in possibly_batched_index:
            try:
                data.append(next(self.dataset_iter))
            except StopIteration:
                self.ended = True
                break
        if not data or (self.drop_last and len(data) < len(possibly_batched_index)):
            raise StopIteration
        return self.collate_fn(data)


class _MapDatasetFetcher(_BaseDatasetFetcher):
    def fetch(self, possibly_batched_index: Any) -> Any:
        dataset = self.dataset
        if not self.auto_collation:
            return self.collate_fn(dataset[possibly_batched_index])
        if self.collate_fn is collate.default_collate:
            whole = _gather(dataset, possibly_batched_index)
            if whole is not None:
                return whole
        if getattr(dataset, "__getitems__", None):
            data = dataset.__getitems__(possibly_batched_index)
        else:
            data = [dataset[idx] for idx in possibly_batched_index]
        return self.collate_fn(data)


def _gather(dataset: Any, indices: Any) -> list | None:
    """The batch of a plain `TensorDataset`, or subsets of one, in one gather a tensor; None for all else."""
    while type(dataset) is Subset:
        try:
            indices = [dataset.indices[i] for i in indices]
        except (IndexError, TypeError):
            return None  # the general way raises the error
        dataset = dataset.dataset
    if (
        type(dataset) is not TensorDataset
        or collate.default_collate_fn_map.get(Tensor) is not collate.collate_tensor_fn
    ):
        return None
    size = len(dataset)
    if not indices or any(type(i) is not int or not -size <= i < size for i in indices):
        return None
    batch = []
    for tensor in dataset.tensors:
        part = host.rows(tensor, indices)
        if part is None:
            return None
        batch.append(part)
    return batch
