"""Batches put together on the host.

A batch of rows of data that exists is gathered by NumPy: one array enters the step's program, in place of a record for
each row and one for the stack. Whatever does not qualify (gradients, accelerators, values still to be computed) gives
None and takes the general way.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.devices import CPU
from jaxtorch._engine.recorder import force
from jaxtorch._storage.host import shared_array
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.tensor import Tensor


def stack(batch: Any) -> Any:
    """`torch.stack(batch)` of plain tensors, or None."""
    first = batch[0]
    aval = first._aval
    if aval.device is not CPU or aval.dtype.numpy_dtype.kind == "V":
        return None
    arrays = []
    for x in batch:
        if not isinstance(x, Variable) or x._aval is not aval or x._rg:
            return None
        array = memory(x)
        if array is None:
            return None
        arrays.append(array)
    return from_array(np.stack(arrays), aval.dtype)


def rows(tensor: Any, indices: list[int]) -> Any:
    """The rows at `indices` of a tensor as a new tensor, or None."""
    aval = tensor._aval
    if type(tensor) is not Tensor or tensor._rg or aval.device is not CPU or aval.dtype.numpy_dtype.kind == "V":
        return None
    storage = tensor._storage
    if shared_array(storage) is None and storage.value.data is None and not aval.traced:
        force(storage.value)  # a dataset computed by recorded operations: run them once
    array = memory(tensor)
    return None if array is None else from_array(array[np.asarray(indices, np.int64)], aval.dtype)


def memory(x: Any) -> Any:
    """The elements of a CPU tensor as a NumPy array on its memory, to be read only; None where there are none yet."""
    storage = x._storage
    root = shared_array(storage)
    if root is None:
        data = storage.value.data
        if data is None or storage.strides is not None or isinstance(data, jax.core.Tracer):
            return None
        root = data if type(data) is np.ndarray else np.asarray(data)
    if x._view is None:
        return root
    aval = x._aval
    if not root.flags.c_contiguous or root.dtype != aval.dtype.numpy_dtype:
        return None
    item = aval.dtype.itemsize
    strides = tuple([s * item for s in view_methods.strides(x)])
    return np.ndarray(tuple(aval.shape), root.dtype, root, view_methods.offset(x) * item, strides)
