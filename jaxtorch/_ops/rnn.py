"""Recurrent layers over whole sequences, and cells.

`_rnn_layer`, `_lstm_layer` and `_gru_layer` run one layer in one direction:

    _rnn_layer(input, h0, w_ih, w_hh, b_ih, b_hh, batch_sizes, *, reverse, nonlinearity) -> (output, h)
    _lstm_layer(input, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr, batch_sizes, *, reverse) -> (output, h, c)
    _gru_layer(input, h0, w_ih, w_hh, b_ih, b_hh, batch_sizes, *, reverse) -> (output, h)

`input` is (T, B, I) and states (B, H); biases and the projection `w_hr` may be None. With `batch_sizes`, an int64
tensor of (T,), `input` and `output` are the (sum, I) data of a packed sequence and B is the first batch size. The sizes
are runtime values: other lengths of the same sum use the same program.

The input's projection of all steps is one product, outside the loop. The derivative is given as a linear recurrence of
tangents whose coefficients are computed for all steps at once, so that its transpose has only one small product a step
and the weights' gradients are one product each.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.table import op

# ----- Cells: a step from the input's and the state's projections, and its tangent -----


class _Cell(NamedTuple):
    """step(x, p, states) gives the states; tangent(coefficients, dx, dp, dstates) theirs."""

    step: Callable
    coefficients: Callable  # of (x, p, states before), for all steps at once
    tangent: Callable
    sums: bool  # p is given with x added, x is not used


def _rnn_cell(act: Callable, slope: Callable) -> _Cell:
    return _Cell(
        lambda x, p, states: (act(p),), lambda x, p, states: slope(act(p)), lambda k, dx, dp, dstates: (k * dp,), True
    )


_TANH = _rnn_cell(jnp.tanh, lambda h: 1 - h * h)
_RELU = _rnn_cell(lambda z: jnp.maximum(z, 0), lambda h: (h > 0).astype(h.dtype))


def _lstm_gates(z):
    i, f, g, o = jnp.split(z, 4, axis=-1)
    return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)


def _lstm_step(x, p, states):
    i, f, g, o = _lstm_gates(p)
    c = f * states[1] + i * g
    return o * jnp.tanh(c), c


def _lstm_coefficients(x, p, states):
    i, f, g, o = _lstm_gates(p)
    c = states[1]
    t = jnp.tanh(f * c + i * g)
    return f, g * i * (1 - i), c * f * (1 - f), i * (1 - g * g), t * o * (1 - o), o * (1 - t * t)


def _lstm_tangent(k, dx, dp, dstates):
    keep, by_i, by_f, by_g, by_o, by_c = k
    di, df, dg, do = jnp.split(dp, 4, axis=-1)
    dc = keep * dstates[1] + by_i * di + by_f * df + by_g * dg
    return by_o * do + by_c * dc, dc


_LSTM = _Cell(_lstm_step, _lstm_coefficients, _lstm_tangent, True)


def _gru_gates(x, p):
    xr, xz, xn = jnp.split(x, 3, axis=-1)
    pr, pz, pn = jnp.split(p, 3, axis=-1)
    r, z = jax.nn.sigmoid(xr + pr), jax.nn.sigmoid(xz + pz)
    return r, z, jnp.tanh(xn + r * pn), pn


def _gru_step(x, p, states):
    r, z, n, _ = _gru_gates(x, p)
    return ((1 - z) * n + z * states[0],)


def _gru_coefficients(x, p, states):
    r, z, n, pn = _gru_gates(x, p)
    return z, r, pn * r * (1 - r), (states[0] - n) * z * (1 - z), (1 - z) * (1 - n * n)


def _gru_tangent(k, dx, dp, dstates):
    keep, r, by_r, by_z, by_n = k
    xr, xz, xn = jnp.split(dx, 3, axis=-1)
    pr, pz, pn = jnp.split(dp, 3, axis=-1)
    return (keep * dstates[0] + by_z * (xz + pz) + by_n * (xn + r * pn + by_r * (xr + pr)),)


_GRU = _Cell(_gru_step, _gru_coefficients, _gru_tangent, False)


# ----- The loop -----


def _project(h, w, b):
    """`h @ w.T + b` for the last dimension, as a product of matrices."""
    out = (h.reshape(math.prod(h.shape[:-1]), h.shape[-1]) @ w.T).reshape(*h.shape[:-1], w.shape[0])
    return out if b is None else out + b


def _masked(mask, new, old):
    return new if mask is None else tuple(jnp.where(mask, n, o) for n, o in zip(new, old, strict=True))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _loop(cell: _Cell, reverse: bool, x, w, b, states, mask):
    """The states after each step, (T, B, H) each, and the projections of the states before.

    `mask` (T, B, 1) tells which sequences a step belongs to.
    """
    w_t = w.T

    def step(before, now):
        x_t, mask_t = now
        p = before[0] @ w_t
        p = p + x_t if cell.sums else p if b is None else p + b
        after = _masked(mask_t, cell.step(x_t, p, before), before)
        return after, (after, p)

    return lax.scan(step, states, (x, mask), reverse=reverse)[1]


@_loop.defjvp
def _loop_jvp(cell: _Cell, reverse: bool, primals, tangents):
    x, w, b, states, mask = primals
    dx, dw, db, dstates, _ = tangents
    after, p = _loop(cell, reverse, *primals)
    before = tuple(_shifted(a, s, reverse) for a, s in zip(after, states, strict=True))
    k = cell.coefficients(x, p, before)
    dp = _project(before[0], dw, db)
    if cell.sums:
        dx, dp = None, dx + dp
    w_t = w.T

    def step(carry, now):
        dx_t, dp_t, k_t, mask_t = now
        dp_t = dp_t + carry[0] @ w_t
        new = _masked(mask_t, cell.tangent(k_t, dx_t, dp_t, carry), carry)
        return new, (new, dp_t)

    return (after, p), lax.scan(step, dstates, (dx, dp, k, mask), reverse=reverse)[1]


def _shifted(after, first, reverse: bool):
    """The state before each step."""
    first = first[None]
    return jnp.concatenate([after[1:], first] if reverse else [first, after[:-1]])


def _projected_loop(reverse: bool, x, w, w_hr, states, mask):
    """LSTM whose output is `w_hr` times the hidden state; rare, so JAX's own derivative does."""

    def step(before, now):
        x_t, mask_t = now
        m, c = _lstm_step(None, x_t + before[0] @ w.T, before)
        after = _masked(mask_t, (m @ w_hr.T, c), before)
        return after, after

    return lax.scan(step, states, (x, mask), reverse=reverse)[1], None


# ----- Layers -----


def _layer(loop: Callable, input, states, w_ih, bias, batch_sizes, reverse: bool) -> tuple:
    """Output and final states of `loop(x, states, mask)`; half types are computed in float32."""
    dtype = input.dtype
    x = _project(_wide(input), _wide(w_ih), bias)
    states = tuple(_wide(s) for s in states)
    if batch_sizes is None:
        if not x.shape[0]:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        (after, _), mask = loop(x, states, None), None
    else:
        rows, mask, t, b = _packing(batch_sizes, states[0].shape[0], x.shape[0])
        after, _ = loop(x.at[rows].get(mode="clip"), states, mask)
    last = 0 if reverse else -1
    final = tuple(a[last].astype(dtype) for a in after)
    output = after[0] if mask is None else after[0].at[t, b].get(mode="clip", unique_indices=True)
    return (output.astype(dtype), *final)


def _packing(batch_sizes, batch: int, total: int) -> tuple:
    """The packed row of each (step, sequence) and whether it has one; the step and the sequence of each row."""
    ends = jnp.cumsum(batch_sizes)
    starts = ends - batch_sizes
    each = jnp.arange(batch)
    number = jnp.arange(total)
    step = jnp.searchsorted(ends, number, side="right")
    return starts[:, None] + each, (each < batch_sizes[:, None])[..., None], step, number - starts[step]


def _wide(x):
    return x.astype(jnp.float32) if x is not None and x.dtype.itemsize == 2 else x


def _sum(a, b):
    return a if b is None else b if a is None else a + b


@op(
    "_rnn_layer(Tensor input, Tensor h0, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None, "
    "Tensor? batch_sizes=None, *, bool reverse=False, str nonlinearity='tanh') -> (Tensor output, Tensor h)",
    variants="f",
    grad_name="StackBackward0",
)
def _rnn_layer(input, h0, w_ih, w_hh, b_ih, b_hh, batch_sizes, *, reverse, nonlinearity):
    cell, w = {"tanh": _TANH, "relu": _RELU}[nonlinearity], _wide(w_hh)
    return _layer(
        lambda x, states, mask: _loop(cell, reverse, x, w, None, states, mask),
        input,
        (h0,),
        w_ih,
        _sum(_wide(b_ih), _wide(b_hh)),
        batch_sizes,
        reverse,
    )


# Two layers of 200, T=35, B=20, forward and derivative in one program, on one core: 41 ms; JAX's own derivative of the
# same loop 58, PyTorch 33.
@op(
    "_lstm_layer(Tensor input, Tensor h0, Tensor c0, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None, "
    "Tensor? w_hr=None, Tensor? batch_sizes=None, *, bool reverse=False) -> (Tensor output, Tensor h, Tensor c)",
    variants="f",
    grad_name="StackBackward0",
)
def _lstm_layer(input, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr, batch_sizes, *, reverse):
    w, projection = _wide(w_hh), _wide(w_hr)

    def loop(x, states, mask):
        if projection is not None:
            return _projected_loop(reverse, x, w, projection, states, mask)
        return _loop(_LSTM, reverse, x, w, None, states, mask)

    return _layer(loop, input, (h0, c0), w_ih, _sum(_wide(b_ih), _wide(b_hh)), batch_sizes, reverse)


@op(
    "_gru_layer(Tensor input, Tensor h0, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None, "
    "Tensor? batch_sizes=None, *, bool reverse=False) -> (Tensor output, Tensor h)",
    variants="f",
    grad_name="StackBackward0",
)
def _gru_layer(input, h0, w_ih, w_hh, b_ih, b_hh, batch_sizes, *, reverse):
    w, b = _wide(w_hh), _wide(b_hh)
    return _layer(
        lambda x, states, mask: _loop(_GRU, reverse, x, w, b, states, mask),
        input,
        (h0,),
        w_ih,
        _wide(b_ih),
        batch_sizes,
        reverse,
    )


# ----- Cells by PyTorch's names -----


def _check_cell(input, states, w_ih, w_hh) -> None:
    if input.ndim != 2 or input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}")
    for i, h in enumerate(states):
        hidden = w_hh.shape[1]
        if input.shape[0] != h.shape[0]:
            raise RuntimeError(f"Input batch size {input.shape[0]} doesn't match hidden{i} batch size {h.shape[0]}")
        if h.shape[1] != hidden:
            raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {h.shape[1]}, expected {hidden}")


def _cell(cell: _Cell, input, states, w_ih, w_hh, b_ih, b_hh) -> tuple:
    _check_cell(input, states, w_ih, w_hh)
    wide = tuple(_wide(s) for s in states)
    x = _project(_wide(input), _wide(w_ih), _wide(b_ih))
    p = _project(wide[0], _wide(w_hh), _wide(b_hh))
    after = cell.step(x, x + p if cell.sums else p, wide)
    return tuple(a.astype(input.dtype) for a in after)


def _single(name: str, cell: _Cell, grad_name: str) -> None:
    @op(
        f"{name}(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
        variants="f",
        grad_name=grad_name,
    )
    def single(input, hx, w_ih, w_hh, b_ih, b_hh):
        return _cell(cell, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


_single("rnn_tanh_cell", _TANH, "TanhBackward0")
_single("rnn_relu_cell", _RELU, "ReluBackward0")
_single("gru_cell", _GRU, "AddBackward0")


@op(
    "lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> "
    "(Tensor h, Tensor c)",
    variants="f",
    grad_name="MulBackward0",
)
def lstm_cell(input, hx, w_ih, w_hh, b_ih, b_hh):
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    return _cell(_LSTM, input, tuple(hx), w_ih, w_hh, b_ih, b_hh)
