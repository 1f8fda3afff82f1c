"""Some of a stream's samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe
from jaxtorch.utils.data.datapipes.utils.common import StreamWrapper, _check_unpickable_fn, column, validate_input_col


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe):
    """The samples of which `filter_fn`, of them or of their columns `input_col`, is True."""

    def __init__(self, datapipe: IterDataPipe, filter_fn: Callable, input_col: Any = None) -> None:
        super().__init__()
        self.datapipe = datapipe
        _check_unpickable_fn(filter_fn)
        self.filter_fn = filter_fn
        self.input_col = input_col
        validate_input_col(filter_fn, input_col)

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            chosen = column(data, self.filter_fn, self.input_col)
            if not isinstance(chosen, bool):
                raise ValueError(
                    "Boolean output is required for `filter_fn` of FilterIterDataPipe, got",
                    type(chosen),
                )
            if chosen:
                yield data
            else:
                StreamWrapper.close_streams(data)
