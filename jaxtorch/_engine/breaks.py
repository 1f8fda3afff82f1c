"""Reasons why a call of a compiled function runs as it is for which PyTorch breaks its graph as well."""

from __future__ import annotations


class GraphBreak(str):
    """Such a reason; `word` is what PyTorch calls it, which its error begins with under `fullgraph=True`."""

    __slots__ = ("word",)
    word: str

    def __new__(cls, reason: str, word: str) -> GraphBreak:
        made = super().__new__(cls, reason)
        made.word = word
        return made


BRANCH = GraphBreak("a branch depends on a value", "Data-dependent branching")
TOLIST = GraphBreak("a value is read", "Tensor.tolist() with non-integer tensor")
