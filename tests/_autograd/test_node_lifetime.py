"""Nodes go when nobody refers to them, without the garbage collector's help."""

import gc
import weakref

import pytest

import jaxtorch as torch


@pytest.mark.parametrize(
    "function",
    [
        torch.tanh,
        lambda x: torch.softmax(x, 0),
        lambda x: x.max(0),
        lambda x: torch.div(x, x),
        lambda x: x * x,
        lambda x: torch.cumprod(x, 0),
        torch.Tensor.clone,
    ],
)
def test_node_of_a_dropped_result(function):
    x = torch.ones(3, requires_grad=True)
    gc.disable()
    try:
        result = function(x)
        first = result[0] if isinstance(result, tuple) else result
        node = weakref.ref(first.grad_fn)
        del result, first
        assert node() is None
    finally:
        gc.enable()
