"""How gamma and Dirichlet draws move with their concentration: PyTorch's approximations, formula by formula.

The draws themselves come from the host's stream; an op here takes the drawn numbers as they are and gives the result
its derivative (implicit reparameterization: minus the change of the distribution function over the density).
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import elementwise
from jaxtorch._ops.table import op

# A fit to the gradient in u = log(x / alpha) and v = log(alpha): rows for u ** i, columns for v ** j of p and of q.
_GAMMA_UV = (
    (0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1.0, 0.32668115, 0.10406089, 0.0014179084),
    (0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623),
    (
        0.040121004,
        -0.0065914022,
        -0.0026286047,
        -0.0013441777,
        0.017050642,
        -0.0021309326,
        0.00085092367,
        -1.5247877e-07,
    ),
)
# The same for the Dirichlet: [p or q][power of u][power of a][power of b].
_DIRICHLET_UAB = (
    (
        (
            (1.003668233, -0.01061107488, -0.0657888334, 0.01201642863),
            (0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033),
            (-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013),
        ),
        (
            (0.221950385, -0.3187676331, 0.01799915743, 0.01074823814),
            (-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057),
            (0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05),
        ),
        (
            (-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565),
            (0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181),
            (0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05),
        ),
    ),
    (
        (
            (1.0, -0.02924021934, -0.04438342661, 0.007285809825),
            (0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521),
            (-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149),
        ),
        (
            (0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273),
            (0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956),
            (-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05),
        ),
        (
            (0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05),
            (0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05),
            (-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06),
        ),
    ),
)


def _polynomial(x, coefficients):
    return functools.reduce(lambda total, c: c + x * total, reversed(coefficients))


def _power(x, exponent: float):
    return lax.pow(x, jnp.asarray(exponent, x.dtype))


def _in_float64(fn):
    """PyTorch's CPU kernels accumulate in double."""

    @functools.wraps(fn)
    def wide(*arrays):
        return fn(*[a.astype(jnp.float64) for a in arrays]).astype(arrays[0].dtype)

    return wide


# ----- Gamma -----


def _gamma_taylor(alpha, x):
    numerator, denominator = jnp.ones_like(x), alpha
    first, second = 1 / alpha, 1 / (alpha * alpha)
    for i in range(1, 6):
        numerator = numerator * -x / i
        denominator = denominator + 1
        first = first + numerator / denominator
        second = second + numerator / (denominator * denominator)
    scale = lax.pow(x, alpha)
    density = lax.pow(x, alpha - 1) * jnp.exp(-x)
    slope = (jnp.log(x) - lax.digamma(alpha)) * (scale * first) - scale * second
    result = -slope / density
    return jnp.where(jnp.isnan(result), 0, result)


def _gamma_near_mean(alpha, x):
    first = 1 + 24 * alpha * (1 + 12 * alpha)
    second = 1440 * alpha * alpha + 6 * x * (53 - 120 * x) - 65 * x * x / alpha + alpha * (107 + 3600 * x)
    return first * second / (1244160 * (alpha * alpha) * (alpha * alpha))


def _gamma_saddle(alpha, x):
    root = jnp.sqrt(8 * alpha)
    tail = _power(x - alpha - alpha * jnp.log(x / alpha), -1.5)
    term = root / (alpha - x) + jnp.where(x < alpha, -tail, tail)
    term = jnp.log(x / alpha) * term - jnp.sqrt(2 / alpha) * (alpha + x) / ((alpha - x) * (alpha - x))
    stirling = 1 + 1 / (12 * alpha) * (1 + 1 / (24 * alpha))
    return -stirling * (x * term) / root


def _gamma_fit(alpha, x):
    u, v = jnp.log(x / alpha), jnp.log(alpha)
    c = [_polynomial(u, column) for column in zip(*_GAMMA_UV, strict=True)]
    return jnp.exp(_polynomial(v, c[:4]) / _polynomial(v, c[4:]))


@_in_float64
def gamma_gradient(alpha, x):
    """The derivative of a Gamma(alpha, 1) draw `x` by alpha."""
    near = (0.9 * alpha <= x) & (x <= 1.1 * alpha)
    large = jnp.where(near, _gamma_near_mean(alpha, x), _gamma_saddle(alpha, x))
    return jnp.where(x < 0.8, _gamma_taylor(alpha, x), jnp.where(alpha > 8, large, _gamma_fit(alpha, x)))


# ----- Dirichlet -----


def _beta_by_alpha_small(x, alpha, beta):
    factor = lax.digamma(alpha) - lax.digamma(alpha + beta) - jnp.log(x)
    numerator = jnp.ones_like(x)
    series = numerator / alpha * (factor + 1 / alpha)
    for i in range(1, 11):
        numerator = numerator * (i - beta) * x / i
        series = series + numerator / (alpha + i) * (factor + 1 / (alpha + i))
    result = x * lax.pow(1 - x, -beta) * series
    return jnp.where(jnp.isnan(result), 0, result)


def _beta_by_beta_small(x, alpha, beta):
    factor = lax.digamma(alpha + beta) - lax.digamma(beta)
    numerator, betas, slopes, series = jnp.ones_like(x), jnp.ones_like(x), jnp.zeros_like(x), factor / alpha
    for i in range(1, 9):
        numerator = numerator * -x / i
        slopes = slopes * (beta - i) + betas
        betas = betas * (beta - i)
        series = series + numerator / (alpha + i) * (slopes + factor * betas)
    result = -lax.pow(1 - x, 1 - beta) * series
    return jnp.where(jnp.isnan(result), 0, result)


def _beta_near_mean(x, alpha, beta, total):
    poly = 8 * (1 - x) * (135 * beta - 11)
    poly = (453 + 1620 * beta * (1 - x) - 455 * x) * beta + alpha * poly
    poly = 3 * (59 + 180 * beta - 90 * x) * (beta * beta) + alpha * poly
    poly = (43 + 20 * (16 + 27 * beta) * x) * (beta * beta) * beta + alpha * poly
    poly = 47 * x * (beta * beta) * (beta * beta) + alpha * poly
    above = (1 + 12 * alpha) * (1 + 12 * beta) / (total * total)
    below = 12960 * alpha * alpha * alpha * beta * beta * (1 + 12 * total)
    return above / (1 - x) * poly / below


def _stirling(z):
    return 1 + 1 / (12 * z) + 1 / (288 * z * z)


def _beta_by_alpha_mid(x, alpha, beta):
    total = alpha + beta
    mean = alpha / total
    deviation = jnp.sqrt(alpha * beta / (total + 1)) / total
    prefactor = -x / jnp.sqrt(2 * alpha * beta / total)
    stirling = _stirling(alpha) * _stirling(beta) / _stirling(total)
    off = alpha * (x - 1) + beta * x
    first = 2 * (alpha * alpha) * (x - 1) + alpha * beta * (x - 1) - x * (beta * beta)
    first = first / (jnp.sqrt(2 * alpha / beta) * _power(total, 1.5) * off * off)
    second = 0.5 * jnp.log(alpha / (total * x))
    third = jnp.sqrt(8 * alpha * beta / total) / off
    fourth = beta * jnp.log(beta / (total * (1 - x))) + alpha * jnp.log(alpha / (total * x))
    fourth = _power(fourth, -1.5)
    result = stirling * prefactor * (first + second * (third + jnp.where(x < mean, fourth, -fourth)))
    near = (mean - 0.1 * deviation <= x) & (x <= mean + 0.1 * deviation)
    return jnp.where(near, _beta_near_mean(x, alpha, beta, total), result)


def _dirichlet_fit(x, alpha, total):
    u = jnp.log(x)
    a = jnp.log(alpha) - u
    b = jnp.log(total) - a
    p, q = (
        _polynomial(u, [_polynomial(a, [_polynomial(b, last) for last in row]) for row in rows])
        for rows in _DIRICHLET_UAB
    )
    return p / q * (x * (lax.digamma(total) - lax.digamma(alpha)) / (total - alpha))


@_in_float64
def dirichlet_gradient(x, alpha, total):
    """A component's derivative by its own concentration, over 1 - x."""
    beta = total - alpha
    edge = total * x * (1 - x)
    middle = jnp.where((alpha > 6) & (beta > 6), _beta_by_alpha_mid(x, alpha, beta), _dirichlet_fit(x, alpha, total))
    high = jnp.where((x >= 0.5) & (edge < 0.75), -_beta_by_beta_small(1 - x, beta, alpha), middle)
    return jnp.where((x <= 0.5) & (edge < 2.5), _beta_by_alpha_small(x, alpha, beta), high)


# ----- The ops -----


elementwise("_standard_gamma_grad(Tensor input, Tensor output) -> Tensor", grad="none", variants="f")(gamma_gradient)
elementwise("_dirichlet_grad(Tensor x, Tensor alpha, Tensor total) -> Tensor", grad="none", variants="f")(
    dirichlet_gradient
)


@jax.custom_jvp
def _gamma(input, drawn):
    return drawn


@_gamma.defjvp
def _gamma_jvp(primals, tangents):
    return primals[1], tangents[0] * gamma_gradient(*primals)


@jax.custom_jvp
def _dirichlet(input, drawn):
    return drawn


@_dirichlet.defjvp
def _dirichlet_jvp(primals, tangents):
    alpha, x = primals
    moved = tangents[0] * dirichlet_gradient(x, alpha, jnp.broadcast_to(alpha.sum(-1, keepdims=True), alpha.shape))
    return x, moved - x * moved.sum(-1, keepdims=True)


op(
    "_gamma_drawn(Tensor input, Tensor drawn) -> Tensor",
    variants="",
    saves=("input", "result"),
    grad_name="StandardGammaBackward0",
)(lambda input, drawn: _gamma(input, drawn))
op(
    "_dirichlet_drawn(Tensor input, Tensor drawn) -> Tensor",
    variants="",
    saves=("input", "result"),
    grad_name="_DirichletBackward",
)(lambda input, drawn: _dirichlet(input, drawn))
