"""A function over samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes.datapipe import MapDataPipe
from jaxtorch.utils.data.datapipes.utils.common import _check_unpickable_fn


def default_fn(data: Any) -> Any:
    """The sample as it is."""
    return data


@functional_datapipe("map")
class MapperMapDataPipe(MapDataPipe):
    """`fn` of each sample."""

    def __init__(self, datapipe: Any, fn: Callable = default_fn) -> None:
        super().__init__()
        self.datapipe = datapipe
        _check_unpickable_fn(fn)
        self.fn = fn

    def __len__(self) -> int:
        return len(self.datapipe)

    def __getitem__(self, index: Any) -> Any:
        return self.fn(self.datapipe[index])
