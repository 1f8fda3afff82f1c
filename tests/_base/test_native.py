"""The hot path in C does what its twins in Python do."""

import os
import random
import subprocess
import sys

import pytest

import jaxtorch as torch
from jaxtorch._autograd import backward, tape
from jaxtorch._base.native import hot
from jaxtorch._engine import program, recorder, segments
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.chain import Link

needs_native = pytest.mark.skipif(hot is None, reason="built without a C compiler")

SCRIPT = """
import jaxtorch as torch
from jaxtorch._base.native import hot
x = torch.arange(6.0).view(2, 3).requires_grad_()
y = ((x.t() @ x).relu() * x.sum() - x[0]).exp().clamp(max=4.0).sum()
y.backward()
print(hot is None, y.item(), x.grad.tolist())
"""


MASK = torch.tensor([[True, False, True]])


def _graph(seed: int) -> list:
    """Tensors of a random graph of views, products, copies and calls with several outputs, some of them dropped."""
    draw = random.Random(seed)
    made = [torch.randn(3, 3, requires_grad=draw.random() < 0.7) for _ in range(3)]
    steps = [
        lambda a, b: a + b,
        lambda a, b: a * b,
        lambda a, b: a.t(),
        lambda a, b: a @ b,
        lambda a, b: a.exp(),
        lambda a, b: torch.stack([a, b, a]).sum(0),
        lambda a, b: torch.where(a > b, a, b),
        lambda a, b: a.sort(1)[0],
        lambda a, b: torch.linalg.qr(a)[1],
        lambda a, b: a.softmax(0) * 2.5,
        lambda a, b: a.detach().mul_(b.detach()),
    ]
    for _ in range(25):
        made.append(draw.choice(steps)(draw.choice(made), draw.choice(made)))
        if draw.random() < 0.3:
            made.pop(draw.randrange(3, len(made)))
    return made


@needs_native
def test_every_class_and_function_is_handed_over():
    assert hot.missing() == []


def test_the_switch_chooses_the_twins():
    seen = {}
    for choice in "01":
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=os.environ | {"JAXTORCH_NATIVE": choice}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        without, seen[choice] = done.stdout.split(maxsplit=1)
        assert without == str(choice == "0" or hot is None)
    assert seen["0"] == seen["1"]


@needs_native
@pytest.mark.parametrize("seed", range(8))
def test_surveys_agree(seed):
    kept = _graph(seed)
    batch = list(recorder._local.state.pending)
    assert batch and kept
    key, leaves, outputs = program._survey(batch)
    uses = [leaf.uses for leaf in leaves]
    again = hot.survey(batch)
    assert key == again[0]
    assert all(a is b for a, b in zip(leaves, again[1], strict=True)) and uses == [leaf.uses for leaf in leaves]
    assert all(a is b for a, b in zip(outputs, again[2], strict=True))
    assert len(outputs) < sum(len(r.outs or (r,)) for r in batch)  # some results are dead


@needs_native
@pytest.mark.parametrize("seed", range(8))
def test_walks_agree(seed):
    made = [t for t in _graph(seed) if t.requires_grad and t.grad_fn is not None]
    found = {}
    for native in (True, False):
        walk = backward._Walk(False, None)
        roots = [t._node for t in made]
        nodes = hot.reachable(walk.leaves, roots) if native else backward._reachable(walk, roots)
        found[native] = nodes, {i: (id(e[0]), e[2]) for i, e in walk.leaves.items()}
    assert found[True] == found[False] and found[True][0]


@needs_native
@pytest.mark.parametrize(
    "call",
    [
        lambda t, a, b, v: t.binary(TABLE["mul"], a, b),
        lambda t, a, b, v: t.binary(TABLE["add"], a.detach(), b),
        lambda t, a, b, v: t.binary(TABLE["add"], v, v),
        lambda t, a, b, v: t.unary(TABLE["exp"], a),
        lambda t, a, b, v: t.unary(TABLE["sin"], v),
        lambda t, a, b, v: t.apply(TABLE["where"], [MASK, a, b]),
        lambda t, a, b, v: t.apply(TABLE["clamp"], [a, 0.5]),
    ],
)
def test_nodes_agree(call):
    class Twins:
        unary, binary, apply = tape._unary, tape._binary, tape._apply

    a, b = torch.randn(3, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
    v = a.t()
    native, twin = call(tape, a, b, v), call(Twins, a, b, v)
    assert native._rg == twin._rg and native._aval is twin._aval and native._strides == twin._strides
    x, y = native._node, twin._node
    assert x.call is y.call and [s is None for s in x.saved] == [s is None for s in y.saved]
    assert [type(e) for e in x.edges] == [type(e) for e in y.edges] and x.name() == y.name()
    for mine, its in zip(x.versions, y.versions, strict=True):
        # Its own storage and node, or an input's, which both share.
        assert mine is its or (mine is x and its is y) or (mine is native._storage and its is twin._storage)
    assert x.seq < y.seq and torch.equal(native, twin)


@needs_native
def test_releases_agree():
    for release in (segments._release, hot.release):
        kept = _graph(1)
        batch = list(recorder._local.state.pending)
        torch.engine.flush()
        release(batch)
        assert kept and all(r.args is None and (r.outs is not None or r.call is None) for r in batch)


@needs_native
def test_attention_calls_for_the_twins(monkeypatch):
    a = torch.randn(3, requires_grad=True)
    seen = []
    hot.configure(binary=lambda *args: seen.append("twin") or tape._binary(*args))
    try:
        hot.attention(1)
        b = a * a
        hot.attention(-1)
        c = a * a
    finally:
        hot.configure(binary=tape._binary)
    assert seen == ["twin"] and torch.equal(b, c)


@needs_native
def test_what_is_no_value_and_tensors_without_storage_are_refused():
    call = recorder.find_call(TABLE["exp"], (), None, (torch.ones(2)._storage.value,))
    with pytest.raises(TypeError, match="is no Value"):
        hot.record(call, (torch.ones(2),))
    with pytest.raises(TypeError):
        hot.record(object(), ())
    with pytest.raises(AttributeError):
        torch.ones(2) + object.__new__(torch.Tensor)


def _seen(out):
    view, node = out._view, out._node
    edges = node and [type(e).__name__ for e in node.edges]
    last = node and (node.name(), edges, [v is None for v in node.saved])
    state = (view.chain, view.links, view.offset, view.tracked, view.name, view.stamp, view.value is not None)
    return (out._aval, out._strides, out._rg, out._vc is out._storage, state, last)


@needs_native
@pytest.mark.parametrize("grad", [True, False])
def test_views_agree(grad):
    x = torch.arange(24.0).view(2, 3, 4).clone().requires_grad_()
    view, permuted = Link(TABLE["_view"], ((6, 4),), None), Link(TABLE["_permute"], ((1, 0),), None)
    row = Link(TABLE["_basic_index"], ((("select",), ("keep",)),), (2,))
    made = []
    for function in (tape._view_of, tape.view_of):
        with torch.set_grad_enabled(grad):
            for source in (x, x.detach(), x * 2, (torch.arange(24) + 0).view(2, 3, 4)):
                first = function(source, (view,), None, 0, "ViewBackward0")
                second = function(first, (permuted,), (1, 4), 0, "PermuteBackward0")
                third = function(second, (row,), (4,), 2, "SelectBackward0")
                several = function(source, (view, row), None, 8, "SelectBackward0")
                assert third._view.base is first._view.base and third._storage is source._storage
                made.append([_seen(v) for v in (first, second, third, several)])
                made.append([third.tolist(), several.tolist()])
    assert made[: len(made) // 2] == made[len(made) // 2 :]
