"""`torch.profiler`."""

import json

import pytest

import jaxtorch as torch
from jaxtorch._engine.stats import stats
from jaxtorch.profiler import ProfilerAction, profile, record_function, schedule


def test_ranges_and_programs_are_seen(tmp_path):
    with profile(activities=[torch.profiler.ProfilerActivity.CPU]) as prof:
        with record_function("outer"):
            with record_function("inner"):
                torch.arange(300.0).sum().item()
    assert stats.listener is None
    by_name = {e.key: e for e in prof.key_averages()}
    assert by_name["outer"].count == by_name["inner"].count == 1
    assert by_name["outer"].self_cpu_time_total < by_name["inner"].cpu_time_total <= by_name["outer"].cpu_time_total
    assert any(e.kind in ("program", "compile", "host batch") for e in prof.events())
    text = prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=2)
    assert "Self CPU time total" in text and text.count("\n") == 7
    prof.export_chrome_trace(tmp_path / "trace.json")
    assert {e["name"] for e in json.loads((tmp_path / "trace.json").read_text())["traceEvents"]} >= {"outer", "inner"}


def test_schedule():
    plan = schedule(wait=1, warmup=1, active=2, repeat=1, skip_first=1)
    assert [plan(i) for i in range(6)] == [
        ProfilerAction.NONE,
        ProfilerAction.NONE,
        ProfilerAction.WARMUP,
        ProfilerAction.RECORD,
        ProfilerAction.RECORD_AND_SAVE,
        ProfilerAction.NONE,
    ]


def test_traces_are_handed_on_after_each_cycle():
    seen = []
    with profile(
        schedule=schedule(wait=0, warmup=1, active=1), on_trace_ready=lambda p: seen.append(len(p.events()))
    ) as p:
        for _ in range(6):
            with record_function("step"):
                pass
            p.step()
    assert seen == [1, 1, 1]


def test_unknown_order_raises():
    with profile() as prof, record_function("x"):
        pass
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        prof.key_averages().table(sort_by="nothing")


def test_decorator():
    @record_function("named")
    def add(a, b):
        return a + b

    with torch.autograd.profiler.profile() as prof:
        assert add(1, 2) == 3
    assert [e.name for e in prof.events()] == ["named"]
