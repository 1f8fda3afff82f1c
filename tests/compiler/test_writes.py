"""A compiled function changes what the function changes: memory, buffers, Python state."""

import pytest

import jaxtorch as torch
from jaxtorch import nn
from tests.compiler.comparing import CALLS, same

scale = 2.0
log: list = []


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

    log.clear()
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


# How many calls are captured at least; those that are not in it run as they are.
CAPTURED = {
    writes_to_an_argument: 1,
    writes_to_shared_memory: 1,
    writes_through_a_view: 1,
    writes_buffers: 2,
    writes_buffers_twice_before_backward: 1,
    writes_to_what_backward_needs: 1,
    walks_twice: 1,
}
AS_IT_IS = [
    writes_a_counter,
    writes_a_list,
    writes_an_attribute,
    writes_a_global,
    prints,
    writes_into_arguments,
]


@pytest.mark.parametrize("program", [*CAPTURED, *AS_IT_IS], ids=lambda p: p.__name__)
def test_equals_eager(program):
    same(program, CAPTURED.get(program))
