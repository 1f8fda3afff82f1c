"""The suite passes torch itself, and reports each planted fault as what it is."""

import functools

import pytest

from compat.conformance import cases, history, pool, report
from compat.conformance.faulty import PLANTED
from compat.conformance.outcome import Check

SOUND = (
    "add,sum,max.binary,transpose,expand,sort,index_put,T,normal,linalg.svd,nn.functional.conv2d,nn.functional.dropout"
)


def run(lookalike: str, names: str, limit: int, seconds: float = 60.0) -> list[Check]:
    found: list[Check] = []
    tasks = cases.tasks(cases.selected(names.split(",")), ("float64", "bool"), ("sample", "error"), limit)
    pool.run(tasks, lookalike, 2, pool.Limits(seconds=seconds), found.append)
    return found


@functools.cache
def faulty() -> list[Check]:
    quick = [name for name in PLANTED if name != "atan"]
    return run("compat.conformance.faulty", ",".join(quick), 2) + run(
        "compat.conformance.faulty", "atan", 1, seconds=3.0
    )


def test_torch_passes_as_its_own_lookalike():
    found = run("torch", SOUND, 4)
    assert [c for c in found if c.outcome not in report.GOOD] == []
    names = {c.name for c in found if c.outcome == "pass"}
    assert names >= {
        "forward",
        "strides",
        "alias",
        "grad",
        "gradgrad",
        "method",
        "inplace",
        "inplace grad",
        "operator",
        "out",
        "out resize",
        "out strided",
        "out dtype",
        "error",
        "message",
    }


@pytest.mark.parametrize(("op", "planted"), PLANTED.items())
def test_a_planted_fault_is_reported(op: str, planted: tuple[str, str]):
    assert planted in {(c.name, c.outcome) for c in faulty() if c.op == op}


def test_faults_stay_where_they_were_planted():
    for op in ("transpose", "tanh", "sigmoid", "rand_like", "dot"):
        failing = {c.name for c in faulty() if c.op == op and c.outcome not in report.GOOD}
        allowed = {PLANTED[op][0], "gradgrad", "strides", "error"}
        assert failing <= allowed, f"{op}: {failing}"


def test_a_crash_or_a_hang_costs_one_sample():
    samples = {c.index for c in faulty() if c.op == "roll" and c.dtype == "float64" and c.outcome == "crash"}
    assert len(samples) == 2


def test_an_unimportable_lookalike_is_named():
    tasks = cases.tasks(cases.selected(["add"]), ("bool",), ("sample",), 1)
    with pytest.raises(pool.LookalikeFailed, match="no_such_module"):
        pool.run(tasks, "no_such_module", 1, pool.Limits(), lambda check: None)


def test_a_new_failure_is_a_regression_and_an_old_one_is_not(tmp_path):
    def check(index: int, outcome: str) -> Check:
        return Check("add", "torch", "float32", "sample", index, "forward", outcome)

    path = tmp_path / "history.json"
    history.record(path, {}, [check(0, "pass"), check(1, "value"), check(2, "pass")])
    now = [check(0, "value"), check(1, "value"), check(2, "pass"), check(3, "value")]
    assert [c.index for c in history.regressions(history.load(path), now)] == [0]
    history.record(path, {}, now)
    assert history.regressions(history.load(path), now) == []
