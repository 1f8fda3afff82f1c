"""What a profile has seen: ranges in time, and their sums by name."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple


class Event(NamedTuple):
    """A range in time, in microseconds since the profile began."""

    name: str
    start: float
    end: float
    kind: str  # "user", "program", "compile" or "host batch"
    operations: tuple[tuple[str, int], ...] = ()  # what a program computes: names and how many
    thread: int = 0

    @property
    def cpu_time(self) -> float:
        """How long it took."""
        return self.end - self.start


class FunctionEventAvg:
    """All events of one name."""

    def __init__(self, name: str) -> None:
        self.key = self.name = name
        self.count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.device_time_total = self.self_device_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """Microseconds of one of them, on average."""
        return self.cpu_time_total / self.count if self.count else 0.0

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={_time(self.self_cpu_time_total)} "
            f"cpu_time={_time(self.cpu_time)} calls={self.count}>"
        )


_SORTS = ("cpu_time", "cpu_time_total", "self_cpu_time_total", "count", "device_time_total", "self_device_time_total")


class EventList(list):
    """Events, or their averages."""

    def key_averages(self) -> EventList:
        """Sums by name. Time within an inner range is not the outer one's own."""
        sums: dict[str, FunctionEventAvg] = {}
        inner = _inner_times(self)
        for event, within in zip(self, inner, strict=True):
            entry = sums.setdefault(event.name, FunctionEventAvg(event.name))
            entry.count += 1
            entry.cpu_time_total += event.cpu_time
            entry.self_cpu_time_total += event.cpu_time - within
        return EventList(sums.values())

    def total_average(self) -> FunctionEventAvg:
        """Everything in one."""
        total = FunctionEventAvg("Total")
        for entry in self if self and isinstance(self[0], FunctionEventAvg) else self.key_averages():
            total.count += entry.count
            total.cpu_time_total += entry.cpu_time_total
            total.self_cpu_time_total += entry.self_cpu_time_total
        return total

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """A table as text, `sort_by` "self_cpu_time_total", "cpu_time_total", "cpu_time" or "count"."""
        rows = list(self)
        if sort_by is not None:
            key = sort_by.replace("cuda", "device")
            if key not in _SORTS:
                raise AttributeError(f"'FunctionEventAvg' object has no attribute '{sort_by}'")
            rows.sort(key=lambda e: getattr(e, key), reverse=True)
        shown = rows[:row_limit] if row_limit >= 0 else rows
        total = sum(e.self_cpu_time_total for e in rows) or 1.0
        heads = ("Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")
        lines = [
            (
                _shortened(e.key, max_name_column_width),
                f"{100 * e.self_cpu_time_total / total:.2f}%",
                _time(e.self_cpu_time_total),
                f"{100 * e.cpu_time_total / total:.2f}%",
                _time(e.cpu_time_total),
                _time(e.cpu_time),
                str(e.count),
            )
            for e in shown
        ]
        widths = [max(len(line[i]) for line in [heads, *lines]) for i in range(len(heads))]
        rule = "  ".join("-" * w for w in widths)
        text = [rule, "  ".join(h.rjust(w) for h, w in zip(heads, widths, strict=True)), rule]
        text += ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
        head = [header] if header else []
        return "\n".join([*head, *text, rule, f"Self CPU time total: {_time(total if rows else 0.0)}", ""])

    def export_chrome_trace(self, path: Any) -> None:
        """Write the events for chrome://tracing or Perfetto."""
        events = [
            {
                "name": e.name,
                "ph": "X",
                "cat": e.kind,
                "ts": e.start,
                "dur": e.cpu_time,
                "pid": 0,
                "tid": e.thread,
                "args": dict(e.operations),
            }
            for e in self
        ]
        with open(path, "w") as file:
            json.dump({"traceEvents": events, "displayTimeUnit": "ms"}, file)


def _inner_times(events: list[Event]) -> list[float]:
    """For each event the time of those directly inside it."""
    inside = [0.0] * len(events)
    open_ones: list[int] = []
    for i in sorted(range(len(events)), key=lambda i: (events[i].thread, events[i].start, -events[i].end)):
        event = events[i]
        while open_ones and (events[open_ones[-1]].end <= event.start or events[open_ones[-1]].thread != event.thread):
            open_ones.pop()
        if open_ones:
            inside[open_ones[-1]] += event.cpu_time
        open_ones.append(i)
    return inside


def _shortened(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 3] + "..."


def _time(microseconds: float) -> str:
    if microseconds >= 1e6:
        return f"{microseconds / 1e6:.3f}s"
    return f"{microseconds / 1e3:.3f}ms" if microseconds >= 1e3 else f"{microseconds:.3f}us"


def operations_of(records: list) -> tuple[tuple[str, int], ...]:
    """The operations of a program by name, most frequent first."""
    return tuple(Counter(r.call.name for r in records if r.call is not None).most_common())
