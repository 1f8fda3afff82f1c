"""`torch.lstm`, `torch.gru`, `torch.rnn_tanh`, `torch.rnn_relu`: recurrent stacks over a flat list of weights."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch.nn.functional._rnn import stack


def _recurrent(name: str, mode: str, states_of: int) -> Any:
    def function(*args: Any) -> tuple:
        # (input, hx, params, ...), or of a packed sequence (data, batch_sizes, hx, params, ...)
        packed = isinstance(args[2], Variable) or (
            isinstance(args[1], Variable) and isinstance(args[2], (tuple, list)) and isinstance(args[3], (tuple, list))
        )
        if packed:
            x, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional = args
            batch_first = False
        else:
            x, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first = args
            batch_sizes = None
        runs = num_layers * (2 if bidirectional else 1)
        each = len(params) // runs
        weights = [list(params[i * each : (i + 1) * each]) for i in range(runs)]
        states = tuple(hx) if states_of == 2 else (hx,)
        x = x.transpose(0, 1) if batch_first else x
        drop = dropout if train else 0.0
        output, finals = stack(mode, x, states, weights, has_biases, bidirectional, drop, batch_sizes)
        return (output.transpose(0, 1) if batch_first else output, *finals)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{name}(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), or for packed "
        f"sequences {name}(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)."
    )
    return function


FUNCTIONS: dict[str, Any] = {
    "lstm": _recurrent("lstm", "LSTM", 2),
    "gru": _recurrent("gru", "GRU", 1),
    "rnn_tanh": _recurrent("rnn_tanh", "RNN_TANH", 1),
    "rnn_relu": _recurrent("rnn_relu", "RNN_RELU", 1),
}
