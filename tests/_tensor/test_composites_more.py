"""Functions made of others, with values from PyTorch."""

import pytest

import jaxtorch as torch

X = torch.tensor([[1.0, 2.0, 4.0], [3.0, -1.0, 0.5]])
Z = torch.tensor([[1 + 1j, 2.0, -1j], [0.5, 1j, 3.0]])
I = torch.arange(6).reshape(2, 3)  # noqa: E741


def close(got, expected):
    if isinstance(got, tuple):
        return len(got) == len(expected) and all(close(g, e) for g, e in zip(got, expected, strict=True))
    if not isinstance(got, torch.Tensor):
        return got == expected
    return torch.allclose(got, torch.tensor(expected, dtype=got.dtype), atol=1e-5, rtol=1e-5) and (
        list(got.shape) == list(torch.tensor(expected).shape)
    )


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: torch.bincount(torch.tensor([1, 1, 3])), [0, 2, 0, 1]),
        (
            lambda: torch.bincount(torch.tensor([1, 1, 3]), torch.tensor([0.5, 1.0, 2.0]), minlength=6),
            [0, 1.5, 0, 2, 0, 0],
        ),
        (lambda: torch.tensor([0, 2]).bincount(minlength=2), [1, 0, 1]),
        (lambda: torch.cov(X), [[2.333333, -1.416667], [-1.416667, 4.083333]]),
        (lambda: torch.cov(X, correction=0), [[1.555556, -0.9444445], [-0.9444445, 2.722222]]),
        (lambda: torch.cov(X[0]), 2.333333),
        (lambda: torch.cov(X, fweights=torch.tensor([1, 2, 3])), [[1.766667, -0.4166666], [-0.4166666, 2.141667]]),
        (lambda: torch.cov(X, aweights=torch.tensor([0.5, 1.0, 2.0])), [[2.5, -0.5], [-0.5, 2.678571]]),
        (
            lambda: torch.cov(
                X, fweights=torch.tensor([1, 2, 3]), aweights=torch.tensor([0.5, 1.0, 2.0]), correction=2
            ),
            [[1.737143, 0.2171429], [0.2171429, 1.411429]],
        ),
        (lambda: torch.cov(Z), [[(2 + 0j), (-1.5 - 1.75j)], [(-1.5 + 1.75j), (2.916667 + 0j)]]),
        (lambda: torch.cov(I), [[1, 1], [1, 1]]),
        (lambda: X.corrcoef(), [[1, -0.4589569], [-0.4589569, 0.9999999]]),
        (lambda: torch.corrcoef(X[0]), 1),
        (
            lambda: torch.corrcoef(Z),
            [[(0.9999999 + 0j), (-0.6210589 - 0.7245688j)], [(-0.6210589 + 0.7245688j), (0.9999999 + 0j)]],
        ),
        (lambda: torch.histogramdd(X.t(), [2, 3]).hist, [[1, 0, 1], [0, 1, 0]]),
        (
            lambda: torch.histogramdd(X.t(), [2, 2], range=[0.0, 5.0, -2.0, 4.0], density=True),
            ([[0.04444445, 0.04444445], [0.04444445, 0]], ([0, 2.5, 5], [-2, 1, 4])),
        ),
        (
            lambda: torch.histogramdd(X.t(), 2, weight=torch.tensor([1.0, 2.0, 3.0])).bin_edges,
            ([1, 2.5, 4], [-1, 1, 3]),
        ),
        (lambda: torch.chain_matmul(X, X.t(), X), [[30, 39, 85.5], [33.75, -4.25, 17.125]]),
        (lambda: Z.adjoint(), [[(1 - 1j), (0.5 - 0j)], [(2 - 0j), -1j], [(-0 + 1j), (3 - 0j)]]),
        (lambda: torch.adjoint(X), [[1, 3], [2, -1], [4, 0.5]]),
        (lambda: torch.unravel_index(torch.tensor([5, 7]), (3, 4)), ([1, 1], [1, 3])),
        (lambda: torch.unravel_index(torch.tensor(0), ()), ()),
        (lambda: torch.nonzero_static(X > 1, size=2), [[0, 1], [0, 2]]),
        (
            lambda: torch.nonzero_static(X > 1, size=6, fill_value=-5),
            [[0, 1], [0, 2], [1, 0], [-5, -5], [-5, -5], [-5, -5]],
        ),
        (lambda: X.where(X > 1, torch.zeros(())), [[0, 2, 4], [3, 0, 0]]),
        (lambda: torch.fill(X, 2.0), [[2, 2, 2], [2, 2, 2]]),
        (lambda: torch.diagonal_copy(X), [1, -1]),
        (lambda: torch.expand_copy(X[0], (2, 3)), [[1, 2, 4], [1, 2, 4]]),
        (lambda: torch.unfold_copy(X, 1, 2, 1), [[[1, 2], [2, 4]], [[3, -1], [-1, 0.5]]]),
        (lambda: torch.transpose_copy(X, 0, 1), [[1, 3], [2, -1], [4, 0.5]]),
        (lambda: torch.view_as_real_copy(Z), [[[1, 1], [2, 0], [-0, -1]], [[0.5, 0], [0, 1], [3, 0]]]),
        (lambda: torch.unsafe_chunk(X, 2, 1), ([[1, 2], [3, -1]], [[4], [0.5]])),
        (lambda: X.unsafe_split(2, 1), ([[1, 2], [3, -1]], [[4], [0.5]])),
        (lambda: torch.split_with_sizes_copy(X, [1, 2], 1), ([[1], [3]], [[2, 4], [-1, 0.5]])),
        (lambda: X.t().dim_order(), (1, 0)),
        (lambda: torch.empty_permuted((2, 3, 4), (1, 0, 2)).stride(), (4, 8, 1)),
        (lambda: X.dense_dim(), 2),
        (lambda: X.sparse_dim(), 0),
        (lambda: torch.get_device(X), -1),
        (lambda: torch.sym_sum([1, 2, 3]), 6),
        (lambda: torch.is_inference(X), False),
    ],
)
def test_values(make, expected):
    assert close(make(), expected)


def clone_then(method):
    def run(*args, x=None):
        t = (X if x is None else x).clone()
        getattr(t, method)(*args)
        return t.tolist()

    return run


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (clone_then("fill_diagonal_")(9.0), [[9, 2, 4], [3, 9, 0.5]]),
        (clone_then("apply_")(lambda v: v * 2 + 1), [[3, 5, 9], [7, -1, 2]]),
        (clone_then("map_")(X * 10, lambda a, b: a + b), [[11, 22, 44], [33, -11, 5.5]]),
        (
            clone_then("fill_diagonal_")(1.0, True, x=torch.zeros(7, 2)),
            [[1, 0], [0, 1], [0, 0], [1, 0], [0, 1], [0, 0], [1, 0]],
        ),
    ],
)
def test_in_place(got, expected):
    assert got == expected


@pytest.mark.parametrize(
    ("fails", "kind", "message"),
    [
        (
            lambda: torch.bincount(torch.tensor([-1])),
            RuntimeError,
            "bincount only supports 1-d non-negative integral inputs.",
        ),
        (
            lambda: torch.bincount(torch.tensor([1]), torch.ones(2)),
            RuntimeError,
            "weights should be 1-d and have the same length as input",
        ),
        (
            lambda: torch.ones(2).adjoint(),
            RuntimeError,
            "tensor.adjoint() is only supported on matrices or batches of matrices.",
        ),
        (
            lambda: torch.cov(torch.ones(1, 1, 1)),
            RuntimeError,
            "cov(): expected input to have two or fewer dimensions but got an input with 3 dimensions",
        ),
        (lambda: torch.ones(2).fill_diagonal_(1), RuntimeError, "dimensions must larger than 1"),
        (
            lambda: torch.ones(2).coalesce(),
            RuntimeError,
            "coalesce expected sparse coordinate tensor layout but got Strided",
        ),
        (
            lambda: torch.ones(2, requires_grad=True).apply_(abs),
            RuntimeError,
            "Can't call apply_() on Variable that requires grad.",
        ),
        (lambda: torch.set_num_threads(0), RuntimeError, "set_num_threads expects a positive integer"),
    ],
)
def test_errors(fails, kind, message):
    with pytest.raises(kind) as caught:
        fails()
    assert str(caught.value).startswith(message)


def test_copies_do_not_share():
    x = torch.zeros(2, 3)
    for copied in (
        torch.view_copy(x, (6,)),
        torch.t_copy(x),
        torch.select_copy(x, 0, 1),
        *torch.unbind_copy(x),
        *torch.split_copy(x, 1),
        torch.slice_copy(x, 1, 0, 2),
        torch.alias_copy(x),
        x.narrow_copy(0, 0, 1),
    ):
        copied.fill_(5)
    assert x.sum().item() == 0


def test_gradients():
    x = torch.tensor([[1.0, 2.0, 4.0], [3.0, -1.0, 0.5]], requires_grad=True)
    (torch.cov(x).sum() + torch.corrcoef(x).sum() + x.where(x > 1, x * 2).sum() + x.adjoint().sum()).backward()
    assert close(x.grad, [[4.273006, -0.8261761, 3.55317], [2.644902, 0.5192812, 4.835817]])


def test_settings():
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(threads)
    assert torch.get_float32_matmul_precision() == "highest"
    torch.set_deterministic_debug_mode("error")
    assert torch.get_deterministic_debug_mode() == 2 and torch.are_deterministic_algorithms_enabled()
    torch.set_deterministic_debug_mode(0)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.typename(torch.ones(1)) == "torch.FloatTensor" and torch.typename([]) == "list"
    assert (torch.sym_int(-2.5), torch.sym_max(1, 2.0), torch.sym_not(False)) == (-2, 2.0, True)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: torch.norm(torch.ones(2), "nuc", (0,)), RuntimeError, "must have at least 2 dimensions"),
        (lambda: torch.norm(torch.ones(2, 2), "nuc", (0, 0)), RuntimeError, r"dims must be different. Got \(0, 0\)"),
        (lambda: torch.norm(torch.ones(2, 2), "nuc", (0, 2)), IndexError, "Dimension out of range"),
        (lambda: torch.norm(torch.ones(2, 2), "nuc", (0,)), RuntimeError, "dim must be a 2-tuple. Got 0"),
        (lambda: torch.linalg.matrix_norm(torch.ones(2, 2), 1j), RuntimeError, "Expected a non-complex scalar"),
        (lambda: torch.einsum("", []), ValueError, "must specify the equation string and at least one operand"),
        (lambda: torch.ormqr(*[torch.ones(s) for s in ((1, 2, 2), (2, 2), (1, 2, 2))]), RuntimeError, "ns of tau"),
        (lambda: torch.ormqr(*[torch.ones(s) for s in ((1, 2, 2), (1, 2), (2, 2, 2))]), RuntimeError, "ns of other"),
    ],
)  # fmt: skip
def test_refused_by_linear_algebra(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_odd_products():
    with pytest.raises(RuntimeError, match=r"chain_matmul\(\): Expected one or more matrices"):
        torch.chain_matmul()
    with pytest.raises(RuntimeError, match="Tensor dimension is 3, expected 2 instead"):
        torch.chain_matmul(torch.ones(2, 2), torch.ones(2, 2, 2))
    x = torch.ones(2, 2)
    assert x.addbmm_(torch.ones(2, 2, 2), torch.ones(2, 2, 2), beta=2).tolist() == [[6, 6], [6, 6]]
    for p in (1, -1, float("inf"), "fro"):
        assert torch.linalg.cond(torch.zeros(2, 2), p).item() == float("inf")
