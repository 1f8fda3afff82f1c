"""Functions over the samples of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.utils.data._utils.collate import default_collate
from jaxtorch.utils.data.datapipes._decorator import functional_datapipe
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe
from jaxtorch.utils.data.datapipes.utils.common import _check_unpickable_fn, column, length_of, validate_input_col


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe):
    """`fn` of each sample, or of its columns `input_col`; the result replaces the first of these, or `output_col`.

    An `output_col` of -1 appends the result.
    """

    def __init__(self, datapipe: IterDataPipe, fn: Callable, input_col: Any = None, output_col: Any = None) -> None:
        super().__init__()
        self.datapipe = datapipe
        _check_unpickable_fn(fn)
        self.fn = fn
        self.input_col = input_col
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        if isinstance(output_col, (list, tuple)):
            if len(output_col) > 1:
                raise ValueError("`output_col` must be a single-element list or tuple")
            output_col = output_col[0]
        self.output_col = output_col
        validate_input_col(fn, input_col)

    def _apply_fn(self, data: Any) -> Any:
        result = column(data, self.fn, self.input_col)
        if self.input_col is None:
            return result
        placed = list(data) if isinstance(data, tuple) else data
        if self.output_col is None:
            first, *others = self.input_col if isinstance(self.input_col, (list, tuple)) else [self.input_col]
            placed[first] = result
            for index in sorted(others, reverse=True):
                del placed[index]
        elif self.output_col == -1:
            placed.append(result)
        else:
            placed[self.output_col] = result
        return tuple(placed) if isinstance(data, tuple) else placed

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            yield self._apply_fn(data)

    def __len__(self) -> int:
        return length_of(self, self.datapipe)


@functional_datapipe("collate")
class CollatorIterDataPipe(MapperIterDataPipe):
    """Each list of samples as a batch, by `default_collate` or a given function.

    Differs from PyTorch: a dict of functions, which is for data frames, raises NotImplementedError.
    """

    def __init__(self, datapipe: IterDataPipe, conversion: Any = default_collate, collate_fn: Any = None) -> None:
        chosen = conversion if collate_fn is None else collate_fn
        if isinstance(chosen, dict):
            raise NotImplementedError(
                "collate with a dict of conversions is for data frames, which jaxtorch's datapipes do not read; give a "
                "collate_fn"
            )
        super().__init__(datapipe, fn=chosen)
