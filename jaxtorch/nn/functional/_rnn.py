"""Stacks of recurrent layers, and cells, as functions of their weights."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.autocasting import recurrent
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._dropout import dropout
from jaxtorch.nn.functional._ops import internal


def stack(
    mode: str,
    input: Any,
    states: tuple,
    weights: list[list[Any]],
    bias: bool,
    bidirectional: bool,
    dropout_p: float,
    batch_sizes: Any,
) -> tuple[Any, tuple]:
    """Run layer after layer, each in one or two directions, with dropout between layers.

    `input` is (T, B, I), or a packed sequence's data with its `batch_sizes`; `states` holds h (and c for LSTM), each
    (layers * directions, B, H). `weights` lists w_ih, w_hh, then the biases if any, then w_hr if any, per run. Gives
    the output and the final states.
    """
    keeps_single = mode == "GRU" or batch_sizes is not None

    def run(cast: Any) -> tuple[Any, tuple]:
        given = cast(input), cast(states), cast(weights)
        return _stack(mode, *given, bias, bidirectional, dropout_p, batch_sizes)

    return recurrent(run, keeps_single)


def _stack(
    mode: str,
    input: Any,
    states: Any,
    weights: list,
    bias: bool,
    bidirectional: bool,
    dropout_p: float,
    batch_sizes: Any,
) -> tuple[Any, tuple]:
    directions = 2 if bidirectional else 1
    finals: list[tuple] = []
    for start in range(0, len(weights), directions):
        if start and dropout_p:
            input = dropout(input, dropout_p)
        outputs = []
        for i in range(start, start + directions):
            output, *final = _run(mode, input, [s[i] for s in states], weights[i], bias, batch_sizes, i > start)
            outputs.append(output)
            finals.append(tuple(final))
        input = outputs[0] if directions == 1 else torch.cat(outputs, -1)
    return input, tuple(torch.stack(each) for each in zip(*finals, strict=True))


def _run(mode: str, input: Any, states: list, weights: list, bias: bool, batch_sizes: Any, reverse: bool) -> tuple:
    """One layer in one direction."""
    w_ih, w_hh, *rest = weights
    b_ih, b_hh = rest[:2] if bias else (None, None)
    if mode == "LSTM":
        w_hr = rest[-1] if len(rest) % 2 else None
        return internal._lstm_layer(input, *states, w_ih, w_hh, b_ih, b_hh, w_hr, batch_sizes, reverse=reverse)
    if mode == "GRU":
        return internal._gru_layer(input, *states, w_ih, w_hh, b_ih, b_hh, batch_sizes, reverse=reverse)
    return internal._rnn_layer(
        input,
        *states,
        w_ih,
        w_hh,
        b_ih,
        b_hh,
        batch_sizes,
        reverse=reverse,
        nonlinearity="tanh" if mode == "RNN_TANH" else "relu",
    )


def cell(mode: str, input: Any, states: tuple, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple:
    """One step of a cell: its new states."""

    def run(cast: Any) -> tuple:
        weights = cast((w_ih, w_hh, b_ih, b_hh))
        if mode == "LSTM":
            return tuple(torch.lstm_cell(cast(input), list(cast(states)), *weights))
        function = {"GRU": torch.gru_cell, "RNN_TANH": torch.rnn_tanh_cell, "RNN_RELU": torch.rnn_relu_cell}[mode]
        return (function(cast(input), *cast(states), *weights),)

    return recurrent(run, mode in ("LSTM", "GRU"))
