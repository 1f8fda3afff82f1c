"""The engine: how many programs are compiled, values that are right whichever way they came, what it tells."""

import gc
import math
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import engine, nn
from jaxtorch._engine import calls, program, recorder, segments
from jaxtorch._engine.stats import stats as _stats

nothing_on_host = pytest.mark.usefixtures("no_host")


@pytest.fixture
def no_host(monkeypatch):
    """Compile at once what would run on NumPy the first times."""
    monkeypatch.setattr(engine.config, "host_times", 0)
    engine.flush()
    segments._plans.clear()
    engine.reset()


def programs():
    engine.flush()
    return engine.explain().programs


def small_model():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


def batch(n=6):
    return torch.randn(n, 4), torch.randint(0, 2, (n,))


# ----- How many programs -----


@nothing_on_host
def test_changing_numbers_compile_nothing():
    x = torch.ones(3)
    x.tolist()
    for i in range(5):
        (x * (i + 0.5) + i).tolist()
        if i == 0:
            first = programs()
    assert programs() == first


@pytest.mark.parametrize(
    "make",
    [
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
        lambda p, lr: torch.optim.Adam(p, lr=lr),
    ],
)
@nothing_on_host
def test_a_learning_rate_schedule_compiles_nothing(make):
    model = small_model()
    optimizer = make(model.parameters(), 0.1)
    x, y = batch()
    counts = []
    for step in range(8):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / (step + 1)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
        counts.append(programs())
    assert counts[2:] == [counts[2]] * 6, counts


@nothing_on_host
def test_a_loop_that_reads_nothing_is_cut_once_a_step():
    model = small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = batch()
    pending, flushes = [], []
    for _ in range(8):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        pending.append(recorder.pending_count())
        flushes.append(engine.explain().flushes)
    assert max(pending) <= 2 * pending[0] and pending[3:] == [pending[3]] * 5
    assert [b - a for a, b in zip(flushes[2:], flushes[3:], strict=False)] == [1] * 5
    count = engine.explain().programs
    assert count <= 4
    for p in model.parameters():
        assert torch.isfinite(p).all()


@nothing_on_host
def test_an_unread_loop_without_backward_is_bounded():
    x = torch.ones(2)
    for _ in range(3 * engine.config.segment):
        x = x * 1.0001 + 0.0
    assert recorder.pending_count() <= engine.config.segment
    assert engine.explain().flushes >= 2
    assert x.tolist() == pytest.approx([1.0001 ** (3 * engine.config.segment)] * 2, rel=1e-3)


@nothing_on_host
def test_unrolled_lengths_share_their_programs():
    cell = torch.ones(4, 4) * 0.1
    counts = []
    for length in range(60, 90):
        h = torch.zeros(2, 4)
        for t in range(length):
            h = torch.tanh(h @ cell + t / length)
        h.sum().item()
        counts.append(programs())
    assert counts[-1] <= 20, counts
    assert counts[-1] - counts[10] <= 6, counts  # lengths not seen before need next to nothing


# ----- Right values, whichever way -----


def _mixed(x, w):
    y = torch.tanh(x @ w).relu() + x.sum(1, keepdim=True)
    z = torch.softmax(y, -1) * y.mean() - (x**2).cumsum(0)[:, :1]
    return (z.t()[1:] * 2).clamp(-3, 3)


PROBLEMS = {
    "mixed": _mixed,
    "views": lambda x, w: x.t().reshape(-1)[::2].view(2, -1).flip(0) + w.diagonal().sum(),
    "norms": lambda x, w: nn.functional.layer_norm(x, (4,)) @ w.exp(),
    "indexing": lambda x, w: x[torch.tensor([0, 2, 2])] @ w[:, [1, 0]],
    "extremes": lambda x, w: x.max(1).values + w.min() + x.argmax(0).sum(),
    "sorting": lambda x, w: x.sort(1).values @ w.topk(2).values,
    "loss": lambda x, w: nn.functional.cross_entropy(x @ w, torch.tensor([0, 1, 3])),
    "half": lambda x, w: (x.half() @ w.half()).float().sigmoid(),
    "written": lambda x, w: x.clone().index_add_(0, torch.tensor([0, 0]), w[:2]).masked_fill(x > 0, 1.5),
    "where": lambda x, w: torch.where(x > 0, x, w[:3]) / (1 + w[:3].abs()),
    "conv": lambda x, w: nn.functional.conv1d(x[None], w[:, :3, None].expand(4, 3, 2)),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_host_and_xla_agree(name, monkeypatch):
    def both():
        segments._plans.clear()
        engine.reset()
        torch.manual_seed(3)
        x, w = torch.randn(3, 4, requires_grad=True), torch.randn(4, 4, requires_grad=True)
        y = PROBLEMS[name](x, w)
        grads = torch.autograd.grad(y.float().sum(), (x, w), allow_unused=True)
        return [None if t is None else t.detach().numpy().copy() for t in (y, *grads)], engine.explain()

    monkeypatch.setattr(engine.config, "host_times", 100)
    on_host, told = both()
    assert told.host_batches or name in ("conv", "views", "sorting")  # those have primitives that NumPy has not
    monkeypatch.setattr(engine.config, "host_times", 0)
    on_xla, told = both()
    assert told.programs + told.hits and not told.host_batches
    for a, b in zip(on_host, on_xla, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5 if name != "half" else 2e-3)


@nothing_on_host
def test_donation_leaves_held_values_alone(monkeypatch):
    monkeypatch.setattr(engine.config, "donate", 1)
    torch.manual_seed(0)
    p = torch.randn(300, 300)
    start = p.clone()
    held, arrays, expected = [], [], start.numpy().copy()
    for step in range(6):
        if step == 1:
            held.append(p.detach().clone())
        if step == 2:
            arrays.append((p.jax() if hasattr(p, "jax") else jnp.asarray(p.numpy()), expected.copy()))
        if step == 3:
            arrays.append((p.numpy().copy(), expected.copy()))
        with torch.no_grad():
            p.mul_(0.5).add_(1)
        expected = expected * np.float32(0.5) + np.float32(1)
        engine.flush()
    np.testing.assert_allclose(p.numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(held[0].numpy(), start.numpy() * 0.5 + 1, rtol=1e-5)
    for array, then in arrays:
        np.testing.assert_allclose(np.asarray(array), then, rtol=1e-5)


@nothing_on_host
def test_donation_happens(monkeypatch):
    monkeypatch.setattr(engine.config, "donate", 1)
    p = torch.ones(64, 64)
    p.mul_(2)
    engine.flush()
    before = p._storage.value.data
    p.mul_(2)
    engine.flush()
    del before
    for _ in range(3):
        p.mul_(2)
        engine.flush()
    assert p[0, 0].item() == 2**5
    assert any(key[1] for key in program._programs), "nothing was donated"


def test_other_threads_values():
    x = torch.ones(3) * 2  # pending here
    seen = {}

    def work():
        y = x + 1
        seen["read"] = y.tolist()
        seen["left"] = x * 10  # pending there

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seen["read"] == [3, 3, 3]
    assert (seen["left"] + 1).tolist() == [21, 21, 21]


def test_many_threads_training_at_once():
    results = [None] * 4

    def work(i):
        w = torch.full((8,), float(i), requires_grad=True)
        for _ in range(10):
            loss = (w * w).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.25 * w.grad
            w.grad = None
        results[i] = w.tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [[i / 1024.0] * 8 for i in range(4)]


# ----- JAX around it -----


def test_jax_transformations_over_tensors():
    def f(array):
        x = torch.from_jax(array)
        return (torch.tanh(x) * x).sum().jax()

    a = jnp.arange(4.0)
    expected = jnp.tanh(a) * a
    assert jax.jit(f)(a) == pytest.approx(float(expected.sum()))
    np.testing.assert_allclose(jax.grad(f)(a), jnp.tanh(a) + a / jnp.cosh(a) ** 2, rtol=1e-5)
    np.testing.assert_allclose(jax.vmap(f)(a[:, None]), expected, rtol=1e-5)
    np.testing.assert_allclose(jax.jit(jax.grad(f))(a), jax.grad(f)(a), rtol=1e-6)


def test_autograd_inside_jit():
    def f(array):
        x = torch.from_jax(array).requires_grad_()
        (x**3).sum().backward()
        return x.grad.jax()

    np.testing.assert_allclose(jax.jit(f)(jnp.arange(3.0)), [0, 3, 12])


def test_values_from_outside_inside_jit():
    outside = torch.ones(3) * 2  # pending

    def f(array):
        return (torch.from_jax(array) * outside).jax()

    np.testing.assert_allclose(jax.jit(f)(jnp.arange(3.0)), [0, 2, 4])
    assert outside.tolist() == [2, 2, 2]


def test_a_new_program_inside_a_jit_is_run_there(monkeypatch):
    monkeypatch.setattr(engine.config, "host_times", 0)
    pending = torch.igamma(torch.full((7,), 1.0), torch.full((7,), 2.0))
    found = jax.jit(lambda a: a * float(pending.sum()))(jnp.ones(1))
    assert found[0] == pytest.approx(7 * (1 - np.exp(-2)), rel=1e-5)
    assert pending.tolist() == pytest.approx([1 - np.exp(-2)] * 7, rel=1e-5)


# ----- Errors -----


@pytest.mark.parametrize(
    "use",
    [
        lambda: torch.zeros(3)[torch.tensor([5])],
        lambda: torch.zeros(3).index_select(0, torch.tensor([9])),
        lambda: torch.gather(torch.zeros(2, 3), 1, torch.tensor([[7]])),
        lambda: nn.functional.embedding(torch.tensor([4]), torch.zeros(3, 2)),
        lambda: nn.functional.cross_entropy(torch.zeros(1, 3), torch.tensor([3])),
        lambda: torch.zeros(3).scatter(0, torch.tensor([3]), 1.0),
    ],
)
def test_indices_that_are_there_fail_at_the_users_line(use):
    with pytest.raises((IndexError, RuntimeError)):
        use()
    engine.flush()


def test_indices_still_to_be_computed_fail_at_the_flush():
    index = (torch.tensor([1.0]) * 5).long()  # whole numbers made from whole numbers would be there at once
    picked = torch.zeros(3).index_select(0, index)
    with pytest.raises((IndexError, RuntimeError), match="out of range"):
        picked.tolist()
    assert (torch.ones(2) + 1).tolist() == [2, 2]  # the engine goes on


def test_shape_errors_come_at_once():
    x = torch.ones(2, 3)
    for _ in range(2):  # the second time as the first
        with pytest.raises(RuntimeError, match="The size of tensor a"):
            x + torch.ones(2, 4)
    assert (x + 1).sum().item() == 12


# ----- What it tells and what it keeps -----


@nothing_on_host
def test_explain():
    x = torch.ones(5) * 3
    x.tolist()
    (torch.ones(5) * 4).tolist()
    (torch.ones(7) * 4).tolist()
    told = engine.explain()
    assert (told.flushes, told.programs, told.hits, told.host_batches) == (3, 2, 1, 0)
    assert told.records >= 3 and set(told.seconds) == {"record", "compile", "run"}
    assert len(told.compilations) == 2 and all(c.records and c.reason and c.seconds > 0 for c in told.compilations)
    assert "programs compiled" in str(told) and sum(told.reasons.values()) == 2
    engine.reset()
    assert engine.explain().programs == 0


@nothing_on_host
def test_caches_are_bounded(monkeypatch):
    monkeypatch.setattr(engine.config, "programs", 5)
    for n in range(1, 12):
        (torch.ones(n) + 1).tolist()
    assert len(program._programs) <= 5 and len(segments._plans) <= 5
    assert (torch.ones(1) + 1).tolist() == [2]


def test_dead_work_is_never_run():
    engine.flush()
    engine.reset()
    before = {id(o) for o in gc.get_objects() if isinstance(o, torch.Tensor)}  # what other tests keep
    x = torch.ones(4)
    for _ in range(10):
        x = x + 1
    del x
    gc.collect()
    y = torch.zeros(2) + 1
    y.tolist()
    held = [o for o in gc.get_objects() if isinstance(o, torch.Tensor) and tuple(o.shape) == (4,)]
    assert not [o for o in held if id(o) not in before]


def test_reading_an_index_does_not_run_the_graph():
    starts = torch.randint(50, (4,), generator=torch.Generator().manual_seed(0))
    torch.ones(3).sum().item()
    before = _stats.flushes
    rows = [torch.arange(100.0)[i + 1 : i + 3] for i in starts]
    assert _stats.flushes == before and [len(r) for r in rows] == [2] * 4
    assert [r[0].item() for r in rows] == [i + 1 for i in starts.tolist()]


def test_whole_numbers_that_are_there_at_once_do_not_follow_numpys_memory():
    memory = np.arange(5)
    shared = torch.from_numpy(memory)
    copied, column = shared.clone(), shared.reshape(5, 1).clone()
    memory[:] = 9
    assert copied.tolist() == [0, 1, 2, 3, 4] and column[1].tolist() == [1] and shared.tolist() == [9] * 5


def test_whole_numbers_that_are_there_at_once_do_not_follow_their_source():
    source = torch.arange(5)
    first, copied, shown = source[1], source.clone(), source[2:4]
    source[1], source[3] = 70, 80
    assert (first.item(), copied.tolist(), shown.tolist()) == (70, [0, 1, 2, 3, 4], [2, 80])


def test_a_range_check_looks_once_at_the_same_indices(monkeypatch):
    logits, good, bad = torch.randn(4, 3, requires_grad=True), torch.tensor([0, 1, 2, 0]), torch.tensor([0, 1, 3, 0])
    torch.nn.functional.cross_entropy(logits, good)
    seen = []
    failure_of = calls.Check._failure_of
    monkeypatch.setattr(calls.Check, "_failure_of", lambda self, args: seen.append(1) or failure_of(self, args))
    torch.nn.functional.cross_entropy(logits, good)
    assert not seen
    with pytest.raises(IndexError, match="Target 3 is out of bounds"):
        torch.nn.functional.cross_entropy(logits, bad)
    good[1] = 5  # the tensor is the same, its value is not
    with pytest.raises(IndexError, match="Target 5 is out of bounds"):
        torch.nn.functional.cross_entropy(logits, good)


def test_what_is_cheaper_than_a_call_of_a_program_stays_on_the_host():
    engine.reset()
    x, w = torch.ones(2, 3), torch.ones(3, 4)
    for n in range(60):
        assert (torch.tanh(x @ w) + n).sum().item() == pytest.approx(8 * (math.tanh(3) + n), rel=1e-6)
    assert engine.explain().programs == 0
    x, w = torch.ones(600, 300), torch.ones(300, 400)
    for _ in range(segments._MOST_TIMES * engine.config.host_times + 1):
        (torch.tanh(x @ w) + 1).sum().item()
    assert engine.explain().programs == 1


def test_equal_layers_are_compiled_whole_early_and_time_steps_are_not(monkeypatch):
    monkeypatch.setattr(segments, "_times_on_host", lambda stretch, compiled, calls=1: 0)
    layer = list(range(30))
    step = list(range(8))

    def patience(ids):
        records = [type("R", (), {"call": type("C", (), {"id": i, "fingerprint": i})})() for i in ids]
        return segments._Plan(program.Stretch((), records, [], []), trains=True).patience

    head = list(range(100, 140))
    assert patience([*head, *layer * 5]) == segments._LAYERS_PATIENCE
    assert patience([*head, *step * 18]) >= engine.config.promote


def test_threads_that_build_on_each_others_pending_values():
    """Each adds to the gradient that the one before has left pending, and all are gone when it is read."""
    x = torch.ones(5, 5, requires_grad=True)
    y = ((x + 3) * (x + 4)) * 0.5
    threads = [threading.Thread(target=lambda: y.sum().backward(retain_graph=True)) for _ in range(5)]
    for t in threads:
        t.start()
        t.join()
    assert x.grad.tolist() == torch.full((5, 5), 22.5).tolist()


def test_one_call_that_needs_xla_does_not_take_all_pieces_there():
    draw = np.random.default_rng(3)
    steps = [
        lambda t: t * 1.01,
        lambda t: t.sin(),
        lambda t: t + 0.5,
        lambda t: t.t(),
        lambda t: t.relu(),
        lambda t: -t,
    ]
    x = torch.ones(4, 4)
    for i in range(600):
        x = steps[draw.integers(len(steps))](x)
        if i == 100:
            x = x + torch.igamma(x.abs() + 1, x.abs())
    before = _stats.programs
    total = x.sum().item()
    assert np.isfinite(total) and 0 < _stats.programs - before <= 2
