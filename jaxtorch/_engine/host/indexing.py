"""lax gather and scatter: index grids over the operand, with XLA's handling of indices out of range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._engine.host.elementwise import Maker


class _Grid:
    """Where each element of a gather's output (or a scatter's update) lies in the operand.

    `window` are the operand dimensions a slice spans; `indexed` those the index vector gives; `batch` pairs operand
    and index dimensions that run together.
    """

    def __init__(
        self,
        operand_shape: tuple,
        sizes: tuple,
        window_out: tuple,
        window: list[int],
        indexed: tuple,
        batch: tuple,
        out_ndim: int,
    ) -> None:
        self.operand_shape, self.sizes, self.window_out, self.window = operand_shape, sizes, window_out, window
        self.indexed, self.batch, self.out_ndim = indexed, batch, out_ndim
        self.batch_out = [d for d in range(out_ndim) if d not in window_out]

    def _along(self, array: np.ndarray, dims: list[int]) -> np.ndarray:
        shape = [1] * self.out_ndim
        for size, d in zip(array.shape, dims, strict=True):
            shape[d] = size
        return array.reshape(shape)

    def positions(self, indices: np.ndarray, clip: bool) -> tuple[list[np.ndarray], np.ndarray]:
        """One index array per operand dimension, and which windows lie inside."""
        starts: list[Any] = [0] * len(self.operand_shape)
        inside = np.ones((), bool)
        for k, d in enumerate(self.indexed):
            start = self._along(indices[..., k].astype(np.int64), self.batch_out)
            last = self.operand_shape[d] - self.sizes[d]
            inside = inside & (start >= 0) & (start <= last)
            starts[d] = np.clip(start, 0, max(last, 0)) if clip else start
        for operand_dim, index_dim in self.batch:
            line = np.arange(self.operand_shape[operand_dim])
            starts[operand_dim] = self._along(line, [self.batch_out[index_dim]])
        for d, out in zip(self.window, self.window_out, strict=True):
            starts[d] = starts[d] + self._along(np.arange(self.sizes[d]), [out])
        return [np.asarray(s) for s in starts], inside

    def window_at(self, indices: Any, clip: bool) -> tuple | None:
        """Of one single index the window's slices; None where it lies outside. No arrays of positions are made."""
        (dim,) = self.indexed
        start, last = indices.item(), self.operand_shape[dim] - self.sizes[dim]
        if not 0 <= start <= last:
            if not clip:
                return None
            start = min(max(start, 0), max(last, 0))
        return (slice(None),) * dim + (slice(start, start + self.sizes[dim]),)

    @property
    def has_whole_windows(self) -> bool:
        """Whether slices are as long as the operand but where the only index number says where they begin."""
        others = [d for d in range(len(self.sizes)) if d not in self.indexed]
        return len(self.indexed) == 1 and all(self.sizes[d] == self.operand_shape[d] for d in others)


def _batch_pairs(operand_dims: Any, index_dims: Any, indices_ndim: int) -> tuple:
    return tuple((o, i) for o, i in zip(operand_dims, index_dims, strict=True))


def gather(params: dict, eqn: Any) -> Callable:
    numbers, sizes = params["dimension_numbers"], tuple(params["slice_sizes"])
    operand, out = eqn.invars[0].aval, eqn.outvars[0].aval
    dropped = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    window = [d for d in range(operand.ndim) if d not in dropped]
    batch = _batch_pairs(numbers.operand_batching_dims, numbers.start_indices_batching_dims, eqn.invars[1].aval.ndim)
    grid = _Grid(operand.shape, sizes, numbers.offset_dims, window, numbers.start_index_map, batch, out.ndim)
    fills = "FILL" in str(params["mode"]).upper()
    fill = params.get("fill_value")
    if fill is None:
        fill = (
            np.nan
            if out.dtype.kind in "fcV"
            else (
                np.iinfo(out.dtype).min
                if out.dtype.kind == "i"
                else np.iinfo(out.dtype).max
                if out.dtype.kind == "u"
                else True
            )
        )

    nothing = np.full(out.shape, fill if fills else 0, out.dtype) if math.prod(out.shape) <= 4096 else None
    if math.prod(eqn.invars[1].aval.shape) == 1 and grid.has_whole_windows and nothing is not None and operand.size:

        def run_single(x: Any, indices: Any) -> Any:
            window = grid.window_at(indices, not fills)
            return nothing if window is None else x[window].reshape(out.shape)

        return run_single

    def run(x: Any, indices: Any) -> Any:
        if not x.size:
            return np.full(out.shape, fill if fills else 0, out.dtype)
        positions, inside = grid.positions(np.asarray(indices), True)
        taken = np.broadcast_to(x[tuple(positions)], out.shape)
        if fills and not inside.all():
            taken = np.where(np.broadcast_to(inside, out.shape), taken, np.asarray(fill, out.dtype))
        return taken

    return run


def _scatter(combine: Any) -> Maker:
    def make(params: dict, eqn: Any) -> Callable:
        numbers = params["dimension_numbers"]
        operand, updates = eqn.invars[0].aval, eqn.invars[2].aval
        dropped = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
        window = [d for d in range(operand.ndim) if d not in dropped]
        sizes = [1] * operand.ndim
        for d, u in zip(window, numbers.update_window_dims, strict=True):
            sizes[d] = updates.shape[u]
        batch = _batch_pairs(
            numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, eqn.invars[1].aval.ndim
        )
        grid = _Grid(
            operand.shape,
            tuple(sizes),
            numbers.update_window_dims,
            window,
            numbers.scatter_dims_to_operand_dims,
            batch,
            updates.ndim,
        )
        clips = "CLIP" in str(params["mode"]).upper()

        if math.prod(eqn.invars[1].aval.shape) == 1 and grid.has_whole_windows and operand.size and updates.size:

            def run_single(x: Any, indices: Any, update: Any) -> Any:
                out = np.array(x)
                window = grid.window_at(indices, clips)
                if window is not None:
                    part = out[window]
                    update = update.reshape(part.shape)
                    part[...] = update if combine is None else combine(part, update)
                return out

            return run_single

        def run(x: Any, indices: Any, update: Any) -> Any:
            out = np.array(x)
            if not update.size or not out.size:
                return out
            positions, inside = grid.positions(np.asarray(indices), clips)
            positions = [np.broadcast_to(p, update.shape) for p in positions]
            if not clips and not inside.all():
                keep = np.broadcast_to(inside, update.shape)
                positions, update = [p[keep] for p in positions], update[keep]
            if combine is None:
                out[tuple(positions)] = update
            else:
                combine.at(out, tuple(positions), update)
            return out

        return run

    return make


INDEXING: dict[str, Maker] = {
    "gather": gather,
    "scatter": _scatter(None),
    "scatter-add": _scatter(np.add),
    "scatter_add": _scatter(np.add),
    "scatter-mul": _scatter(np.multiply),
    "scatter_mul": _scatter(np.multiply),
    "scatter-min": _scatter(np.minimum),
    "scatter_min": _scatter(np.minimum),
    "scatter-max": _scatter(np.maximum),
    "scatter_max": _scatter(np.maximum),
}
