"""Recurrent layers and cells as functions of their weights."""

from __future__ import annotations

from typing import Any


def stack(mode: str, input: Any, states: tuple, weights: list[list[Any]], bias: bool, bidirectional: bool,
          dropout_p: float, batch_sizes: Any) -> tuple[Any, tuple]:
    raise NotImplementedError


def cell(mode: str, input: Any, states: tuple, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple:
    raise NotImplementedError
