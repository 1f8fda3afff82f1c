"""QR factors and Householder reflectors."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.layouts import columns
from jaxtorch._ops.linalg_common import adjoint, require_floating, require_matrix
from jaxtorch._ops.table import op

# ----- QR -----


def _reduced(x):
    rows, columns = x.shape[-2:]
    if rows >= columns:
        return lax.linalg.qr(x, full_matrices=False)
    # JAX has no derivative of wide matrices; theirs follows from the square part's.
    q, r = lax.linalg.qr(x[..., :rows], full_matrices=False)
    return q, jnp.concatenate([r, adjoint(q) @ x[..., rows:]], -1)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _underived(x, mode: str):
    if mode == "r":
        return jnp.zeros((0,), x.dtype), _reduced(x)[1]
    return lax.linalg.qr(x, full_matrices=True)


@_underived.defjvp
def _(mode, primals, tangents):
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")


def _qr(x, mode: str):
    require_matrix(x, "linalg.qr")
    require_floating(x, "linalg.qr", low_precision=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    rows, columns = x.shape[-2:]
    if not x.size:
        return _of_nothing(x, rows if mode == "complete" else min(rows, columns), mode)
    if mode == "r" or (mode == "complete" and rows > columns):
        q, r = _underived(x, mode)
        return q, r
    q, r = _reduced(x)
    return q, jnp.triu(r)


def _of_nothing(x, small: int, mode: str):
    q = jnp.broadcast_to(jnp.eye(x.shape[-2], small, dtype=x.dtype), (*x.shape[:-2], x.shape[-2], small))
    return jnp.zeros((0,), x.dtype) if mode == "r" else q, jnp.zeros((*x.shape[:-2], small, x.shape[-1]), x.dtype)


@op(
    "linalg.qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)",
    variants="fo",
    saves="result",
    grad_name="LinalgQrBackward0",
    layout=columns,
)
def linalg_qr(A, *, mode):
    return _qr(A, mode)


@op(
    "qr(Tensor input, bool some=True) -> (Tensor Q, Tensor R)",
    variants="fmo",
    saves="result",
    grad_name="LinalgQrBackward0",
    layout=columns,
)
def qr(input, *, some):
    return _qr(input, "reduced" if some else "complete")


# ----- Reflectors: H_i = I - tau_i v_i v_i^H, with v_i below the diagonal of column i -----


@jax.custom_jvp
def _geqrf(x):
    h, tau = jnp.linalg.qr(x, mode="raw")
    return jnp.swapaxes(h, -2, -1), tau


@_geqrf.defjvp
def _(primals, tangents):
    raise NotImplementedError("the derivative for 'geqrf' is not implemented.")


@op("geqrf(Tensor input) -> (Tensor a, Tensor tau)", variants="fmo", layout=(columns, None))
def geqrf(input):
    if input.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    require_floating(input, "torch.geqrf", low_precision=False)
    return _geqrf(input)


def _reflect(vectors, tau, x, forward: bool):
    """Apply the reflectors to `x` from the left, the first one first if `forward`."""
    count = tau.shape[-1]
    rows = vectors.shape[-2]
    v = jnp.tril(vectors[..., :count], -1) + jnp.eye(rows, count, dtype=vectors.dtype)

    def step(y, reflector):
        u, t = reflector
        return y - (t[..., None] * u)[..., :, None] * (jnp.conj(u)[..., None, :] @ y), None

    moved = jnp.moveaxis(v, -1, 0), jnp.moveaxis(tau, -1, 0)
    return lax.scan(step, x, moved, reverse=not forward)[0]


def _check_reflectors(input, tau) -> None:
    name = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if tau.ndim and input.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
            f"{tau.ndim} and input.ndim is equal to {input.ndim}"
        )
    if input.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )
    if input.dtype != tau.dtype:
        raise RuntimeError(f"{name}: tau dtype {dtype_name(tau)} does not match input dtype {dtype_name(input)}")


def _householder(input, tau):
    _check_reflectors(input, tau)
    eye = jnp.broadcast_to(jnp.eye(input.shape[-2], input.shape[-1], dtype=input.dtype), input.shape)
    return _reflect(input, tau, eye, forward=False)


@op(
    "linalg.householder_product(Tensor input, Tensor tau) -> Tensor",
    variants="fo",
    saves=("input", "tau", "result"),
    grad_name="LinalgHouseholderProductBackward0",
    undefined=lambda avals, statics: not avals[1].numel,
    layout=columns,
)
def householder_product(input, tau):
    return _householder(input, tau)


@op(
    "orgqr(Tensor input, Tensor input2) -> Tensor",
    variants="fm",
    saves=("input", "input2", "result"),
    grad_name="LinalgHouseholderProductBackward0",
    layout=columns,
)
def orgqr(input, input2):
    return _householder(input, input2)


@op(
    "ormqr(Tensor input, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor",
    variants="fmo",
    saves=("input", "input2", "input3", "result"),
    layout=columns,
    constants={"input": "not input2.numel()", "input2": "not input2.numel()"},  # there are no reflectors
)
def ormqr(input, input2, input3, *, left, transpose):
    for name, x in (("input", input), ("other", input3)):
        if x.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if input3.shape[side] < input2.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if input3.shape[side] != input.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if input2.shape[-1] != min(input3.shape[side], input.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    for name, shape in (("tau", input2.shape[:-1]), ("other", input3.shape[:-2])):
        if shape != input.shape[:-2]:
            raise RuntimeError(
                f"torch.ormqr: Expected batch dimensions of {name} to be equal to input.shape[:-2], but got "
                f"{list(shape)}"
            )
    if not left:
        return adjoint(_apply(input, input2, adjoint(input3), not transpose))
    return _apply(input, input2, input3, transpose)


def _apply(input, tau, other, transpose: bool):
    """Q times `other`, or Q^H times it: the conjugate reflectors in the opposite order."""
    return _reflect(input, jnp.conj(tau) if transpose else tau, other, forward=transpose)
