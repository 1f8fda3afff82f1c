"""Timers and tables of measurements. The table is PyTorch's own, character for character."""

import pytest

import jaxtorch as torch
from jaxtorch.engine import explain
from jaxtorch.utils.benchmark import Compare, Measurement, TaskSpec, Timer, select_unit, trim_sigfig


def measured(times, **task):
    return Measurement(10, times, TaskSpec("x+1", "pass", **task))


RESULTS = [
    measured([1e-5, 1.1e-5, 1.3e-5, 2.5e-5], label="L", sub_label="a", description="n=1"),
    measured([1e-4, 1.1e-4, 1.11e-4, 1.12e-4], label="L", sub_label="a", description="n=100"),
    measured([3e-5, 3.1e-5, 3.3e-5, 3.5e-5], label="L", sub_label="bbb", description="n=1"),
    measured([1e-2] * 5, label="L", sub_label="bbb", description="n=100", num_threads=2),
]
TABLE = """[-------------- L --------------]
           |     n=1     |  n=100
1 threads: ----------------------
      a    |  1 (! 44%)  |    11 
      bbb  |   3         |       
2 threads: ----------------------
      bbb  |             |   1000

Times are in microseconds (us).
(! XX%) Measurement has high variance, where XX is the IQR / median * 100.
"""  # noqa: W291


def test_table():
    compare = Compare(RESULTS)
    compare.trim_significant_figures()
    compare.highlight_warnings()
    assert str(compare) == TABLE
    with pytest.raises(ValueError, match="Expected an instance of `Measurement`, got <class 'int'> instead"):
        compare.extend_results([1])


def test_measurement_shows_itself():
    assert repr(RESULTS[0]).splitlines()[1:] == [
        "L: a",
        "n=1",
        "  Median: 1.20 us",
        "  IQR:    0.52 us (1.08 to 1.60)",
        "  4 measurements, 10 runs per measurement, 1 thread",
        "  WARNING: Interquartile range is 43.7% of the median measurement.",
        "           This suggests significant environmental influence.",
    ]
    assert [select_unit(t)[0] for t in (1e-3, 1e-6, 2e-9, 3.0)] == ["ms", "us", "ns", "s"]
    assert [trim_sigfig(x, n) for x, n in ((123456, 3), (0.5, 1))] == [123000.0, 0.5]


def test_every_run_is_computed():
    timer = Timer("x + 1", "x = torch.ones(3)", globals={"torch": torch}, sub_label="s")
    timer.timeit(1)
    before = explain().flushes
    found = timer.timeit(20)
    assert explain().flushes - before >= 20
    assert found.number_per_run == 20
    assert found.sub_label == "s"
    assert Timer("1 + 1").blocked_autorange(min_run_time=1e-4).median > 0
    assert len(Timer("1 + 1").adaptive_autorange(min_run_time=1e-4, max_run_time=1e-3).times) > 0


def test_refusals():
    with pytest.raises(NotImplementedError, match=r"C\+\+ statements is not supported by jaxtorch"):
        Timer("int x;", language="cpp")
    with pytest.raises(ValueError, match="global_setup is C\\+\\+ only"):
        Timer("1", global_setup="x")
    with pytest.raises(NotImplementedError, match="collect_callgrind is not supported by jaxtorch"):
        Timer("1").collect_callgrind()


def test_fuzzers_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="torch.utils.benchmark.Fuzzer is not supported by jaxtorch"):
        torch.utils.benchmark.Fuzzer()
