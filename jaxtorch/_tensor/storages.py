"""Storages as objects: `UntypedStorage`, a block of bytes, and tensors laid over it.

They are handles: `tensor.untyped_storage()` makes a new one each time, and two of the same memory have equal `_cdata`.
A storage that a file or the user filled holds plain bytes; the first tensor laid over all of it gives it its shape and
dtype, so that a loaded tensor is as plain as a computed one.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxtorch._autograd import layout, tape, variable
from jaxtorch._autograd.variable import Variable, alias
from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU, META
from jaxtorch._base.devices import device as device_
from jaxtorch._base.modes import modes
from jaxtorch._base.sizes import contiguous_strides
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import leaf, meta
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.chain import Link
from jaxtorch._storage.host import HostStorage, lay_out, shared_array
from jaxtorch._storage.storage import Storage
from jaxtorch._tensor import sharing, view_methods
from jaxtorch._tensor.arguments import as_device
from jaxtorch._tensor.construct import array_value

_FRESH = "bytes"  # in `Storage.extra`: the device of plain bytes that no tensor has been laid over yet


class UntypedStorage:
    """A block of bytes under one or more tensors: `UntypedStorage(nbytes)`, `UntypedStorage([1, 2, 3])`."""

    def __init__(self, *args: Any, device: Any = None) -> None:
        given = args[0] if args else 0
        content = np.zeros(given, np.uint8) if isinstance(given, (int, np.integer)) else np.array(given, np.uint8)
        self._block = _fresh_block(content, CPU if device is None else as_device(device))

    _part: tuple[int, int] | None = None  # begin and end of a slice's bytes in the block

    @classmethod
    def _of_block(cls, block: Storage, part: tuple[int, int] | None = None) -> UntypedStorage:
        made = object.__new__(cls)
        made._block = block
        if part is not None:
            made._part = part
        return made

    @classmethod
    def _of_bytes(cls, content: np.ndarray, device: device_ = CPU) -> UntypedStorage:
        """A storage over a byte array that nobody else writes to."""
        return cls._of_block(_fresh_block(content, device))

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The bytes of a file, mapped into memory and read when needed; `shared` writes go to the file, which grows."""
        if not shared:
            made = cls._of_bytes(np.memmap(filename, np.uint8, "c", shape=(nbytes,)))
        else:
            made = cls._of_block(sharing.block_of_file(filename, nbytes))
            made._block.extra["filename"] = os.fspath(filename)
        return made

    @classmethod
    def from_buffer(
        cls, buffer: Any, byte_order: str = "native", count: int = -1, offset: int = 0, *, dtype: Any = dtypes.uint8
    ) -> UntypedStorage:
        """A copy of elements of `dtype` in a buffer, from its byte order ("native", "little", "big")."""
        if dtype is dtypes.bool_:
            content = np.frombuffer(buffer, np.uint8, count, offset).astype(bool)
        else:
            content = np.frombuffer(buffer, dtype.numpy_dtype, count, offset)
        content = np.array(content.byteswap() if byte_order not in ("native", sys.byteorder) else content)
        return cls._of_bytes(content.view(np.uint8))

    # ----- What it is -----

    def nbytes(self) -> int:
        """The number of bytes."""
        if self._part is not None:
            return self._part[1] - self._part[0]
        aval = self._block.value.aval
        return aval.numel * aval.dtype.itemsize

    size = __len__ = nbytes

    @property
    def device(self) -> device_:
        """Where the bytes lie."""
        return (self._block.extra or {}).get(_FRESH) or self._block.value.aval.device

    @property
    def is_cuda(self) -> bool:
        """Whether the bytes lie on a GPU."""
        return self.device.type == "cuda"

    is_sparse = is_sparse_csr = is_hpu = False

    @property
    def _cdata(self) -> int:
        return self._block.address()

    def data_ptr(self) -> int:
        """Where the bytes lie; on the CPU memory there holds them as of this call."""
        begin = self._part[0] if self._part is not None else 0
        return lay_out(self._block) + begin if self.nbytes() and self.device != META else 0

    def element_size(self) -> int:
        """1: the elements are bytes."""
        return 1

    def get_device(self) -> int:
        """The index of the accelerator, -1 on CPU."""
        return -1 if self.device.type == "cpu" else self.device.index or 0

    def is_pinned(self, device: Any = None) -> bool:
        """False: memory is never pinned."""
        return False

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes."""
        return sharing.is_shared(self._block)

    def share_memory_(self) -> UntypedStorage:
        """Move the memory to where other processes can share it."""
        if self.device == META:
            raise RuntimeError("_share_fd_cpu_: only available on CPU")
        sharing.share_block(self._block)
        return self

    def resizable(self) -> bool:
        """Whether `resize_` works: not where others look at the memory too."""
        return self._part is None and shared_array(self._block) is None

    @property
    def filename(self) -> str | None:
        """The file that writes go to, if there is one."""
        return (self._block.extra or {}).get("filename")

    # ----- Content -----

    def _bytes(self) -> np.ndarray:
        """The content in memory order; not to be written to."""
        array = np.asarray(force(self._block.value))
        if self._block.strides is not None:
            array = np.transpose(array, np.argsort([-s for s in self._block.strides], kind="stable"))
        content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        return content if self._part is None else content[slice(*self._part)]

    def _tensor(self, dtype: dtypes.dtype = dtypes.uint8) -> Any:
        """A flat tensor over all elements."""
        count = self.nbytes() // dtype.itemsize
        return tensor_over(self, dtype, 0, (count,), (1,))

    def tolist(self) -> list[int]:
        """The bytes as a list of ints."""
        self._check_content()
        return self._bytes().tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def _check_content(self) -> None:
        if self.device == META:
            raise NotImplementedError("Not available for 'meta' device type")

    def __getitem__(self, index: Any) -> Any:
        self._check_content()
        if isinstance(index, slice):
            begin, end, step = index.indices(len(self))
            if step != 1:
                raise RuntimeError(f"Trying to slice with a step of {step}, but only a step of 1 is supported")
            first = self._part[0] if self._part is not None else 0
            return UntypedStorage._of_block(self._block, (first + begin, first + max(begin, end)))
        return int(self._bytes()[self._index(index)])

    def _index(self, index: Any) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return index

    def __setitem__(self, index: Any, value: Any) -> None:
        with no_grad():
            self._tensor()[index if isinstance(index, slice) else self._index(index)] = value

    def fill_(self, value: int) -> UntypedStorage:
        """Set every byte."""
        with no_grad():
            self._tensor().fill_(value)
        return self

    def copy_(self, source: UntypedStorage, non_blocking: bool | None = None) -> UntypedStorage:
        """Take over the bytes of another storage of the same size."""
        if source.nbytes() != self.nbytes():
            raise RuntimeError(f"size mismatch, got {source.nbytes()} bytes for a storage of {self.nbytes()}")
        with no_grad():
            self._tensor().copy_(source._tensor().to(self.device))
        return self

    def resize_(self, size: int) -> UntypedStorage:
        """Give the storage `size` bytes; new ones are zero. Tensors over it must not reach beyond its end."""
        if not self.resizable():
            raise RuntimeError("Trying to resize storage that is not resizable")
        if self.device is META:
            self._block.value = meta((size,), dtypes.uint8)
            return self
        content = np.zeros(size, np.uint8)
        kept = self._bytes()[:size]
        content[: kept.size] = kept
        fresh = _fresh_block(content, self.device)
        self._block.value, self._block.strides = fresh.value, None
        self._block.stamp += 1
        self._block.extra = {**(self._block.extra or {}), **(fresh.extra or {})}
        return self

    def byteswap(self, dtype: dtypes.dtype) -> None:
        """Reverse the bytes of every element of `dtype`."""
        size = dtype.itemsize // (2 if dtype.is_complex else 1)
        self.copy_(UntypedStorage._of_bytes(np.ascontiguousarray(self._bytes().reshape(-1, size)[:, ::-1]).reshape(-1)))

    # ----- Copies -----

    def clone(self) -> UntypedStorage:
        """A copy."""
        if self._part is not None:
            return UntypedStorage._of_bytes(self._bytes().copy(), self.device)
        return UntypedStorage._of_block(copy_block(self._block))

    def __copy__(self) -> UntypedStorage:
        return self.clone()

    def __deepcopy__(self, memo: dict) -> UntypedStorage:
        return UntypedStorage._of_block(deepcopy_block(self._block, memo), self._part)

    def __reduce__(self) -> tuple:
        return storage_from_bytes, (self._bytes().tobytes(),)

    def to(self, *, device: Any, non_blocking: bool = False) -> UntypedStorage:
        """The bytes on another device; itself when they are there already."""
        dev = as_device(device)
        if dev == self.device:
            return self
        if dev is META:
            return UntypedStorage._of_block(Storage(meta((self.nbytes(),), dtypes.uint8)))
        return UntypedStorage._of_bytes(self._bytes(), dev)

    def cpu(self) -> UntypedStorage:
        """The bytes on the CPU."""
        return self.to(device=CPU)

    def cuda(self, device: Any = None, non_blocking: bool = False) -> UntypedStorage:
        """The bytes on a GPU."""
        return self.to(device="cuda:0" if device is None else f"cuda:{device}" if isinstance(device, int) else device)

    def untyped(self) -> UntypedStorage:
        """Itself."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other._block is self._block and other._part == self._part

    def __hash__(self) -> int:
        return hash(id(self._block))

    def __repr__(self) -> str:
        tail = f"[torch.storage.UntypedStorage(device={self.device}) of size {len(self)}]"
        return f"...\n{tail}" if self.device.type == "meta" else "\n".join([*[f" {x}" for x in self], tail])

    __str__ = __repr__


def storage_from_bytes(content: bytes) -> UntypedStorage:
    return UntypedStorage._of_bytes(np.frombuffer(bytearray(content), np.uint8))


def _fresh_block(content: np.ndarray, device: device_) -> Storage:
    if device is META:
        return Storage(meta((content.size,), dtypes.uint8))
    block = Storage(leaf(content, dtypes.uint8, CPU))
    block.extra = {_FRESH: device}
    return block


def copy_block(block: Storage) -> Storage:
    """A storage of its own with the same content; values are immutable, so nothing is copied yet."""
    made = Storage(block.value)
    made.strides = block.strides
    if block.extra and _FRESH in block.extra:
        made.extra = {_FRESH: block.extra[_FRESH]}
    return made


def deepcopy_block(block: Storage, memo: dict) -> Storage:
    """The copy of a storage within one `copy.deepcopy`, which keeps what is shared shared."""
    copies = memo.setdefault("torch", {})
    if id(block) not in copies:
        copies[id(block)] = copy_block(block)
        memo[id(copies[id(block)])] = block  # keeps the original, and with it its id, alive
    return copies[id(block)]


class no_grad:
    def __enter__(self) -> None:
        self.before, modes.grad = modes.grad, False

    def __exit__(self, *exc: Any) -> None:
        modes.grad = self.before


# ----- Tensors over storages -----


def on_block(block: Storage, cls: type | None = None) -> Any:
    """The root tensor of a storage: all of it, in the shape it was made with."""
    out: Any = object.__new__(cls or variable._tensor_class)
    out._storage = out._vc = block
    out._aval, out._strides = block.value.aval, block.strides
    out._view = out._node = out._meta = None
    out._rg = False
    return out


def tensor_over(storage: UntypedStorage, dtype: dtypes.dtype, offset: int, size: Any, stride: Any) -> Any:
    """A tensor without history over a storage, of the given metadata (in elements of `dtype`)."""
    block, size, stride = storage._block, tuple(size), tuple(stride)
    part = storage._part
    if block.extra and _FRESH in block.extra:
        whole = (dtypes.uint8, 0, (block.value.aval.numel,), (1,))
        _settle(block, *((dtype, offset, size, stride) if part is None else whole))
    root = on_block(block)
    if part is None and (
        root._aval.dtype is dtype
        and offset == 0
        and tuple(root._aval.shape) == size
        and (root._strides or contiguous_strides(size)) == stride
    ):
        return root
    item = dtype.itemsize
    needed = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1 if math.prod(size) else 0
    if needed * item > storage.nbytes():
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {item} "
            f"requiring a storage size of {needed * item} are out of bounds for storage of size "
            f"{storage.nbytes()}"
        )
    links = [Link(TABLE["_memory"], (block.strides or contiguous_strides(root._aval.shape),), None)]
    held = root._aval.dtype
    if part is not None:
        links.append(Link(TABLE["_view_dtype"], (dtypes.uint8,), None))
        links.append(Link(TABLE["_as_strided"], ((storage.nbytes() // item * item,), (1,), part[0]), None))
        held = dtypes.uint8
    if held is not dtype:
        links.append(Link(TABLE["_view_dtype"], (dtype,), None))
    links.append(Link(TABLE["_as_strided"], (size, stride, offset), None))
    return alias(tape.view_of(root, tuple(links), view_methods.normal(size, stride), offset, "AsStridedBackward0"))


def _settle(block: Storage, dtype: dtypes.dtype, offset: int, size: tuple, stride: tuple) -> None:
    """Give plain bytes a dtype, and the shape of the first tensor over them if it covers them all."""
    device = block.extra.pop(_FRESH)
    if isinstance(block, HostStorage):
        return  # the bytes lie where others look at them
    content = np.asarray(block.value.data)
    if content.size % dtype.itemsize:
        dtype, size, stride, offset = dtypes.uint8, (content.size,), (1,), 0
    array = content.view(dtype.numpy_dtype)
    block.strides = None
    if offset == 0 and math.prod(size) == array.size and layout.is_dense(size, stride):
        normal = view_methods.normal(size, stride)
        if normal is None:
            array = array.reshape(size)
        else:
            array = np.lib.stride_tricks.as_strided(array, size, [s * dtype.itemsize for s in stride])
            block.strides = normal
    block.value = array_value(array, dtype, device)


def set_bytes(storage: UntypedStorage, content: np.ndarray) -> None:
    """Replace all bytes of a storage, keeping the shape and dtype it has by now."""
    block = storage._block
    if storage.device is META:
        return
    if block.extra and _FRESH in block.extra:
        block.value = leaf(content, dtypes.uint8, CPU)
        return
    aval, item = block.value.aval, block.value.aval.dtype.itemsize
    array = content.view(aval.dtype.numpy_dtype)
    if block.strides is None:
        array = array.reshape(tuple(aval.shape))
    else:
        array = np.lib.stride_tricks.as_strided(array, tuple(aval.shape), [s * item for s in block.strides])
    block.value = array_value(array, aval.dtype, aval.device)
    block.stamp += 1


def storage_of(x: Variable) -> UntypedStorage:
    """The storage of a tensor."""
    return UntypedStorage._of_block(x._storage)
