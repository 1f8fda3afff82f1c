"""Rows of the recurrent cells; the layers are tested with `torch.nn.LSTM` and its like."""

from tests._ops.samples import S, x


def _cell(gates: int, state) -> list:
    weights = (x(gates * 4, 3), x(gates * 4, 4), x(gates * 4), x(gates * 4))
    return [
        S(x(2, 3), state(2, 4), *weights).twice(),
        S(x(2, 3), state(2, 4), *weights[:2]),
        S(x(2, 3), state(2, 4), *weights[:2], None, None),
        S(x(2, 5), state(2, 4), *weights).raises(),
        S(x(2, 3), state(3, 4), *weights).raises(),
        S(x(2, 3), state(2, 5), *weights).raises(),
    ]


SAMPLES = {
    "rnn_tanh_cell": _cell(1, x),
    "rnn_relu_cell": _cell(1, x),
    "gru_cell": _cell(3, x),
    "lstm_cell": _cell(4, lambda *shape: [x(*shape), x(*shape)]),
}
