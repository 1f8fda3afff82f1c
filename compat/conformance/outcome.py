"""The words of the report: what is checked, and how a check can end."""

from __future__ import annotations

from dataclasses import asdict, dataclass

OUTCOMES = (
    "pass",
    "missing",  # the name does not exist
    "not implemented",  # the name exists and raises NotImplementedError where torch answers
    "raises",  # any other exception where torch answers
    "no error",  # answers where torch raises
    "structure",  # another kind or number of results
    "dtype",
    "shape",
    "strides",
    "value",
    "gradient",
    "second gradient",
    "alias",
    "error type",
    "error message",
    "crash",
    "timeout",
    "blocked",  # could not be checked because the forward call already failed
    "unresolvable",  # this suite cannot find the operation outside torch
    "oracle",  # torch itself fails on the sample: nothing to compare with, counted nowhere
)

# Checks that say how far the likeness goes, beside those that decide whether a program is right.
SEPARATE = ("strides", "message")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing compared on one sample."""

    op: str
    namespace: str
    dtype: str
    kind: str
    index: int
    name: str
    outcome: str
    detail: str = ""
    call: str = ""
    expected: str = ""
    got: str = ""

    @property
    def key(self) -> str:
        """Names this check the same way in every run."""
        return f"{self.op}|{self.dtype}|{self.kind}|{self.index}|{self.name}"

    def asdict(self) -> dict[str, object]:
        return asdict(self)
