"""Distances and similarities. Serves F.pairwise_distance, F.cosine_similarity, F.pdist and torch.cdist."""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import broadcast_shapes, wrap_dim
from jaxtorch._ops.extreme_values import largest
from jaxtorch._ops.norm import vector_norm
from jaxtorch._ops.pointwise import is_floating, is_integral, opmath, reject, scalar_name
from jaxtorch._ops.table import op


def pairwise(x1, x2, p: float, eps: float, keepdim: bool = False):
    """The `p`-norms of the last dimension of x1 - x2 + eps."""
    shape = broadcast_shapes(x1.shape, x2.shape)
    apart = x1 - x2  # of integers: wraps around as PyTorch's
    apart = apart.astype(defaults.dtype.numpy_dtype) if is_integral(apart) else apart
    norm = vector_norm(jnp.broadcast_to(apart + jnp.asarray(eps, apart.dtype), shape), p, (len(shape) - 1,))
    return norm if keepdim else norm[..., 0]


@op(
    "pairwise_distance(Tensor x1, Tensor x2, float p=2.0, float eps=1e-06, bool keepdim=False) -> Tensor",
    variants="f",
    promote="default",
    grad_name="LinalgVectorNormBackward0",
    aliases=("nn.functional.pairwise_distance",),
)
def pairwise_distance(x1, x2, *, p, eps, keepdim):
    """The `p`-norm of x1 - x2 + eps along the last dimension."""
    return pairwise(x1, x2, p, eps, keepdim)


@op(
    "cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
    variants="f",
    promote="default",
    grad_name="SumBackward1",
    aliases=("nn.functional.cosine_similarity",),
)
def cosine_similarity(x1, x2, *, dim, eps):
    """The cosine between x1 and x2 along `dim`; each norm counts as at least `eps`."""
    if not is_floating(x1):
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {scalar_name(x1)}")
    shape = broadcast_shapes(x1.shape, x2.shape)
    dim = wrap_dim(dim, len(shape))
    sides = []
    for x in (jnp.broadcast_to(x1, shape), jnp.broadcast_to(x2, shape)):
        norm = vector_norm(x, 2.0, (dim,)) if x.ndim else jnp.abs(x)
        # The bound is applied outside the graph: a small norm keeps its gradient.
        bounded = norm + lax.stop_gradient(jnp.maximum(norm, jnp.asarray(eps, norm.dtype)) - norm)
        sides.append(x / bounded)
    product = sides[0] * sides[1]
    return product.sum(dim) if product.ndim else product


# ----- All pairs -----

_DIRECT = 2**15  # so many differences take no longer than the product, and lose nothing by cancellation
_MODES = {
    "use_mm_for_euclid_dist_if_necessary": None,
    "use_mm_for_euclid_dist": True,
    "donot_use_mm_for_euclid_dist": False,
}


@op(
    "cdist(Tensor x1, Tensor x2, float p=2.0, str compute_mode='use_mm_for_euclid_dist_if_necessary') -> Tensor",
    variants="f",
    grad_name="CdistBackward0",
)
def cdist(x1, x2, *, p, compute_mode):
    """The `p`-norm distance between each row of x1 and each row of x2, by batches."""
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    _check_cdist(x1, x2, p)
    lead = broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1, x2 = jnp.broadcast_to(x1, lead + x1.shape[-2:]), jnp.broadcast_to(x2, lead + x2.shape[-2:])
    rows, columns = x1.shape[-2], x2.shape[-2]
    if 0 in (*lead, rows, columns):
        return jnp.zeros((*lead, rows, columns), x1.dtype)
    mode = _MODES[compute_mode]
    by_product = mode or (mode is None and (rows > 25 or columns > 25))
    if p == 2 and by_product and math.prod(lead) * rows * columns * x1.shape[-1] > _DIRECT:
        return _euclidean_by_product(x1, x2)
    return opmath(_distances)(x1, x2, p=p)


def _check_cdist(x1, x2, p: float) -> None:
    for number, x in ((1, x1), (2, x2)):
        if not is_floating(x):
            raise RuntimeError(f"cdist only supports floating-point dtypes, X{number} got: {scalar_name(x)}")
    for number, x in ((1, x1), (2, x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, X{number} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")


def _distances(x1, x2, *, p: float):
    return _power_distance(x1[..., :, None, :] - x2[..., None, :, :], p)


def _power_distance(difference, p: float):
    """`p`-norms over the last dimension with the gradients of cdist and pdist."""
    if p == 0:
        return (difference != 0).sum(-1).astype(difference.dtype)
    if math.isinf(p):
        return _chebyshev(difference)
    if p == 2 or p == 1:
        return vector_norm(difference, p, (difference.ndim - 1,))[..., 0]
    return _minkowski(difference, p)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _minkowski(difference, p: float):
    return jnp.power(jnp.power(jnp.abs(difference), p).sum(-1), 1.0 / p)


@_minkowski.defjvp
def _minkowski_jvp(p, primals, tangents):
    # PyTorch's formula: no gradient at distance 0, nor from equal coordinates when p < 1.
    (difference,), (d,) = primals, tangents
    out = _minkowski(difference, p)
    size, distance = jnp.abs(difference), out[..., None]
    defined = (distance != 0) & ((size != 0) | (p >= 1))
    safe, root = jnp.where(defined, size, 1), jnp.where(defined, distance, 1)
    slope = jnp.sign(difference) * jnp.power(safe / root, p - 1)
    return out, (jnp.where(defined, slope, 0) * d).sum(-1)


@jax.custom_jvp
def _chebyshev(difference):
    return largest(jnp.abs(difference), -1)


@_chebyshev.defjvp
def _chebyshev_jvp(primals, tangents):
    # Every coordinate that reaches the distance has its gradient in full.
    (difference,), (d,) = primals, tangents
    out = _chebyshev(difference)
    return out, (jnp.sign(difference) * (jnp.abs(difference) == out[..., None]) * d).sum(-1)


def _euclidean_by_product(x1, x2):
    @opmath
    def by_product(x1, x2):
        # Distances stay when all points move; what cancels below grows with the square of how far off they lie.
        middle = lax.stop_gradient(x1.mean(-2, keepdims=True))
        x1, x2 = x1 - middle, x2 - middle
        squares = (x1 * x1).sum(-1)[..., :, None] + (x2 * x2).sum(-1)[..., None, :]
        squares = squares - 2 * jnp.einsum("...ik,...jk->...ij", x1, x2)
        squares = jnp.where(squares < 0, np.zeros((), squares.dtype), squares)
        zero = squares == 0
        return jnp.where(zero, np.zeros((), squares.dtype), jnp.sqrt(jnp.where(zero, 1, squares)))

    return by_product(x1, x2)


@op(
    "pdist(Tensor input, float p=2.0) -> Tensor",
    variants="f",
    aliases=("nn.functional.pdist",),
    grad_name="PdistBackward0",
)
def pdist(input, *, p):
    """The `p`-norm distances between the rows, those of the upper triangle in a row."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not is_floating(input):
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    reject(input, "pdist", BOOL, INTEGRAL, COMPLEX)
    first, second = np.triu_indices(input.shape[0], 1)
    return opmath(lambda x: _power_distance(x[first] - x[second], p))(input)
