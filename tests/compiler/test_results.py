"""A compiled function gives back what the function does: the same objects, views, containers, strides."""

import collections
import dataclasses
from collections import OrderedDict

import pytest

import jaxtorch as torch
from jaxtorch import nn
from tests.compiler.comparing import CALLS, same


class Output(OrderedDict):
    pass


@dataclasses.dataclass
class Pair:
    first: torch.Tensor
    second: object = None


class Cache:
    def __init__(self, layers):
        self.layers = layers


kept = Cache([])


def returns_objects(compile):
    f = compile(lambda x: (Pair(x * 2, 3), Cache([x + 1, {"k": Pair(x)}]), Output(a=x - 1), Point(x, x / 2)))
    for i in range(CALLS):
        pair, cache, output, point = f(torch.full((2,), float(i)))
        yield vars(pair), cache.layers[0], cache.layers[1]["k"].first, dict(output), type(point).__name__, tuple(point)


def returns_an_object_that_was_there(compile):
    f = compile(lambda x: (x + 1, kept))
    for _ in range(CALLS):
        yield f(torch.ones(1))[1] is kept


Point = collections.namedtuple("Point", "x y")


def returns_what_it_is_given(compile):
    f = compile(lambda x: (x, x.view(4), x.detach(), x[1:], 3))
    for _ in range(CALLS):
        x = torch.zeros(4)
        same_, view, detached, part, _ = f(x)
        view[0], detached[1], part[2] = 1, 2, 3
        yield same_ is x, x, part


def returns_one_tensor_twice(compile):
    def program(x):
        y = x + 1
        return y, y, {"again": y}

    f = compile(program)
    for _ in range(CALLS):
        a, b, c = f(torch.zeros(2))
        a[0] = 9
        yield a is b, c["again"] is a, b


def returns_views_of_one_tensor(compile):
    def program(x):
        y = x + 1
        return y[0], y

    f = compile(program)
    for _ in range(CALLS):
        a, b = f(torch.zeros(2, 2))
        a.fill_(9)
        yield b


def returns_a_constant(compile):
    f = compile(lambda x: (torch.tensor([1.0, 2.0]), torch.zeros(2), torch.arange(3)))
    for _ in range(CALLS):
        a, b, c = f(torch.ones(1))
        yield a, b, c
        a.add_(1)
        b.add_(1)
        c.add_(1)


def returns_other_strides(compile):
    f = compile(lambda x: ((x + 1).t(), x.t() * 2))
    for _ in range(CALLS):
        yield f(torch.ones(2, 3))


def returns_a_module_attribute(compile):
    model = nn.Linear(2, 2)
    model.forward = lambda x: (model.weight, x @ model.weight)
    f = compile(model)
    for _ in range(CALLS):
        w, y = f(torch.ones(1, 2))
        yield w is model.weight, y


# How many calls are captured at least; those that are not in it run as they are.
CAPTURED = {
    returns_objects: 1,
    returns_what_it_is_given: 1,
    returns_one_tensor_twice: 1,
    returns_a_constant: 1,
    returns_other_strides: 1,
    returns_a_module_attribute: 1,
}
AS_IT_IS = [
    returns_an_object_that_was_there,
    returns_views_of_one_tensor,
]


@pytest.mark.parametrize("program", [*CAPTURED, *AS_IT_IS], ids=lambda p: p.__name__)
def test_equals_eager(program):
    same(program, CAPTURED.get(program))
