"""A compiled function has the function's derivative, and compiled training steps train."""

import pytest

import jaxtorch as torch
from jaxtorch import nn
from tests.compiler.comparing import CALLS, same

F = nn.functional
scale = 2.0


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


# How many calls are captured at least; those that are not in it run as they are.
CAPTURED = {
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
AS_IT_IS = [
    differentiates_a_checkpoint,
    nests,
    raises_inside,
]


@pytest.mark.parametrize("program", [*CAPTURED, *AS_IT_IS], ids=lambda p: p.__name__)
def test_equals_eager(program):
    same(program, CAPTURED.get(program))
