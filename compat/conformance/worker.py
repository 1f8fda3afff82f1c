"""The inside of a worker process: imports the lookalike, runs tasks, tells the driver what it is doing."""

from __future__ import annotations

import importlib
import os
import resource
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

import torch

from compat.conformance.cases import Task, entries, namespace, samples_of
from compat.conformance.checks import sample_checks
from compat.conformance.errors import error_checks
from compat.conformance.outcome import Check
from compat.conformance.subject import Subject, describe_call

SHOWN = 400  # characters of a value in a report


def main(connection: Connection, lookalike: str, log: str) -> None:
    """Serve tasks until None comes. Messages: ready, fatal, begin, check, done."""
    _redirect(log)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    try:
        module = importlib.import_module(lookalike)
    except BaseException:
        connection.send(("fatal", traceback.format_exc()))
        return
    connection.send(("ready", None))
    while (order := connection.recv()) is not None:
        task, start = order
        run(connection, module, task, start)
        connection.send(("done", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def run(connection: Connection, module: Any, task: Task, start: int) -> None:
    """All checks of a task's samples from position `start` on."""
    op = entries()[task.op]
    connection.send(("begin", (-1, "samples")))
    subject = Subject(op, getattr(torch, task.dtype) if task.dtype else None, module)
    space = namespace(op)
    for index, sample in samples_of(task):
        if index < start:
            continue

        def begin(check: str, index: int = index) -> None:
            connection.send(("begin", (index, check)))

        call = describe_call(op.name, sample)
        findings = (
            error_checks(subject, sample, begin)
            if task.kind == "error"
            else sample_checks(subject, sample, task.kind, begin)
        )
        for name, outcome, detail, expected, got in findings:
            if outcome in ("pass", "oracle"):
                detail = expected = got = ""
            check = Check(
                task.op,
                space,
                task.dtype,
                task.kind,
                index,
                name,
                outcome,
                detail,
                call if detail else "",
                show(expected),
                show(got),
            )
            connection.send(("check", check))


def show(value: Any) -> str:
    text = value if isinstance(value, str) else " ".join(repr(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _redirect(log: str) -> None:
    """What an operation prints is noise; what a crash prints is worth keeping."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(descriptor, 2)
