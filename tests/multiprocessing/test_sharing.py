"""Tensors share memory between processes: forked ones, spawned ones, through queues, pipes and pools."""

import pickle
import sys
from multiprocessing.reduction import ForkingPickler

import pytest

import jaxtorch as torch
from jaxtorch import multiprocessing as mp

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forks"),
    pytest.mark.filterwarnings("ignore:os.fork"),  # JAX's, of its threads
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]
fork = mp.get_context("fork") if sys.platform == "linux" else None


def _run(target, *args, context=fork):
    process = context.Process(target=target, args=args)
    process.start()
    process.join(120)
    assert process.exitcode == 0


def _add_one(x):
    x.add_(1)


def test_shared_memory_is_written_by_a_child():
    x = torch.zeros(3)
    assert not x.is_shared()
    assert x.share_memory_() is x and x.is_shared() and x.untyped_storage().is_shared()
    _run(_add_one, x)
    assert x.tolist() == [1, 1, 1]


def test_spawned_children_share_too():
    x = torch.zeros(2, 3).t().share_memory_()
    _run(_add_one, x[1:], context=mp.get_context("spawn"))
    assert x.tolist() == [[0, 0], [1, 1], [1, 1]]


def test_memory_that_is_not_shared_stays():
    x = torch.zeros(3)
    _run(_add_one, x)
    assert x.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.int64, torch.bool, torch.complex64])
def test_dtypes(dtype):
    x = torch.ones(2, dtype=dtype).share_memory_()
    x.zero_()
    assert x.dtype is dtype and not x.to(torch.float64 if dtype is not torch.complex64 else dtype).any()


def _double(requests, results):
    while (item := requests.get()) is not None:
        item.mul_(2)
        results.put(item)


def test_a_queue_shares_what_it_sends():
    requests, results = fork.Queue(), fork.Queue()
    process = fork.Process(target=_double, args=(requests, results))
    process.start()
    a = torch.arange(3.0)
    requests.put(a)
    back = results.get(timeout=60)
    assert a.tolist() == [0, 2, 4] and a.is_shared()
    back[0] = 9  # the same memory, here too
    assert a[0] == 9
    requests.put(a)
    results.get(timeout=60)
    assert a.tolist() == [18, 4, 8]
    requests.put(None)
    process.join(60)


def _fill(connection):
    x = connection.recv()
    x.fill_(7)
    connection.send(x.is_shared())


def test_a_pipe_shares_what_it_sends():
    ours, theirs = fork.Pipe()
    x = torch.ones(2)
    process = fork.Process(target=_fill, args=(theirs,))
    process.start()
    ours.send(x)
    assert ours.recv() is True
    process.join(60)
    assert x.tolist() == [7, 7]


def _square(x):
    return x * x


def test_a_pool_gives_tensors_back():
    with fork.Pool(1) as pool:
        assert [x.tolist() for x in pool.map(_square, [torch.tensor(2.0), torch.ones(2) * 3])] == [4, [9, 9]]


def _train(i, model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(4, 2)).sum().backward()
    optimizer.step()


def test_a_model_is_trained_by_a_child():
    model = torch.nn.Linear(2, 1).share_memory()
    before = model.weight.detach().clone()
    mp.start_processes(_train, (model,), nprocs=1, start_method="fork")
    torch.testing.assert_close(model.weight.detach() - before, torch.full((1, 2), -0.4))
    assert isinstance(model.weight, torch.nn.Parameter) and model.weight.is_shared()


def _fail(i):
    raise ValueError("oops")


def _exit(i):
    sys.exit(3)


@pytest.mark.parametrize(
    ("target", "kind", "text"),
    [(_fail, mp.ProcessRaisedException, "ValueError: oops"), (_exit, mp.ProcessExitedException, "exit code 3")],
)
def test_failures_come_back(target, kind, text):
    with pytest.raises(kind, match=text) as caught:
        mp.start_processes(target, nprocs=1, start_method="fork")
    assert caught.value.error_index == 0
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), kind)


def test_history_does_not_travel():
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor which requires_grad"):
        ForkingPickler.dumps(torch.ones(2, requires_grad=True) * 2)


def test_strategies():
    assert mp.get_sharing_strategy() == "file_descriptor"
    mp.set_sharing_strategy("file_system")
    assert mp.get_sharing_strategy() == "file_system"
    mp.set_sharing_strategy("file_descriptor")
    with pytest.raises(AssertionError, match="invalid sharing strategy 'a'"):
        mp.set_sharing_strategy("a")
