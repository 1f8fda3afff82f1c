"""Collectives among one process: every result is the process's own contribution."""

from __future__ import annotations

import copy
from typing import Any

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._autograd.variable import Variable
from jaxtorch.distributed._group import default, outside
from jaxtorch.distributed._reduce_op import ReduceOp


class Work:
    """A collective under way; it is done when the call returns."""

    def __init__(self, result: Any = None) -> None:
        self._result = [] if result is None else [result]

    def wait(self, timeout: Any = None) -> bool:
        """Block until it is done."""
        return True

    def is_completed(self) -> bool:
        """Whether it is done."""
        return True

    def is_success(self) -> bool:
        """Whether it has worked."""
        return True

    def exception(self) -> None:
        """What it has raised: nothing."""

    def result(self) -> list:
        """Its tensors."""
        return self._result

    def synchronize(self) -> None:
        """Let later work wait for it."""


def _tensor(value: Any, name: str) -> None:
    if not isinstance(value, Variable):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n             "
                        f"but got {type(value)} instead.")  # fmt: skip


def _tensors(values: Any, name: str) -> None:
    if not isinstance(values, list) or not all(isinstance(v, Variable) for v in values):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n"
                        f"             but got {type(values)} with elements of type "
                        f"{[type(v) for v in values] if isinstance(values, list) else None}.")  # fmt: skip


def _done(async_op: bool, result: Any = None) -> Work | None:
    return Work(result) if async_op else None


def _copy(target: Any, source: Any) -> None:
    with no_grad():
        target.copy_(source.reshape(target.shape))


def _one(values: list, name: str) -> Any:
    if len(values) != 1:
        raise ValueError(f"{name} should have one tensor for each of the 1 processes, but has {len(values)}")
    return values[0]


def _root(rank: int | None, group_rank: int | None, operation: str) -> None:
    root = rank if rank is not None else group_rank or 0
    if root != 0:
        raise RuntimeError(f"ProcessGroupGloo::{operation}: invalid root rank: {root}")


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Reduce a tensor over all processes, in place."""
    _tensor(tensor, "tensor")
    return None if outside(group) else _done(async_op, tensor)


def all_reduce_coalesced(tensors: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Any:
    """Reduce several tensors over all processes, in place."""
    tensors = [tensors] if isinstance(tensors, Variable) else tensors
    _tensors(tensors, "tensor")
    return None if outside(group) else _done(async_op)


def reduce(
    tensor: Any,
    dst: int | None = None,
    op: Any = ReduceOp.SUM,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Reduce a tensor to one process, in place."""
    _tensor(tensor, "tensor")
    if outside(group):
        return None
    _root(dst, group_dst, "reduce")
    return _done(async_op, tensor)


def broadcast(
    tensor: Any, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """Copy a process's tensor to all others."""
    _tensor(tensor, "tensor")
    if outside(group):
        return None
    _root(src, group_src, "broadcast")
    return _done(async_op, tensor)


def all_gather(tensor_list: Any, tensor: Any, group: Any = None, async_op: bool = False) -> Work | None:
    """Collect every process's tensor in a list."""
    _tensors(tensor_list, "tensor_list")
    _tensor(tensor, "tensor")
    if outside(group):
        return None
    _copy(_one(tensor_list, "tensor_list"), tensor)
    return _done(async_op)


def all_gather_into_tensor(output_tensor: Any, input_tensor: Any, group: Any = None, async_op: bool = False) -> Any:
    """Collect every process's tensor in one."""
    _tensor(input_tensor, "input_tensor")
    _tensor(output_tensor, "output_tensor")
    if outside(group):
        return None
    _copy(output_tensor, input_tensor)
    return _done(async_op)


def gather(
    tensor: Any,
    gather_list: Any = None,
    dst: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Collect every process's tensor at one of them."""
    _tensor(tensor, "tensor")
    if outside(group):
        return None
    _root(dst, group_dst, "gather")
    if not gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    _copy(_one(gather_list, "gather_list"), tensor)
    return _done(async_op)


def scatter(
    tensor: Any,
    scatter_list: Any = None,
    src: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Give each process its tensor of a list."""
    _tensor(tensor, "tensor")
    if outside(group):
        return None
    _root(src, group_src, "scatter")
    if not scatter_list:
        raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
    _copy(tensor, _one(scatter_list, "scatter_list"))
    return _done(async_op)


def reduce_scatter(output: Any, input_list: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False):
    """Reduce a list of tensors and give each process its own."""
    _tensor(output, "output")
    _tensors(input_list, "input_list")
    if outside(group):
        return None
    _copy(output, _one(input_list, "input_list"))
    return _done(async_op)


def reduce_scatter_tensor(output: Any, input: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False):
    """Reduce a tensor and give each process its share."""
    _tensor(output, "output")
    _tensor(input, "input")
    if outside(group):
        return None
    _copy(output, input)
    return _done(async_op)


def all_to_all(output_tensor_list: Any, input_tensor_list: Any, group: Any = None, async_op: bool = False) -> Any:
    """Send every process its tensor of a list."""
    _tensors(output_tensor_list, "output_tensor_list")
    _tensors(input_tensor_list, "input_tensor_list")
    if outside(group):
        return None
    _copy(_one(output_tensor_list, "output_tensor_list"), _one(input_tensor_list, "input_tensor_list"))
    return _done(async_op)


def all_to_all_single(
    output: Any,
    input: Any,
    output_split_sizes: Any = None,
    input_split_sizes: Any = None,
    group: Any = None,
    async_op: bool = False,
) -> Work | None:
    """Send every process its share of a tensor."""
    _tensor(output, "output")
    _tensor(input, "input")
    if outside(group):
        return None
    _copy(output, input)
    return _done(async_op)


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Wait until all processes are here."""
    return None if outside(group) else _done(async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """Wait until all processes are here, naming those that are not."""
    outside(group)


def all_gather_object(object_list: list, obj: Any, group: Any = None) -> None:
    """Collect every process's object in a list."""
    if not outside(group):
        object_list[0] = copy.deepcopy(obj)


def gather_object(
    obj: Any, object_gather_list: Any = None, dst: int | None = None, group: Any = None, group_dst: int | None = None
) -> None:
    """Collect every process's object at one of them."""
    if outside(group):
        return
    _root(dst, group_dst, "gather")
    if not object_gather_list:
        raise ValueError("Argument ``object_gather_list`` must be specified on destination rank.")
    object_gather_list[0] = copy.deepcopy(obj)


def broadcast_object_list(
    object_list: list, src: int | None = None, group: Any = None, device: Any = None, group_src: int | None = None
) -> None:
    """Copy a process's objects to all others."""
    if not outside(group):
        _root(src, group_src, "broadcast")


def scatter_object_list(
    scatter_object_output_list: list,
    scatter_object_input_list: Any = None,
    src: int | None = None,
    group: Any = None,
    group_src: int | None = None,
) -> None:
    """Give each process its object of a list."""
    if outside(group):
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    _root(src, group_src, "scatter")
    scatter_object_output_list[0] = copy.deepcopy(_one(scatter_object_input_list, "scatter_object_input_list"))


_NO_OTHER = "a world of one process has no other to exchange tensors with"


def send(tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None) -> None:
    """Send a tensor to another process; there is none."""
    default()
    raise ValueError(
        "Invalid destination rank: destination rank should not be the same as the rank of the current process."
    )


def recv(tensor: Any, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None) -> int:
    """Receive a tensor from another process; there is none."""
    default()
    raise RuntimeError(_NO_OTHER)


def isend(tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None) -> Work:
    """Send a tensor to another process without waiting; there is none."""
    default()
    raise RuntimeError(_NO_OTHER)


irecv = recv
