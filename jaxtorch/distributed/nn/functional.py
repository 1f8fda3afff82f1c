"""Collectives that gradients flow through; among one process each is the identity."""

from __future__ import annotations

from typing import Any

from jaxtorch.distributed._group import default
from jaxtorch.distributed._reduce_op import ReduceOp


def _own(tensor: Any) -> Any:
    default()
    return tensor.clone()


def broadcast(tensor: Any, src: int, group: Any = None) -> Any:
    """A process's tensor, on all of them."""
    return _own(tensor)


def reduce(tensor: Any, dst: int, op: Any = ReduceOp.SUM, group: Any = None) -> Any:
    """The tensors of all processes reduced, on one of them."""
    return _own(tensor)


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None) -> Any:
    """The tensors of all processes reduced."""
    return _own(tensor)


def all_gather(tensor: Any, group: Any = None) -> tuple:
    """The tensors of all processes."""
    return (_own(tensor),)


def gather(tensor: Any, dst: int = 0, group: Any = None) -> tuple:
    """The tensors of all processes, on one of them."""
    return (_own(tensor),)


def scatter(tensors: Any, src: int = 0, group: Any = None) -> Any:
    """This process's tensor of a list."""
    return _own(tensors[0])


def reduce_scatter(output: Any, input_list: Any, op: Any = ReduceOp.SUM, group: Any = None) -> Any:
    """This process's tensor of the lists of all processes reduced."""
    return _own(input_list[0])


def all_to_all(output_tensor_list: Any, input_tensor_list: Any, group: Any = None) -> tuple:
    """The tensors that all processes have for this one."""
    return (_own(input_tensor_list[0]),)


def all_to_all_single(
    output: Any, input: Any, output_split_sizes: Any = None, input_split_sizes: Any = None, group: Any = None
) -> Any:
    """The shares that all processes have for this one."""
    return _own(input)
