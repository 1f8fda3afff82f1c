"""Packed and padded sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch.nn._root import torch

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpad_sequence",
    "pack_sequence",
    "unpack_sequence",
]


class PackedSequence_(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


def bind(optional: Any, fn: Callable) -> Any:
    """`fn` of something that may be None."""
    return None if optional is None else fn(optional)


class PackedSequence(PackedSequence_):
    """Sequences of different lengths without padding, time step by time step: see `pack_padded_sequence`.

    `batch_sizes[t]` sequences are longer than t. The longest comes first; `sorted_indices` led to that order.
    """

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> Any:
        if batch_sizes is None:  # (data, batch_sizes) in one, as older checkpoints have it
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be "
                "created manually. "
                "They should be instantiated by functions like pack_sequence and pack_padded_sequences in "
                "nn.utils.rnn. https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def pin_memory(self) -> Any:
        """The sequence itself; memory is never pinned."""
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """The sequence in another dtype or on another device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        move = lambda t: t.to(data.device)  # noqa: E731
        return type(self)(data, self.batch_sizes, bind(self.sorted_indices, move), bind(self.unsorted_indices, move))

    def cuda(self, *args: Any, **kwargs: Any) -> Any:
        """The sequence on a GPU."""
        return self.to(*(args or ("cuda",)), **kwargs)

    def cpu(self, *args: Any, **kwargs: Any) -> Any:
        """The sequence on the CPU."""
        return self.to("cpu", *args, **kwargs)

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """False: memory is never pinned."""
        return False


def _cast_method(name: str, dtype: dtypes.dtype) -> Any:
    def method(self: PackedSequence) -> Any:
        return self.to(dtype=dtype)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`to({dtype})`."
    return method


for _name, _dtype in (
    ("double", dtypes.float64),
    ("float", dtypes.float32),
    ("half", dtypes.float16),
    ("long", dtypes.int64),
    ("int", dtypes.int32),
    ("short", dtypes.int16),
    ("char", dtypes.int8),
    ("byte", dtypes.uint8),
):
    setattr(PackedSequence, _name, _cast_method(_name, _dtype))


def _index(array: np.ndarray, device: Any) -> Any:
    return from_array(np.ascontiguousarray(array, np.int64), dtypes.int64, device)


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes another."""
    if permutation is None:
        return None
    inverse = np.empty(permutation.numel(), np.int64)
    inverse[host_array(permutation)] = np.arange(permutation.numel())
    return _index(inverse, permutation.device)


def _lengths(lengths: Any) -> np.ndarray:
    return np.array(host_array(lengths) if isinstance(lengths, Variable) else lengths, np.int64)


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences (T, B, ...), or (B, T, ...) with `batch_first`.

    With `enforce_sorted` they must come longest first; else they are sorted. Lengths are read on the host.
    """
    sizes = _lengths(lengths)
    sorted_indices = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        sorted_indices = _index(order, input.device)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    if batch_first:
        input = input.transpose(0, 1)
    _check_lengths(input, sizes)
    steps, batch = int(sizes[0]), input.size(1)
    batch_sizes = (sizes[None, :] > np.arange(steps)[:, None]).sum(1)
    rows = np.concatenate([t * batch + np.arange(n) for t, n in enumerate(batch_sizes)])
    flat = input.reshape(input.size(0) * batch, *input.shape[2:])
    data = flat.index_select(0, _index(rows, input.device))
    return PackedSequence(data, _index(batch_sizes, CPU), sorted_indices)


def _check_lengths(input: Any, sizes: np.ndarray) -> None:
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if sizes.shape != (input.size(1),):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.size} (batch_size={input.size(1)})"
        )
    if sizes[-1] <= 0 or (sizes <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if (sizes[1:] > sizes[:-1]).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can "
            "pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
            "requirement if you do not need ONNX exportability."
        )
    if sizes[0] > input.size(0):
        raise RuntimeError(
            f"Expected `lengths` to be at most the size of the time dimension, but got {sizes[0]} > {input.size(0)}"
        )


def _padded(sequence: Any, padding_value: float, length: int) -> tuple[Any, np.ndarray]:
    """A packed sequence's data as (length, B, ...), and the lengths, both in sorted order."""
    batch_sizes = np.array(host_array(sequence.batch_sizes))
    data, batch = sequence.data, int(batch_sizes[0])
    # Row 0 is the padding; the others are the data's.
    rows = np.zeros((length, batch), np.int64)
    start = 1
    for t, n in enumerate(batch_sizes):
        rows[t, :n] = np.arange(start, start + n)
        start += n
    filler = data.new_full((1, *data.shape[1:]), padding_value)
    flat = torch.cat([filler, data]).index_select(0, _index(rows.reshape(-1), data.device))
    lengths = (batch_sizes[:, None] > np.arange(batch)[None, :]).sum(0)
    return flat.reshape(length, batch, *data.shape[1:]), lengths


def pad_packed_sequence(
    sequence: Any, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The padded sequences of a packed one, and their lengths."""
    length = sequence.batch_sizes.size(0)
    if total_length is not None:
        if total_length < length:
            raise ValueError(
                f"Expected total_length to be at least the length of the longest sequence in input, but "
                f"got total_length={total_length} and max sequence length being {length}"
            )
        length = total_length
    padded, sizes = _padded(sequence, padding_value, length)
    if batch_first:
        padded = padded.transpose(0, 1)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(0 if batch_first else 1, sequence.unsorted_indices)
        sizes = sizes[np.array(host_array(sequence.unsorted_indices))]
    return padded, from_array(np.ascontiguousarray(sizes, np.int64), dtypes.int64)


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Sequences (L_i, ...) stacked to (T, B, ...), or (B, T, ...) with `batch_first`, padded to the longest."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    items = list(sequences)
    if not items:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    rest = tuple(items[0].shape[1:])
    length = max(s.size(0) for s in items)
    padded = []
    for s in items:
        if tuple(s.shape[1:]) != rest:
            raise RuntimeError(
                f"The size of tensor a ({length}) must match the size of tensor b ({s.size(0)}) at "
                f"non-singleton dimension 1"
            )
        missing = length - s.size(0)
        if missing:
            filler = s.new_full((missing, *rest), padding_value)
            s = torch.cat([s, filler] if padding_side == "right" else [filler, s])
        padded.append(s)
    return torch.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The list of sequences behind padded ones (T, B, ...)."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [padded_sequences[i, :n] for i, n in enumerate(_lengths(lengths).tolist())]


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences (L_i, ...)."""
    sequences = list(sequences)
    lengths = [v.size(0) for v in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: Any) -> list[Any]:
    """The list of sequences behind a packed one."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
