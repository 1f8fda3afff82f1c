"""A compiled function does what the function does: state read and written, shared memory, control flow."""

import collections
import dataclasses
import datetime
import functools
import operator
import os
import random
from collections import OrderedDict

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn

F = nn.functional
CALLS = 6
scale = 2.0
weight = torch.ones(3)
log: list = []


def plain(x):
    """A result as Python data, tensors with their strides and whether they require grad."""
    if isinstance(x, torch.Tensor):
        return x.detach().tolist(), tuple(x.shape), x.stride(), x.requires_grad, str(x.dtype)
    if isinstance(x, (list, tuple)):
        return type(x)(plain(y) for y in x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x


def run(program, compile):
    torch.compiler.reset()
    torch.manual_seed(0)
    random.seed(0)
    log.clear()
    torch.engine.reset()
    return [plain(x) for x in program(compile)]


def captured():
    return sum(c.outcome == "captured" for c in torch.engine.explain().captures)


def reasons():
    return [c.outcome for c in torch.engine.explain().captures if c.outcome != "captured"]


def close(a, b):
    """Equal but for the last digits of floats: a call that runs whole and one in pieces round at other places."""
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-5, abs=1e-7)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def same(program, captures=None):
    """Run a program with its functions as they are and compiled; `captures`: how many calls are captured at least."""
    expected = run(program, lambda f: f)
    found = run(program, torch.compile)
    assert close(found, expected), f"{found} is not {expected}"
    if captures is not None:
        assert captured() >= captures, reasons()


# ----- What is read -----


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


# ----- What is written -----


def writes_to_an_argument(compile):
    def program(x, y):
        x.add_(y)
        y[0] = 5
        return x * 2

    f = compile(program)
    x, y = torch.zeros(3), torch.ones(3)
    for _ in range(CALLS):
        yield f(x, y), x, y, x._version


def writes_to_shared_memory(compile):
    f = compile(lambda x, y: x.add_(1) * y)
    for i in range(3 * CALLS):
        base = torch.zeros(4)
        pairs = [(base, base), (base, base[:4]), (base, torch.zeros(4))]
        yield f(*pairs[i // CALLS]), base


def writes_through_a_view(compile):
    def program(x):
        x[1:].mul_(3)
        x.t()[0] += 1
        return x.sum()

    f = compile(program)
    x = torch.arange(6.0).view(3, 2)
    for _ in range(CALLS):
        yield f(x), x


def writes_buffers(compile):
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    f = compile(model)
    for i in range(3 * CALLS):
        model.train(i // CALLS != 1)
        yield f(torch.randn(5, 3)), *model[0].buffers()


def writes_buffers_twice_before_backward(compile):
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    f = compile(model)
    for _ in range(CALLS):
        (f(torch.randn(5, 3)) * f(torch.randn(5, 3))).sum().backward()
        yield model[0].weight.grad, *model[1].buffers()


def writes_to_what_backward_needs(compile):
    f = compile(lambda x, w: (x * w).sum())
    for i in range(2 * CALLS):
        x, w = torch.ones(2), torch.ones(2, requires_grad=True)
        loss = f(x, w)
        if i % 2:
            x.add_(1)
        try:
            loss.backward()
            yield w.grad
        except RuntimeError as error:
            yield str(error).partition(":")[0]


def walks_twice(compile):
    f = compile(lambda x: (x * x).sum())
    for i in range(2 * CALLS):
        x = torch.ones(2, requires_grad=True)
        loss = f(x)
        loss.backward(retain_graph=i % 2 == 0)
        try:
            loss.backward()
            yield x.grad
        except RuntimeError as error:
            yield str(error)


def writes_a_counter(compile):
    class Model(nn.Module):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    f = compile(Model())
    for _ in range(CALLS):
        yield f(torch.ones(1))


def writes_a_list(compile):
    def program(x):
        log.append(x.sum())
        return x

    f = compile(program)
    for i in range(CALLS):
        f(torch.full((2,), float(i)))
    yield list(log)


def writes_an_attribute(compile):
    class Model(nn.Module):
        last = None

        def forward(self, x):
            out = x * 2 if self.last is None else x + self.last
            self.last = out.detach()
            return out

    model = Model()
    f = compile(model)
    for i in range(CALLS):
        yield f(torch.full((2,), float(i))), model.last


def writes_a_global(compile):
    def program(x):
        global scale
        scale = scale + 1
        return x * scale

    global scale
    scale = 0.0
    f = compile(program)
    for _ in range(CALLS):
        yield f(torch.ones(1)), scale
    scale = 2.0


def prints(compile):
    def program(x):
        print("called")
        return x + 1

    f = compile(program)
    for _ in range(CALLS):
        yield f(torch.ones(1))


def writes_into_arguments(compile):
    def program(xs, d, x):
        xs.append(x + 1)
        d["n"] = len(xs)
        return x * d["n"]

    f = compile(program)
    xs, d = [], {}
    for _ in range(CALLS):
        yield f(xs, d, torch.ones(1)), xs, d


# ----- What is returned -----


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


# ----- Derivatives -----


def differentiates(compile):
    f = compile(lambda x, y: ((x * y).sum(), x.exp().mean()))
    for i in range(CALLS):
        x, y = torch.ones(3, requires_grad=True), torch.full((3,), 2.0, requires_grad=True)
        a, b = f(x, y * i)
        [a, b, a + b][i % 3].backward()
        yield x.grad, y.grad, a


def differentiates_through_what_came_before(compile):
    f = compile(lambda h, w: (h * w).sum())
    w = torch.ones(3, requires_grad=True)
    for _ in range(CALLS):
        f(w * 2, w).backward()
        yield w.grad


def differentiates_around_no_grad(compile):
    def program(x):
        with torch.no_grad():
            y = x * 2
        return (x * y).sum() + (x.detach() * x).sum()

    f = compile(program)
    for _ in range(CALLS):
        x = torch.ones(2, requires_grad=True)
        f(x).backward()
        yield x.grad


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x * scale  # not the derivative


def differentiates_functions(compile):
    global scale
    f = compile(lambda x: Double.apply(x).sum())
    for i in range(2 * CALLS):
        scale = 2.0 if i < CALLS else 5.0
        x = torch.full((2,), 3.0, requires_grad=True)
        f(x).backward()
        yield x.grad
    scale = 2.0


def differentiates_inside(compile):
    def program(x):
        y = (x**3).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        return (g**2).sum()

    f = compile(program)
    for _ in range(CALLS):
        x = torch.full((2,), 2.0, requires_grad=True)
        f(x).backward()
        yield x.grad


def differentiates_a_checkpoint(compile):
    model = nn.Linear(2, 2)
    f = compile(lambda x: torch.utils.checkpoint.checkpoint(model, x, use_reentrant=False).sum())
    for _ in range(CALLS):
        x = torch.ones(1, 2, requires_grad=True)
        f(x * 2).backward()
        yield x.grad, model.weight.grad


def accumulates_inside(compile):
    w = torch.ones(2, requires_grad=True)

    def program(x):
        loss = (w * x).sum()
        loss.backward()
        return loss.detach()

    f = compile(program)
    for i in range(3 * CALLS):
        if i == CALLS:
            w.grad = None
        yield f(torch.full((2,), float(i))), w.grad


def trains(compile):
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 4), nn.Dropout(0.3), nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)

    @compile
    def step(x, y):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    for _ in range(2 * CALLS):
        loss = step(torch.randn(5, 3), torch.randn(5, 1))
        scheduler.step()
        yield loss.item(), optimizer.param_groups[0]["lr"]
    yield list(model.parameters())


def runs_hooks(compile):
    model = nn.Linear(2, 2)
    f = compile(model)
    for i in range(3 * CALLS):
        if i == CALLS:
            handle = model.register_forward_hook(lambda m, a, out: out * 2)
            model.weight.register_hook(lambda g: g * 3)
        if i == 2 * CALLS:
            handle.remove()
        model.zero_grad()
        out = f(torch.ones(1, 2))
        out.sum().backward()
        yield out, model.weight.grad


def nests(compile):
    inner = compile(lambda x: x * scale)
    outer = compile(lambda x, n: inner(x) if n == 0 else outer(x, n - 1) + 1)
    for i in range(CALLS):
        yield outer(torch.ones(2), i % 3)


def raises_inside(compile):
    def program(x, table):
        if x.shape[0] == 3:
            raise ValueError("three")
        return table[x] * 2

    f = compile(program)
    for i in range(2 * CALLS):
        try:
            yield f(torch.full((1 + i % 3,), i), torch.arange(8.0))
        except (ValueError, IndexError) as error:
            yield type(error).__name__


def loops_over_a_generator(compile):
    def program(xs):
        return sum(y for y in (x * 2 for x in xs))

    f = compile(program)
    for i in range(CALLS):
        yield f([torch.ones(2) * i] * (1 + i % 2))


def unread_steps(compile):
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)

    @compile
    def step(x):
        optimizer.zero_grad()
        ((w - x) ** 2).sum().backward()
        optimizer.step()

    for _ in range(4 * CALLS):
        step(torch.zeros(2))
    yield w


def unread_steps_with_checks(compile):
    table = nn.Embedding(5, 2)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    f = compile(lambda i, t: F.cross_entropy(table(i * 1), t[i - i]))
    for _ in range(4 * CALLS):
        optimizer.zero_grad()
        f(torch.tensor([1, 2]), torch.tensor([0, 1])).backward()
        optimizer.step()
    yield table.weight


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
    writes_to_an_argument: 1,
    writes_to_shared_memory: 1,
    writes_through_a_view: 1,
    writes_buffers: 2,
    writes_buffers_twice_before_backward: 1,
    writes_to_what_backward_needs: 1,
    walks_twice: 1,
    returns_what_it_is_given: 1,
    returns_one_tensor_twice: 1,
    returns_objects: 1,
    returns_a_constant: 1,
    returns_other_strides: 1,
    returns_a_module_attribute: 1,
    differentiates: 1,
    differentiates_through_what_came_before: 1,
    differentiates_around_no_grad: 1,
    differentiates_functions: 2,
    differentiates_inside: 1,
    accumulates_inside: 1,
    trains: 1,
    runs_hooks: 1,
    loops_over_a_generator: 1,
    unread_steps: 1,
    unread_steps_with_checks: 1,
}
AS_IT_IS = {
    reads_numpy_memory,
    reads_values,
    reads_small_whole_numbers,
    reads_pythons_random_numbers,
    reads_the_default_dtype,
    writes_a_counter,
    writes_a_list,
    writes_an_attribute,
    writes_a_global,
    prints,
    reads_the_time,
    writes_into_arguments,
    returns_an_object_that_was_there,
    differentiates_a_checkpoint,
    returns_views_of_one_tensor,
    nests,
    raises_inside,
}


@pytest.mark.parametrize("program", [*CAPTURED, *sorted(AS_IT_IS, key=lambda p: p.__name__)], ids=lambda p: p.__name__)
def test_equals_eager(program):
    same(program, CAPTURED.get(program))
