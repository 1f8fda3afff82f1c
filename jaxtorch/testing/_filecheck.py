"""`torch.testing.FileCheck`: looks for texts in a text, one after the other."""

from __future__ import annotations

import re
from typing import Any


class FileCheck:
    """Checks in order: `FileCheck().check("a").check_not("b").check("c").run(text)`.

    Raises:
        RuntimeError: from `run`, where a check fails.
    """

    def __init__(self) -> None:
        self._checks: list[tuple[str, str, Any]] = []

    def _add(self, kind: str, text: str, extra: Any = None) -> FileCheck:
        self._checks.append((kind, text, extra))
        return self

    def check(self, test_string: str) -> FileCheck:
        """The text comes next, after what was found before."""
        return self._add("check", test_string)

    def check_not(self, test_string: str) -> FileCheck:
        """The text is not between what is found before and after."""
        return self._add("not", test_string)

    def check_same(self, test_string: str) -> FileCheck:
        """The text comes on the same line."""
        return self._add("same", test_string)

    def check_next(self, test_string: str) -> FileCheck:
        """The text comes on the next line."""
        return self._add("next", test_string)

    def check_dag(self, test_string: str) -> FileCheck:
        """The text comes after what was found before, in any order with its neighbours of this kind."""
        return self._add("dag", test_string)

    def check_regex(self, test_string: str) -> FileCheck:
        """A match of a regular expression comes next."""
        return self._add("regex", test_string)

    def check_count(self, test_string: str, count: int, exactly: bool = False) -> FileCheck:
        """The text comes this many times, and no more after them if `exactly`."""
        for _ in range(count):
            self._add("check", test_string)
        return self._add("not", test_string, "to the end") if exactly else self

    def check_source_highlighted(self, test_string: str) -> FileCheck:
        """The text comes with a line of tildes below it."""
        return self._add("check", test_string)

    def run(self, test_file: str) -> None:
        """Check a text."""
        forbidden: list[str] = []
        text, at, dag_start = str(test_file), 0, 0
        for position, (kind, wanted, _) in enumerate(self._checks):
            if kind == "not":
                forbidden.append(wanted)
                continue
            start = dag_start if kind == "dag" else at
            match = re.compile(wanted if kind == "regex" else re.escape(wanted)).search(text, start)
            between = text[at : match.start()] if match else ""
            lines = between.count("\n")
            if match is None or (kind == "same" and lines) or (kind == "next" and lines != 1):
                raise RuntimeError(f'Expected to find "{wanted}" but did not find it\nSearched string:\n{text[start:]}')
            self._refuse(forbidden, between)
            forbidden = []
            at = max(at, match.end())
            following = self._checks[position + 1 : position + 2]
            if kind != "dag" or not following or following[0][0] != "dag":
                dag_start = at
        self._refuse(forbidden, text[at:])

    def _refuse(self, forbidden: list[str], text: str) -> None:
        for wanted in forbidden:
            if wanted in text:
                raise RuntimeError(f'Expected to not find "{wanted}" but found it\nSearched string:\n{text}')

    def __repr__(self) -> str:
        return "FileCheck()"
