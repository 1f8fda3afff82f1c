"""What may be asked of `torch.compile`: options, modes and `fullgraph`."""

import gc
import re
import time

import pytest

import jaxtorch as torch
from jaxtorch._dynamo.exc import InvalidBackend, Unsupported
from jaxtorch._engine import program
from jaxtorch._engine.config import config
from tests.compiler.comparing import CALLS


@torch.compiler.disable
def outside(x):
    return x + 1


def branch(x):
    if x.sum() > 0:
        return x + 1
    return x


def show(x):
    print("shown")
    return x + 1


def clock(x):
    return x * time.time()


def kept_out(x):
    return outside(x) * 2


def broken(x):
    torch._dynamo.graph_break()
    return x + 1


def listed(x):
    return x.tolist()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (branch, "Data-dependent branching"),
        (show, "Failed to trace builtin operator"),
        (clock, "Attempted to call function marked as skipped"),
        (kept_out, "Skip calling `torch.compiler.disable()`d function"),
        (broken, "Call to `torch._dynamo.graph_break()`"),
        (listed, "Tensor.tolist() with non-integer tensor"),
    ],
)
def test_fullgraph_raises_where_pytorch_breaks_its_graph(function, message):
    whole = torch.compile(function, fullgraph=True)
    for _ in range(CALLS):
        with pytest.raises(Unsupported, match=f"^{re.escape(message)}\n"):
            whole(torch.ones(3))
    torch.compile(function)(torch.ones(3))


def test_a_branch_is_seen_after_some_class_has_overridden_functions():
    class Own(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return super().__torch_function__(func, types, args, kwargs or {})

    assert bool(torch.ones(1).as_subclass(Own))
    with pytest.raises(Unsupported, match="^Data-dependent branching\n"):
        torch.compile(branch, fullgraph=True)(torch.ones(3))


def assertion(x):
    assert x.sum() > 0
    return x + 1


@pytest.mark.parametrize(
    "function",
    [
        assertion,
        lambda x: x * x.sum().item(),
        lambda x: x * float(x.sum()),
        lambda x: x[x > 0],
        lambda x: torch.tensor([1, 2]).tolist(),
    ],
)
def test_fullgraph_lets_calls_run_that_pytorch_captures(function):
    whole = torch.compile(function, fullgraph=True)
    for _ in range(CALLS):
        found, expected = whole(torch.ones(3)), function(torch.ones(3))
        assert found == expected if isinstance(found, list) else torch.equal(found, expected)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"options": {"foo": 1}}, RuntimeError, "Unexpected optimization option foo, known options are"),
        ({"options": {"xla_foo": 1}}, RuntimeError, "Unexpected optimization option xla_foo, known options are"),
        ({"options": {"max_autotune": "x"}}, RuntimeError, "Unexpected type of attr max_autotune, got str should be"),
        ({"mode": "foo"}, RuntimeError, "Unrecognized mode=foo, should be one of: default"),
        ({"mode": "default", "options": {}}, RuntimeError, "Either mode or options can be specified"),
        ({"backend": "foo"}, InvalidBackend, "Invalid backend: 'foo', see"),
    ],
)  # fmt: skip
def test_unknown_requests_raise(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        torch.compile(lambda x: x, **arguments)
    with pytest.raises(error, match=re.escape(message)):
        torch.nn.Linear(2, 2).compile(**arguments)


def test_known_options_are_accepted():
    torch.compile(lambda x: x, options={"max-autotune": True, "triton.cudagraphs": True}, dynamic=True)
    torch.compile(lambda x: x, mode="reduce-overhead", backend="eager")


def test_flags_of_xla_reach_the_compiler(monkeypatch):
    monkeypatch.setattr(config, "host_times", 0)
    seen = []
    jit = program.jax.jit

    def watching(*args, **kwargs):
        seen.append(kwargs.get("compiler_options"))
        return jit(*args, **kwargs)

    fast = torch.compile(lambda x: (x @ x).tanh().sum(0), options={"xla_cpu_enable_fast_math": True})
    plain = torch.compile(lambda x: (x @ x).tanh().sum(0))
    monkeypatch.setattr(program.jax, "jit", watching)
    x = torch.ones(256, 256)
    for function, given in ((fast, True), (plain, False)):
        seen.clear()
        for _ in range(CALLS):
            out = function(x)
            torch.engine.flush()
        assert torch.equal(out, torch.full((256,), 256.0))
        assert any("xla_cpu_enable_fast_math" in (options or {}) for options in seen) == given


def test_what_a_first_call_imports_does_not_keep_it_from_being_captured(tmp_path, monkeypatch):
    (tmp_path / "imported_by_a_compiled_function.py").write_text("print('imported')\nNUMBER = 2.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    torch.engine.reset()

    @torch.compile(fullgraph=True)
    def scaled(x):
        import imported_by_a_compiled_function as module  # noqa: PLC0415

        return x * module.NUMBER

    for _ in range(CALLS):
        assert scaled(torch.ones(2)).tolist() == [2.0, 2.0]
    assert [c.outcome for c in torch.engine.explain().captures] == ["captured"]


def test_the_collector_and_its_callbacks_are_no_part_of_a_call():
    def callback(phase, info):
        time.perf_counter()

    @torch.compile(fullgraph=True)
    def function(x):
        cycles = []
        for _ in range(2000):
            cycles.append([])
            cycles[-1].append(cycles[-1])
        return x + 1

    gc.callbacks.append(callback)
    try:
        for _ in range(4):
            assert function(torch.ones(2)).tolist() == [2, 2]
    finally:
        gc.callbacks.remove(callback)
    assert gc.isenabled()
