"""`torch.compile`: what it gives back, what it tells, when it stops capturing."""

import copy
import logging
import pickle

import pytest

import jaxtorch as torch
from jaxtorch import nn


@pytest.fixture(autouse=True)
def fresh():
    torch._dynamo.reset()  # imports it too
    torch.engine.reset()


def outcomes():
    return [c.outcome for c in torch.engine.explain().captures]


def calls(f, *args, times=4):
    return [f(*args) for _ in range(times)][-1]


def test_replaying_records_one_call():
    model = nn.Sequential(*[nn.Linear(4, 4) for _ in range(8)])
    compiled, x = torch.compile(model), torch.ones(2, 4)
    calls(compiled, x)
    torch.engine.flush()
    torch.engine.reset()
    y = compiled(x)
    y.tolist()
    assert torch.engine.explain().records == 1
    assert torch.allclose(y, model(x))


def test_a_replayed_training_step_runs_one_program():
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters())

    @torch.compile
    def step(x):
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss

    x = torch.rand(2, 3)
    for _ in range(12):
        step(x).item()
    torch.engine.reset()
    for _ in range(5):
        step(x).item()
    seen = torch.engine.explain()
    assert (seen.flushes, seen.records, seen.programs) == (5, 5, 0)


def test_another_learning_rate_compiles_nothing():
    w = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)

    @torch.compile
    def step():
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()

    for rate in (0.1, 0.2, 0.3):
        optimizer.param_groups[0]["lr"] = rate
        for _ in range(20):
            step()
            w.tolist()
        if rate == 0.2:  # by then the steps that are watched have been compiled too
            torch.engine.reset()
    assert torch.engine.explain().programs == 0
    assert outcomes().count("captured") == 1


def test_why_a_call_is_captured_anew():
    model = nn.Dropout()
    compiled = torch.compile(model)
    calls(compiled, torch.ones(2))
    model.eval()
    calls(compiled, torch.ones(2))
    assert outcomes() == ["captured", "captured anew: Dropout.training changed", "captured"]


@pytest.mark.parametrize(
    "function, reason",
    [
        (lambda x: x * x.sum().item(), "a value is read"),
        (lambda x: print(end="") or x, "builtins.print was called in <lambda>"),
        (lambda x: torch._dynamo.graph_break() or x + 1, "graph_break() was called"),
        (torch.compiler.disable(lambda x: x + 1), "<lambda> is kept out of it"),
        (lambda x: {1, x}, "a set is returned"),
    ],
)
def test_why_a_call_runs_as_it_is(function, reason):
    compiled = torch.compile(function)
    for _ in range(5):
        compiled(torch.ones(2))
    assert outcomes() == [f"run as it is: {reason}"] * 3  # then it is not tried again


def test_too_many_kinds_of_calls_are_told_once(caplog):
    compiled = torch.compile(lambda x, n: x * n)
    with torch._dynamo.config.patch(recompile_limit=2), caplog.at_level(logging.WARNING):
        for n in range(2, 8):
            assert calls(compiled, torch.ones(1), n).item() == n
    assert torch._dynamo.config.recompile_limit == 8
    assert [r.getMessage().splitlines()[0] for r in caplog.records] == ["torch._dynamo hit config.recompile_limit (2)"]
    assert outcomes().count("captured") == 2


def test_double_backward_says_what_pytorch_says():
    compiled = torch.compile(lambda x: (x**3).sum())
    x = torch.ones(2, requires_grad=True)
    calls(compiled, x)
    with pytest.raises(RuntimeError, match="does not currently support double backward"):
        torch.autograd.grad(compiled(x), x, create_graph=True)


def test_the_node_of_a_replayed_call():
    compiled = torch.compile(lambda x, y: (x * 2, y * 3, x.detach() + 1))
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    a, b, c = calls(compiled, x, y)
    assert a.grad_fn.name() == "CompiledFunctionBackward" and not c.requires_grad
    a.sum().backward()
    assert x.grad.tolist() == [2, 2] and y.grad is None  # as in eager code: no path leads there
    b.sum().backward()
    assert y.grad.tolist() == [3, 3]


def test_is_compiling_while_a_call_is_captured():
    seen = []
    compiled = torch.compile(lambda x: seen.append(torch.compiler.is_compiling()) or x + 1)
    compiled(torch.ones(1))
    assert seen == [True] and not torch.compiler.is_compiling()


def test_stances():
    count = []
    compiled = torch.compile(lambda x: count.append(1) or x)
    with torch.compiler.set_stance("force_eager"):
        calls(compiled, torch.ones(1))
    assert len(count) == 4 and outcomes() == []
    with pytest.raises(RuntimeError, match="invalid torch.compile stance"):
        torch.compiler.set_stance("never")


def test_copies_capture_for_themselves():
    compiled = torch.compile(nn.Linear(2, 2))
    x = torch.ones(1, 2)
    calls(compiled, x)
    for other in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):
        with torch.no_grad():
            other.weight.fill_(3)
            other.bias.zero_()
        assert calls(other, x).tolist() == [[6, 6]]
    assert compiled(x).tolist() != [[6, 6]]


def test_compile_of_a_module_in_place():
    model = nn.Linear(2, 2)
    model.compile()
    calls(model, torch.ones(1, 2))
    assert outcomes() == ["captured"]
    with torch.no_grad():
        model.weight.fill_(3)
        model.bias.zero_()
    assert model(torch.ones(1, 2)).tolist() == [[6, 6]]
    assert copy.deepcopy(model)(torch.ones(1, 2)).tolist() == [[6, 6]]


def test_a_method_as_a_decorator():
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @torch.compile
        def scale(self, x):
            return x * self.factor

    two, three = Scaler(2), Scaler(3)
    assert [calls(s.scale, torch.ones(1)).item() for s in (two, three, two)] == [2, 3, 2]
    two.factor = 5
    assert two.scale(torch.ones(1)).item() == 5


def test_index_checks_of_replayed_calls():
    table = nn.Embedding(4, 2)
    compiled = torch.compile(table)
    calls(compiled, torch.tensor([0, 3]))
    with pytest.raises(IndexError, match="index out of range in self"):
        compiled(torch.tensor([0, 4])).tolist()


def test_calls_within_vmap_and_grad():
    compiled = torch.compile(lambda x: (x**2).sum())
    calls(compiled, torch.ones(2))
    assert torch.vmap(compiled)(torch.ones(3, 2)).tolist() == [2, 2, 2]
    assert torch.func.grad(compiled)(torch.ones(2)).tolist() == [2, 2]


def test_gradients_that_take_no_part_are_no_guard():
    model = nn.Linear(2, 2)
    compiled = torch.compile(model)
    for _ in range(3):
        for _ in range(4):
            compiled(torch.ones(1, 2)).sum().backward()
        model.zero_grad()
    assert outcomes() == ["captured"]


def test_classes_that_say_they_are_torchs():
    model = nn.Linear(2, 2)
    named = type("Named", (nn.Linear,), {"__module__": "torch.nn.modules.linear"})(2, 2)
    for m in (model, named):
        calls(torch.compile(m.__call__), torch.ones(1, 2))
    assert outcomes() == ["captured", "captured"]
