"""`torch.futures`."""

import pytest

from jaxtorch.futures import Future, collect_all, wait_all


def test_results_arrive():
    first, second = Future(), Future()
    after = first.then(lambda f: f.value() + 1)
    together = collect_all([first, second])
    first.set_result(1)
    assert after.wait() == 2 and not together.done()
    second.set_result(5)
    assert together.done() and wait_all([first, second]) == [1, 5]


def test_exceptions_arrive():
    future = Future()
    after = future.then(lambda f: f.wait())
    future.set_exception(KeyError("x"))
    with pytest.raises(KeyError):
        after.wait()
    with pytest.raises(RuntimeError, match="already|again"):
        future.set_result(1)
