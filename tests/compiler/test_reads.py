"""A compiled function goes by what it reads: arguments, globals, closures, attributes, modes, random numbers."""

import datetime
import functools
import operator
import os
import random

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from tests.compiler.comparing import CALLS, same

F = nn.functional
scale = 2.0
weight = torch.ones(3)


def reads_arguments(compile):
    f = compile(lambda x, y, n=2: (x * y + n, x - y))
    for i in range(CALLS):
        yield f(torch.full((3,), float(i)), torch.ones(3))
    for i in range(CALLS):
        yield f(torch.full((2, 2), float(i)), torch.ones(2, 2), n=3)
    for i in range(CALLS):
        yield f(torch.full((3,), i), torch.ones(3), n=0.5)


def reads_containers(compile):
    f = compile(lambda xs, d: {"sum": xs[0] + xs[1], "all": [d["a"] * 2, (d["b"],)]})
    for i in range(CALLS):
        yield f([torch.ones(2) * i, torch.ones(2)], {"a": torch.ones(1) * i, "b": i > 3})


def reads_a_changed_global(compile):
    global scale
    f = compile(lambda x: x * scale)
    for i in range(2 * CALLS):
        scale = 2.0 if i < CALLS else 3.0
        yield f(torch.ones(2))
    scale = 2.0


def reads_a_global_tensor(compile):
    global weight
    f = compile(lambda x: x * weight)
    for i in range(3 * CALLS):
        if i == CALLS:
            weight = torch.full((3,), 5.0)
        if i > 2 * CALLS:
            weight.add_(1)
        yield f(torch.ones(3))
    weight = torch.ones(3)


def reads_a_closure(compile):
    factor, tensor = 1, torch.ones(2)
    f = compile(lambda x: x * factor + tensor)
    for i in range(2 * CALLS):
        factor = 1 + i // CALLS
        if i == 4:
            tensor = torch.zeros(2)
        yield f(torch.ones(2))


def reads_attributes(compile):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.gain, self.names = nn.Linear(2, 2), 1.0, ["a"]
            self.config = type("Config", (), {"shift": 1})()

        def forward(self, x):
            return self.linear(x) * self.gain + self.config.shift + len(self.names)

    model = Model()
    f = compile(model)
    for i in range(6 * CALLS):
        if i == CALLS:
            model.gain = 2.0
        if i == 2 * CALLS:
            model.config.shift = 5
        if i == 3 * CALLS:
            model.names.append("b")
        if i == 4 * CALLS:
            model.linear = nn.Linear(2, 2)
        if i == 5 * CALLS:
            model.linear.weight.requires_grad_(False)
        yield f(torch.ones(1, 2))


def reads_attributes_by_computed_names(compile):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor1, self.factor2 = 1.0, 2.0

        def forward(self, x):
            return sum(getattr(self, f"factor{i}") * x for i in (1, 2))

    model = Model()
    f = compile(model)
    for i in range(2 * CALLS):
        if i == CALLS:
            model.factor2 = 7.0
        yield f(torch.ones(2))


def reads_attributes_by_paths(compile):
    class Config:
        gain = 1.0

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.config = Config()
            self.config.gain = 1.0
            self.path = "config gain"

        def forward(self, x):
            gain = functools.reduce(getattr, self.path.split(), self)
            return x * gain * operator.attrgetter("config.gain")(self)

    model = Model()
    f = compile(model)
    for i in range(2 * CALLS):
        model.config.gain = 1.0 if i < CALLS else 4.0
        yield f(torch.ones(2))


def reads_class_attributes_by_computed_names(compile):
    class Thing:
        gain1 = 2.0

        def f(self, x):
            return x * getattr(type(self), f"gain{1}")

    f = compile(Thing().f)
    for i in range(2 * CALLS):
        Thing.gain1 = 2.0 if i < CALLS else 3.0
        yield f(torch.ones(2))


def reads_the_environment(compile):
    f = compile(lambda x: x * float(os.environ.get("JAXTORCH_TEST_GAIN", "1")))
    for i in range(2 * CALLS):
        if i == CALLS:
            os.environ["JAXTORCH_TEST_GAIN"] = "3"
        yield f(torch.ones(2))
    del os.environ["JAXTORCH_TEST_GAIN"]


def reads_the_time(compile):
    f = compile(lambda x: x + (datetime.datetime.now().year > 2000))
    for _ in range(CALLS):
        yield f(torch.ones(2))


def reads_defaults_and_methods(compile):
    class Thing:
        def __init__(self):
            self.k = 3

        def f(self, x, n=2):
            return x * self.k + n

    thing = Thing()
    f = compile(thing.f)
    for i in range(3 * CALLS):
        if i == CALLS:
            thing.k = 4
        if i == 2 * CALLS:
            Thing.f.__defaults__ = (9,)
        yield f(torch.ones(2))


def reads_parameters_that_change(compile):
    model = nn.Linear(2, 1)
    f = compile(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(3 * CALLS):
        if i == CALLS:
            model.weight.data = torch.ones(1, 2)
        if i == 2 * CALLS:
            model.load_state_dict({"weight": torch.zeros(1, 2), "bias": torch.ones(1)})
        loss = f(torch.ones(4, 2)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss, model.weight, model.weight.grad


def reads_a_branch(compile):
    f = compile(lambda x, flag: x + 1 if flag else x - 1)
    for i in range(2 * CALLS):
        yield f(torch.ones(2), i % 3 == 0)


def reads_modes(compile):
    f = compile(lambda x: (x * 2).requires_grad)
    x = torch.ones(2, requires_grad=True)
    for i in range(2 * CALLS):
        with torch.set_grad_enabled(i % 2 == 0):
            yield f(x)


def reads_the_default_dtype(compile):
    f = compile(lambda x: x + torch.ones(2))
    for i in range(2 * CALLS):
        torch.set_default_dtype(torch.float64 if i >= CALLS else torch.float32)
        yield f(torch.ones(2, dtype=torch.int64))
    torch.set_default_dtype(torch.float32)


def reads_autocast(compile):
    f = compile(nn.Linear(2, 2))
    for i in range(2 * CALLS):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=i >= CALLS):
            yield f(torch.ones(1, 2))


def reads_numpy_memory(compile):
    array = np.zeros(3, np.float32)
    x = torch.from_numpy(array)
    f = compile(lambda y: x + y)
    for i in range(2 * CALLS):
        array[0] = i
        yield f(x)


def reads_values(compile):
    f = compile(lambda x: x * 2 if x.sum() > 3 else x * x.sum().item())
    for i in range(CALLS):
        yield f(torch.full((2,), float(i)))


def reads_small_whole_numbers(compile):
    f = compile(lambda x, i: x[i] + i)
    for i in range(CALLS):
        yield f(torch.arange(10.0), torch.tensor(i))


def reads_random_numbers(compile):
    f = compile(lambda x: F.dropout(x) + torch.rand(3) + torch.randn_like(x))
    for i in range(2 * CALLS):
        if i == CALLS:
            torch.manual_seed(7)
        yield f(torch.ones(3))


def reads_a_generator(compile):
    g = torch.Generator().manual_seed(3)
    f = compile(lambda x: x + torch.randint(0, 9, (3,), generator=g))
    for _ in range(2 * CALLS):
        yield f(torch.ones(3))


def reads_pythons_random_numbers(compile):
    f = compile(lambda x: x * random.random())
    for _ in range(CALLS):
        yield f(torch.ones(2))


# How many calls are captured at least; those that are not in it run as they are.
CAPTURED = {
    reads_arguments: 2,
    reads_containers: 1,
    reads_a_changed_global: 2,
    reads_a_global_tensor: 2,
    reads_a_closure: 2,
    reads_attributes: 4,
    reads_attributes_by_computed_names: 2,
    reads_attributes_by_paths: 2,
    reads_class_attributes_by_computed_names: 2,
    reads_the_environment: 2,
    reads_defaults_and_methods: 2,
    reads_parameters_that_change: 1,
    reads_a_branch: 2,
    reads_modes: 2,
    reads_autocast: 2,
    reads_random_numbers: 1,
    reads_a_generator: 1,
}
AS_IT_IS = [
    reads_the_time,
    reads_the_default_dtype,
    reads_numpy_memory,
    reads_values,
    reads_small_whole_numbers,
    reads_pythons_random_numbers,
]


@pytest.mark.parametrize("program", [*CAPTURED, *AS_IT_IS], ids=lambda p: p.__name__)
def test_equals_eager(program):
    same(program, CAPTURED.get(program))
