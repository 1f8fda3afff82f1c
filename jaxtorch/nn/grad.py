"""Gradients of convolutions with respect to input and weight, as functions."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.grad_mode import enable_grad
from jaxtorch._tensor.gradients import grad
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._ops import table


def _gradient(name: str, input: Any, weight: Any, grad_output: Any, options: tuple, of_input: bool) -> Any:
    with enable_grad():
        input, weight = input.detach(), weight.detach()
        wanted = (input if of_input else weight).requires_grad_()
        out = getattr(table, name)(input, weight, None, *options)
        return grad(out, wanted, grad_output)[0]


def _of_input(n: int) -> Any:
    def function(
        input_size: Any,
        weight: Any,
        grad_output: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        input = torch.zeros(tuple(input_size), dtype=grad_output.dtype, device=grad_output.device)
        return _gradient(f"conv{n}d", input, weight, grad_output, (stride, padding, dilation, groups), True)

    function.__name__ = function.__qualname__ = f"conv{n}d_input"
    function.__doc__ = f"The gradient of conv{n}d with respect to its input."
    return function


def _of_weight(n: int) -> Any:
    def function(
        input: Any,
        weight_size: Any,
        grad_output: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        weight = torch.zeros(tuple(weight_size), dtype=grad_output.dtype, device=grad_output.device)
        return _gradient(f"conv{n}d", input, weight, grad_output, (stride, padding, dilation, groups), False)

    function.__name__ = function.__qualname__ = f"conv{n}d_weight"
    function.__doc__ = f"The gradient of conv{n}d with respect to its weight."
    return function


conv1d_input, conv2d_input, conv3d_input = _of_input(1), _of_input(2), _of_input(3)
conv1d_weight, conv2d_weight, conv3d_weight = _of_weight(1), _of_weight(2), _of_weight(3)
