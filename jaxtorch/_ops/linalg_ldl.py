"""LDL^T factors of symmetric (or hermitian) indefinite matrices, pivoted as LAPACK's sytrf and hetrf do.

JAX has no such factorisation: the loops below are LAPACK's unblocked algorithms (Bunch and Kaufman's pivoting) on whole
rows, one matrix at a time. PyTorch has no derivatives of them either.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import broadcast_shapes, wrap_dim
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.layouts import columns
from jaxtorch._ops.linalg_common import adjoint, require_floating, require_square
from jaxtorch._ops.pointwise import no_derivative
from jaxtorch._ops.table import op

_ALPHA = (1 + math.sqrt(17)) / 8


def _size(x):
    """LAPACK's cheap modulus."""
    return jnp.abs(x.real) + jnp.abs(x.imag) if jnp.issubdtype(x.dtype, jnp.complexfloating) else jnp.abs(x)


def _largest(sizes, allowed):
    """The largest of the allowed entries, and where."""
    masked = jnp.where(allowed, sizes, -1)
    where = jnp.argmax(masked)
    return jnp.maximum(masked[where], 0), where


def _choose(a, k):
    """The pivot row of step `k`, and whether the pivot is a 2x2 block; `a` is the full trailing matrix."""
    n = a.shape[0]
    i = jnp.arange(n)
    here = _size(a[k, k])
    column, row = _largest(_size(a[:, k]), i > k)
    other, _ = _largest(_size(a[row]), (i >= k) & (i != row))
    alpha = jnp.asarray(_ALPHA, here.dtype)
    stay = (here >= alpha * column) | (here * other >= alpha * column * column)
    single = stay | (_size(a[row, row]) >= alpha * other)
    empty = jnp.maximum(here, column) == 0
    return jnp.where(stay | empty, k, row), ~(single | empty), empty


def _swapped(a, p, q, k):
    """Rows and columns `p` and `q` of the trailing matrix from `k` exchanged."""
    n = a.shape[0]
    i = jnp.arange(n)
    order = jnp.where(i == p, q, jnp.where(i == q, p, i))
    moved = a[order][:, order]
    trailing = (i[:, None] >= k) & (i[None, :] >= k)
    return jnp.where(trailing, moved, a)


def _eliminate(a, k, block, hermitian: bool):
    """The multipliers of the pivot's column (or two), and the trailing matrix without the pivot."""
    n = a.shape[0]
    i = jnp.arange(n)
    second = jnp.minimum(k + 1, n - 1)

    def turned(x):
        return jnp.conj(x) if hermitian else x

    x = jnp.where(i > k, a[:, k], 0)
    one = x / jnp.where(a[k, k] == 0, 1, a[k, k])
    below = i > k + 1
    u, v = jnp.where(below, a[:, k], 0), jnp.where(below, a[:, second], 0)
    d11, d21, d22 = a[k, k], a[second, k], a[second, second]
    scale = jnp.where(block, d11 * d22 - d21 * turned(d21), 1)
    first = (u * d22 - v * d21) / scale
    other = (v * d11 - u * turned(d21)) / scale
    single_update = one[:, None] * turned(x)[None, :]
    block_update = first[:, None] * turned(u)[None, :] + other[:, None] * turned(v)[None, :]
    left = jnp.where(block, first, one)
    return left, other, a - jnp.where(block, block_update, single_update)


def _factor(x, hermitian: bool):
    """LD, pivots and info of one matrix, of which the lower triangle is read."""
    n = x.shape[0]
    low = jnp.tril(x)
    full = low + (adjoint(jnp.tril(x, -1)) if hermitian else jnp.tril(x, -1).T)
    if hermitian:
        full = jnp.where(jnp.eye(n, dtype=bool), full.real.astype(x.dtype), full)
    i = jnp.arange(n)

    def step(state):
        k, a, out, pivots, info = state
        p, block, empty = _choose(a, k)
        kk = jnp.where(block, k + 1, k)
        a = _swapped(a, kk, p, k)
        left, other, after = _eliminate(a, k, block, hermitian)
        second = jnp.minimum(k + 1, n - 1)
        column = jnp.where(i == k, a[k, k], jnp.where(block & (i == k + 1), a[second, k], left))
        out = out.at[:, k].set(jnp.where(empty, a[:, k], column))
        next_column = jnp.where(i == k + 1, a[second, second], other)
        out = out.at[:, second].set(jnp.where(block, next_column, out[:, second]))
        named = jnp.where(block, -(p + 1), p + 1).astype(jnp.int32)
        pivots = pivots.at[k].set(named)
        pivots = pivots.at[second].set(jnp.where(block, named, pivots[second]))
        info = jnp.where((info == 0) & empty, k + 1, info).astype(jnp.int32)
        return kk + 1, jnp.where(empty, a, after), out, pivots, info

    start = (jnp.int32(0), full, jnp.zeros_like(x), jnp.zeros(n, jnp.int32), jnp.int32(0))
    _, _, out, pivots, info = lax.while_loop(lambda s: s[0] < n, step, start)
    return jnp.tril(out), pivots, info


def _factored(x, hermitian: bool, name: str):
    require_square(x, name)
    require_floating(x, name, low_precision=False)
    hermitian = hermitian and jnp.issubdtype(x.dtype, jnp.complexfloating)
    n, batch = x.shape[-1], x.shape[:-2]
    if not x.size:
        return x, jnp.zeros((*batch, n), jnp.int32), jnp.zeros(batch, jnp.int32)
    out, pivots, info = jax.vmap(lambda m: _factor(m, hermitian))(x.reshape(-1, n, n))
    return out.reshape(x.shape), pivots.reshape(*batch, n), info.reshape(batch)


def _underived_factor(x, hermitian: bool):
    return no_derivative("linalg_ldl_factor_ex")(lambda a: _factored(a, hermitian, "torch.linalg.ldl_factor_ex"))(x)


@op(
    "linalg.ldl_factor(Tensor input, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)",
    variants="fo",
    layout=(columns, None),
)
def ldl_factor(input, *, hermitian):
    return _underived_factor(input, hermitian)[:2]


@op(
    "linalg.ldl_factor_ex(Tensor input, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor "
    "pivots, Tensor info)",
    variants="fo",
    layout=(columns, None, None),
)
def ldl_factor_ex(input, *, hermitian, check_errors):
    return _underived_factor(input, hermitian)


# ----- Solving -----


def _exchanged(b, p, q):
    return b.at[p].set(b[q]).at[q].set(b[p])


def _pair(b, k, first, second):
    return b.at[k].set(first).at[k + 1].set(second)


def _solve(ld, pivots, b, hermitian: bool):
    """LAPACK's sytrs: one sweep down, one up, over pivots of one or two rows."""
    n = ld.shape[0]
    i = jnp.arange(n)

    def turned(x):
        return jnp.conj(x) if hermitian else x

    def down(state):
        k, b = state
        block = pivots[k] < 0
        second = jnp.minimum(k + 1, n - 1)
        b = _exchanged(b, jnp.where(block, second, k), jnp.abs(pivots[k]) - 1)
        below = i > jnp.where(block, k + 1, k)
        b = b - jnp.where(below, ld[:, k], 0)[:, None] * b[k]
        b = b - jnp.where(below & block, ld[:, second], 0)[:, None] * b[second]
        d11, d21, d22 = ld[k, k], ld[second, k], ld[second, second]
        scale = jnp.where(block, d11 * d22 - d21 * turned(d21), 1)
        both = _pair(
            b,
            jnp.minimum(k, n - 2) if n > 1 else k,
            (d22 * b[k] - turned(d21) * b[second]) / scale,
            (d11 * b[second] - d21 * b[k]) / scale,
        )
        return k + jnp.where(block, 2, 1), jnp.where(block, both, b.at[k].set(b[k] / d11))

    def up(state):
        k, b = state
        block = pivots[k] < 0
        first = jnp.maximum(k - 1, 0)
        below = i > k
        here = b[k] - turned(jnp.where(below, ld[:, k], 0)) @ b
        before = b[first] - turned(jnp.where(below & block, ld[:, first], 0)) @ b
        b = b.at[k].set(here)
        b = b.at[first].set(jnp.where(block, before, b[first]))
        return k - jnp.where(block, 2, 1), _exchanged(b, k, jnp.abs(pivots[k]) - 1)

    _, b = lax.while_loop(lambda s: s[0] < n, down, (jnp.int32(0), b))
    return lax.while_loop(lambda s: s[0] >= 0, up, (jnp.int32(n - 1), b))[1]


@op(
    "linalg.ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor",
    variants="fo",
    layout=columns,
)
def ldl_solve(LD, pivots, B, *, hermitian):
    name = "torch.linalg.ldl_solve"
    require_square(LD, name)
    wrap_dim(-2, B.ndim)
    if LD.shape[-1] != B.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {LD.shape[-2]} by {LD.shape[-1]} "
            f"but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        )
    if LD.dtype != B.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {dtype_name(B)} and A of "
            f"type {dtype_name(LD)} instead."
        )
    if LD.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    if not jnp.issubdtype(pivots.dtype, jnp.integer):
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {dtype_name(pivots)}")
    require_floating(LD, name, low_precision=False)
    batch = broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    n, columns = B.shape[-2:]
    if not n or not columns or 0 in batch:
        return jnp.zeros((*batch, n, columns), B.dtype)
    hermitian = hermitian and jnp.issubdtype(LD.dtype, jnp.complexfloating)
    flat = [
        jnp.broadcast_to(x, (*batch, *x.shape[x.ndim - own :])).reshape(-1, *x.shape[x.ndim - own :])
        for x, own in ((LD, 2), (pivots.astype(jnp.int32), 1), (B, 2))
    ]
    solve = no_derivative("linalg_ldl_solve")(jax.vmap(lambda ld, p, b: _solve(ld, p, b, hermitian)))
    return solve(*flat).reshape(*batch, n, columns)
