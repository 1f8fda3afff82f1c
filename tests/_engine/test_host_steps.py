"""What NumPy, SciPy and LAPACK compute in XLA's place agrees with XLA."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import jaxtorch as torch
from jaxtorch._engine import program, recorder
from jaxtorch._engine.host import batch, steps, sums
from jaxtorch._engine.host.elementwise import Unsupported
from jaxtorch._engine.host.lowering import HostCall


def drawn(*shape, dtype="float32", seed=0):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * generator.standard_normal(shape)
    return (x * 3).astype(dtype) if np.dtype(dtype).kind in "iu" else x.astype(dtype)


def positive(*shape, dtype="float32"):
    x = drawn(*shape, dtype=dtype)
    return (x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1])).astype(dtype)


def convolution(lhs, rhs, spec=("NCHW", "OIHW", "NCHW"), strides=(1, 1), padding=((0, 0), (0, 0)), **options):
    made = lambda a, b: lax.conv_general_dilated(  # noqa: E731
        a, b, strides, padding, dimension_numbers=lax.conv_dimension_numbers(lhs, rhs, spec), **options
    )
    return made, drawn(*lhs), drawn(*rhs, seed=1)


SPECIAL = np.array([0.0, -0.0, 1, -1, np.nan, np.inf, -np.inf, 2, 2], np.float32)
TRIANGLES = [
    {"left_side": left, "lower": lower, "transpose_a": transposed, "conjugate_a": conjugated, "unit_diagonal": unit}
    for left in (True, False)
    for lower in (True, False)
    for transposed in (True, False)
    for conjugated in (True, False)
    for unit in (True, False)
]

CASES = {
    "cholesky": (lax.linalg.cholesky, positive(3, 3)),
    "cholesky of a batch, one fails": (lax.linalg.cholesky, np.stack([positive(2, 2), -np.eye(2, dtype=np.float32)])),
    "cholesky of complex": (lax.linalg.cholesky, positive(3, 3, dtype="complex64")),
    "lu": (lax.linalg.lu, drawn(2, 4, 3)),
    "lu, wide": (lax.linalg.lu, drawn(3, 4, dtype="float64")),
    "lu, singular": (lax.linalg.lu, np.ones((3, 3), np.float32)),
    "pivots": (lambda p: lax.linalg.lu_pivots_to_permutation(p, 4), np.array([[1, 1, 3], [0, 3, 3]], np.int32)),
    "qr": (lambda x: lax.linalg.qr(x, full_matrices=False), drawn(2, 4, 3)),
    "qr, complete": (lambda x: lax.linalg.qr(x, full_matrices=True), drawn(4, 3, dtype="complex64")),
    "products of reflections": (lax.linalg.householder_product, drawn(4, 3), drawn(3, seed=1)),
    "svd": (lambda x: lax.linalg.svd(x, full_matrices=False), drawn(2, 4, 3)),
    "svd, full": (lambda x: lax.linalg.svd(x, full_matrices=True), drawn(4, 3, dtype="complex128")),
    "svd, wide": (lambda x: lax.linalg.svd(x, full_matrices=False), drawn(2, 7)),
    "qr, wide": (lambda x: lax.linalg.qr(x, full_matrices=False), drawn(3, 5)),
    "singular values": (lambda x: lax.linalg.svd(x, compute_uv=False), drawn(3, 5)),
    "svd of NaN": (lambda x: lax.linalg.svd(x, compute_uv=False), np.full((2, 2), np.nan, np.float32)),
    "eigh": (lambda x: lax.linalg.eigh(x, symmetrize_input=False), positive(2, 3, 3)),
    "eigh of complex": (lambda x: lax.linalg.eigh(x, symmetrize_input=False), positive(3, 3, dtype="complex64")),
    "eig of complex": (lambda x: lax.linalg.eig(x, compute_left_eigenvectors=False), drawn(3, 3, dtype="complex64")),
    "eig": (lambda x: lax.linalg.eig(x, compute_left_eigenvectors=False), drawn(4, 4)),
    "solve": (jnp.linalg.solve, drawn(2, 3, 3), drawn(2, 3, 2, seed=1)),
    "fft": (jnp.fft.fftn, drawn(3, 4, 5, dtype="complex64")),
    "ifft": (jnp.fft.ifft2, drawn(3, 4, 5, dtype="complex128")),
    "rfft": (jnp.fft.rfft2, drawn(3, 4, 5)),
    "irfft": (lambda x: jnp.fft.irfftn(x, (4, 6)), drawn(4, 4, dtype="complex64")),
    "convolution": convolution((2, 3, 6, 5), (4, 3, 3, 2), strides=(2, 1), padding=((1, 2), (0, 1))),
    "convolution, channels last": convolution((2, 6, 5, 3), (3, 2, 3, 4), ("NHWC", "HWIO", "NHWC")),
    "convolution, dilated": convolution((2, 3, 6, 7), (4, 3, 2, 3), rhs_dilation=(2, 3), lhs_dilation=(3, 1)),
    "convolution, cut": convolution((2, 3, 6, 7), (4, 3, 2, 3), padding=((-1, 0), (1, -2))),
    "convolution, groups": convolution((2, 6, 5, 4), (4, 3, 2, 2), feature_group_count=2),
    "convolution, batch groups": convolution((4, 3, 5, 4), (6, 3, 2, 2), batch_group_count=2),
    "top_k": (lambda x: lax.top_k(x, 4), SPECIAL),
    "top_k of integers": (lambda x: lax.top_k(x, 2), drawn(3, 4, dtype="int64")),
    "searchsorted": (jnp.searchsorted, np.sort(SPECIAL), SPECIAL),
    "reduce_xor": (lambda x: lax.reduce_xor(x, (0,)), drawn(5, 3, dtype="int64")),
    "reduce_and of integers": (lambda x: lax.reduce_and(x, (0,)), drawn(5, 3, dtype="int64")),
    "unstack": (lambda x: jnp.unstack(x, axis=1), drawn(2, 3)),
    "one of a row": (lambda x, i: jnp.take_along_axis(x, i, 1), drawn(1, 5), np.array([[3]])),
    "one outside": (lambda x, i: x.at[i].get(mode="fill"), drawn(5), np.array([7])),
    "one outside, clipped": (lambda x, i: x.at[:, i].get(mode="clip"), drawn(2, 5), np.array([7])),
    "one in the middle": (lambda x, i: lax.dynamic_index_in_dim(x, i[0], 1), drawn(2, 5, 3), np.array([2])),
    "rows": (lambda x, i: x[i], drawn(5, 3), np.array([4, 0])),
    "write one": (lambda x, i, y: x.at[:, i].set(y), drawn(2, 5), np.array([1]), drawn(2, 1, seed=1)),
    "write one outside": (lambda x, i, y: x.at[i].set(y, mode="drop"), drawn(5), np.array([5]), drawn(1, seed=1)),
    "add one": (lambda x, i, y: x.at[i].add(y), drawn(5, 3), np.array([-2]), drawn(1, 3, seed=1)),
    "greatest of one": (lambda x, i, y: x.at[i].max(y), drawn(5), np.array([2]), drawn(1, seed=1)),
    "polygamma": (lambda x: lax.polygamma(jnp.ones_like(x), x), np.array([0.3, 1, 20.5], np.float32)),
    "by platform": (lambda x: lax.platform_dependent(x, cpu=lambda x: x + 1, default=lambda x: x), drawn(3)),
} | {
    f"triangular solve {n}": (
        lambda a, b, options=options: lax.linalg.triangular_solve(a, b, **options),
        drawn(2, 3, 3, dtype="complex64") + 4 * np.eye(3, dtype=np.complex64),
        drawn(2, *((3, 2) if options["left_side"] else (2, 3)), dtype="complex64", seed=1),
    )
    for n, options in enumerate(TRIANGLES)
}


@pytest.mark.parametrize("name", CASES)
def test_as_xla(name):
    function, *arrays = CASES[name]
    expected = jax.tree.leaves(jax.jit(function)(*arrays))
    with np.errstate(all="ignore"):
        got = HostCall(jax.make_jaxpr(function)(*arrays)).run(*arrays)
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5, equal_nan=True)


def test_long_loops_go_on_in_xla():
    count = jax.make_jaxpr(lambda x, y: lax.while_loop(lambda s: s[0] < x, lambda s: (s[0] + 1, s[1] + y), (0, 0.0)))
    rounds, total = HostCall(count(0, 0.0)).run(np.int64(3_000_000), np.float64(0.5))
    assert rounds == 3_000_000 and total == 1_500_000


@pytest.mark.parametrize(
    ("function", "shape"), [(lax.linalg.cholesky, (0, 0)), (jnp.fft.fft, (0, 3)), (lambda x: lax.linalg.eig(x), (2, 2))]
)
def test_what_is_left_to_xla(function, shape):
    with pytest.raises(Unsupported):
        HostCall(jax.make_jaxpr(function)(np.ones(shape, np.float32)))


def test_derivatives_come_to_few_steps():
    """What is computed for nobody, from constants alone, or only to be broadcast, is no step."""
    linear = jax.make_jaxpr(lambda x, w, ct: jax.vjp(lambda x, w: jnp.tanh(x @ w), x, w)[1](ct))
    call = HostCall(linear(drawn(2, 3), drawn(3, 4), drawn(2, 4)))
    assert len(call.steps) <= 10
    spread = HostCall(
        jax.make_jaxpr(lambda x, y: x * jnp.broadcast_to(y[:, None] + 1.0, (2, 3)))(drawn(2, 3), drawn(2))
    )
    assert len(spread.steps) == 3  # add, a reshape, multiply
    ones = HostCall(jax.make_jaxpr(lambda x: x @ jnp.ones(3, np.float32))(drawn(2, 3)))
    assert len(ones.steps) == 1
    for call, arrays in [(spread, (drawn(2, 3), drawn(2))), (ones, (drawn(2, 3),))]:
        assert [a.shape for a in call.run(*arrays)] in ([(2, 3)], [(2,)])


def test_results_that_are_still_to_be_broadcast():
    function = lambda x: (jnp.broadcast_to(jnp.exp(x)[None], (2, 3)), jnp.zeros((4, 5)), x)  # noqa: E731
    got = HostCall(jax.make_jaxpr(function)(drawn(3))).run(drawn(3))
    assert [a.shape for a in got] == [(2, 3), (4, 5), (3,)]
    np.testing.assert_allclose(got[0], np.broadcast_to(np.exp(drawn(3)), (2, 3)), rtol=1e-6)


@pytest.mark.parametrize("run", [steps._run_steps, steps.run_steps])
def test_steps(run):
    slots = [3, 5, None, None, None]
    rows = ((divmod, (1, 0), (2, 3), ()), (lambda *all: sum(all), (0,) * 20, 4, (3,)))
    run(rows, slots)
    assert slots == [3, 5, 1, None, 60]
    with pytest.raises(ZeroDivisionError):
        run(((divmod, (0, 1), (2, 3), ()),), [1, 0, None, None])
    with pytest.raises(ValueError):
        run(((divmod, (0, 1), (2, 3, 4), ()),), [1, 1, None, None, None])
    with pytest.raises(IndexError):
        run(((abs, (7,), 0, ()),), [1])


def test_what_nobody_reads_is_not_run():
    x = torch.arange(6.0).view(2, 3)
    recorder.flush()
    y = (x * 2).exp()
    z = (x + 1).sum()
    del y
    stretch = program.survey(recorder._local.state.pending)
    prepared = batch.Prepared(stretch)
    assert len(prepared.steps) == 3  # a number converted, an addition, a sum
    assert z.item() == 21


def test_gradients_over_time_are_one_product():
    w = torch.full((4, 3), 0.5, requires_grad=True)
    xs, targets = torch.arange(15.0).view(5, 1, 3), torch.arange(20.0).view(5, 1, 4)
    recorder.flush()
    linear = torch.nn.functional.linear
    loss = sum((linear(x, w) * t).sum() for x, t in zip(xs, targets, strict=True))
    loss.backward()
    prepared = batch.Prepared(program.survey(recorder._local.state.pending))
    products = [function for function, *_ in prepared.steps if function is sums._product]
    assert len(products) == 1
    expected = targets.view(5, 4).numpy().T @ xs.view(5, 3).numpy()
    np.testing.assert_allclose(w.grad.numpy(), expected, rtol=1e-6)


def test_sums_that_somebody_else_reads_stay():
    product = lambda x, y: np.dot(x.T, y)  # noqa: E731
    term = sums.mark(product, 1, (2, 2), np.dtype(np.float32))
    rows = [(term, (0, 1), 4, ()), (term, (2, 3), 5, ()), (np.add, (4, 5), 6, ()), (np.add, (6, 4), 7, ())]
    arrays = [drawn(1, 2, seed=n) for n in range(4)]
    for kept_by_others in ([7], [7, 5]):
        slots = [*arrays, *[None] * 8]
        made = sums.stack_terms(rows, kept_by_others, iter(range(8, 12)).__next__)
        steps.run_steps(tuple(made), slots)
        first, second = arrays[0].T @ arrays[1], arrays[2].T @ arrays[3]
        np.testing.assert_allclose(slots[7], first + second + first, rtol=1e-6)
    twice = [(term, (0, 1), 4, ()), (np.add, (4, 4), 5, ())]
    slots = [*arrays, *[None] * 8]
    steps.run_steps(tuple(sums.stack_terms(twice, [5], iter(range(8, 12)).__next__)), slots)
    np.testing.assert_allclose(slots[5], 2 * arrays[0].T @ arrays[1], rtol=1e-6)


def test_a_term_that_is_an_operand_of_another_is_computed_before_it():
    def product(x, y):
        return x.T @ y

    term = sums.mark(product, 2, (2, 2), np.dtype(np.float64))
    rows = [(term, (0, 1), 3, ()), (term, (3, 2), 4, ()), (term, (3, 1), 5, ()), (np.add, (4, 5), 6, ())]
    made = sums.stack_terms(rows, [6], iter(range(7, 20)).__next__)
    a, b, c = (np.random.default_rng(i).standard_normal((2, 2)) for i in range(3))
    slots = [a, b, c, *[None] * 20]
    for function, ins, out, _ in made:
        slots[out] = function(*[slots[i] for i in ins])
    np.testing.assert_allclose(slots[6], (a.T @ b).T @ c + (a.T @ b).T @ b)


def test_second_derivatives_of_a_matrix_cubed():
    x = torch.eye(3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda a: torch.linalg.matrix_power(a, 3), (x,))
