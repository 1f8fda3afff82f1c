"""Sparse tensors: parts, conversions, arithmetic, gradients, errors. Expected values are PyTorch's."""

import copy

import pytest

import jaxtorch as torch


def _sparse(**options):
    return torch.sparse_coo_tensor([[0, 1, 0], [2, 0, 2]], [3.0, 4.0, 5.0], (2, 3), **options)


def test_parts_and_metadata():
    s = _sparse()
    assert (s.is_sparse, str(s.layout), tuple(s.shape), s.dtype) == (True, "torch.sparse_coo", (2, 3), torch.float32)
    assert (s.sparse_dim(), s.dense_dim(), s._nnz(), s.is_coalesced()) == (2, 0, 3, False)
    assert isinstance(s, torch.Tensor) and not torch.ones(2).is_sparse
    c = s.coalesce()
    assert c.indices().tolist() == [[0, 1], [2, 0]] and c.values().tolist() == [8.0, 4.0] and c.is_coalesced()
    assert s.to_dense().tolist() == [[0.0, 0.0, 8.0], [4.0, 0.0, 0.0]]


def test_values_may_be_dense_slices():
    s = torch.sparse_coo_tensor([[0, 2]], [[1, 2], [3, 4]], (3, 2))
    assert (s.sparse_dim(), s.dense_dim()) == (1, 1)
    assert s.to_dense().tolist() == [[1, 2], [0, 0], [3, 4]]
    back = s.to_dense().to_sparse(1)
    assert back.indices().tolist() == [[0, 2]] and back.values().tolist() == [[1, 2], [3, 4]]


def test_printing():
    s = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3), dtype=torch.float64)
    assert repr(s) == (
        "tensor(indices=tensor([[0, 1],\n                       [2, 0]]),\n"
        "       values=tensor([3., 4.]),\n"
        "       size=(2, 3), nnz=2, dtype=torch.float64, layout=torch.sparse_coo)"
    )


def test_size_is_found_from_the_indices():
    assert tuple(torch.sparse_coo_tensor([[0, 4]], [1.0, 2.0]).shape) == (5,)
    assert torch.sparse_coo_tensor((2, 3))._nnz() == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: torch.sparse_coo_tensor([0, 5], [1.0, 2.0]), RuntimeError, "indices must be sparse_dim x nnz"),
        (lambda: torch.sparse_coo_tensor([[0]], [1.0, 2.0]), RuntimeError, "indices and values must have same nnz"),
        (
            lambda: torch.sparse_coo_tensor([[0]], [1.0], (2, 2)),
            RuntimeError,
            "number of dimensions must be sparse_dim",
        ),
        (
            lambda: torch.sparse_coo_tensor([[5]], [1.0], (2,), check_invariants=True),
            RuntimeError,
            "size is inconsistent with indices: for dim 0, size is 2 but found index 5",
        ),
        (lambda: _sparse().values(), RuntimeError, "Cannot get values on an uncoalesced tensor"),
        (lambda: torch.ones(2).indices(), RuntimeError, "indices expected sparse coordinate tensor layout"),
        (lambda: _sparse() + torch.ones(2, 3), RuntimeError, "add\\(sparse, dense\\) is not supported"),
        (lambda: _sparse() @ torch.ones(4, 2), RuntimeError, "Expected dim 0 size 3, got 4"),
        (lambda: torch.exp(_sparse()), NotImplementedError, "torch.exp takes no sparse tensor"),
        (lambda: _sparse().view(6), NotImplementedError, "to_dense"),
        (lambda: _sparse().numpy(), TypeError, "can't convert Sparse layout tensor to numpy"),
        (lambda: torch.sparse.spsolve(), NotImplementedError, "use torch.linalg.solve"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_arithmetic():
    s, ones = _sparse(), torch.ones(2, 3)
    dense = s.to_dense()
    for made, expected in [
        (s + s, dense + dense),
        (s.coalesce() - s.coalesce(), dense - dense),
        (s * 2, dense * 2),
        (2 * s, dense * 2),
        (s / 4, dense / 4),
        (-s, -dense),
        (s * torch.full((2, 3), 3.0), dense * 3),
        (s.coalesce() * s.coalesce(), dense * dense),
        (s**2, dense**2),
        (s.abs(), dense.abs()),
        (torch.tanh(s), dense.tanh()),
        (s.t(), dense.t()),
        (s[1], dense[1]),
        (s.unsqueeze(0), dense.unsqueeze(0)),
        (torch.sparse.sum(s, 0), dense.sum(0)),
        (s.double(), dense.double()),
        (s.clone(), dense),
        (copy.deepcopy(s), dense),
    ]:
        assert made.is_sparse and made.dtype == expected.dtype
        torch.testing.assert_close(made.to_dense(), expected)
    for made, expected in [
        (ones + s, ones + dense),
        (torch.add(ones, s, alpha=-2), ones - 2 * dense),
        (torch.ones(2, 3).add_(s, alpha=0.5), ones + dense / 2),
        (torch.sum(s), dense.sum()),
        (s.norm(), dense.norm()),
        (torch.sparse.sum(s, (0, 1)), dense.sum()),
    ]:
        assert not made.is_sparse
        torch.testing.assert_close(made, expected)


def test_products():
    s, m = _sparse(), torch.arange(6.0).reshape(3, 2)
    dense = s.to_dense()
    for product in (torch.sparse.mm(s, m), torch.mm(s, m), s @ m, torch.matmul(s, m)):
        torch.testing.assert_close(product, dense @ m)
    torch.testing.assert_close(torch.mm(torch.ones(2, 2), s), torch.ones(2, 2) @ dense)
    torch.testing.assert_close((s @ s.t()).to_dense(), dense @ dense.t())
    torch.testing.assert_close(s @ torch.ones(3), dense @ torch.ones(3))
    torch.testing.assert_close(torch.sparse.addmm(torch.ones(2, 2), s, m, beta=2, alpha=3), 2 + 3 * (dense @ m))


def test_softmax_counts_what_is_specified():
    s = torch.sparse_coo_tensor([[0, 0, 1], [0, 2, 1]], [1.0, 1.0, 7.0], (2, 3))
    assert torch.sparse.softmax(s, 1).values().tolist() == [0.5, 0.5, 1.0]
    torch.testing.assert_close(torch.sparse.log_softmax(s, 1).values(), torch.tensor([0.5, 0.5, 1.0]).log())


def test_gradients_flow_to_the_values():
    values = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    m = torch.arange(6.0).reshape(3, 2).requires_grad_()
    s = torch.sparse_coo_tensor([[0, 1, 1], [2, 0, 2]], values, (2, 3))
    (torch.sparse.mm(s, m) ** 2).sum().backward()
    assert values.grad.tolist() == [246.0, 58.0, 450.0]
    assert m.grad.tolist() == [[160.0, 232.0], [0.0, 0.0], [272.0, 380.0]]
    values.grad = None
    (torch.sparse_coo_tensor([[1, 1, 0]], values, (2,)).coalesce().values() ** 2).sum().backward()
    assert values.grad.tolist() == [14.0, 14.0, 10.0]


def test_a_leaf_has_a_sparse_gradient():
    s = _sparse(requires_grad=True)
    assert s.is_leaf and s.requires_grad
    (s.to_dense() ** 2).sum().backward()
    assert s.grad.is_sparse and s.grad.to_dense().tolist() == [[0.0, 0.0, 32.0], [8.0, 0.0, 0.0]]


def test_gradient_of_to_sparse():
    x = torch.tensor([[0.0, 2.0], [3.0, 0.0]], requires_grad=True)
    (x.to_sparse().values() ** 2).sum().backward()
    assert x.grad.tolist() == [[0.0, 4.0], [6.0, 0.0]]


def test_indices_are_checked_where_asked_for():
    with torch.sparse.check_sparse_tensor_invariants(), pytest.raises(RuntimeError, match="for dim 0, size is 2"):
        torch.sparse_coo_tensor([[5]], [1.0], (2,))
    assert not torch.sparse.check_sparse_tensor_invariants.is_enabled()
    torch.sparse_coo_tensor([[5]], [1.0], (2,))


def test_mask():
    picked = torch.arange(6.0).reshape(2, 3).sparse_mask(_sparse().coalesce())
    assert picked.values().tolist() == [2.0, 3.0]


# ----- Sparse gradients of embeddings -----


def _weight():
    return torch.arange(12.0).reshape(4, 3).requires_grad_()


def _look_up(weight, *rows, **options):
    return torch.nn.functional.embedding(torch.tensor(rows), weight, sparse=True, **options).sum()


def test_embedding_names_the_rows_it_looked_up():
    w = _weight()
    _look_up(w, 1, 2, 1).backward()
    assert w.grad.is_sparse and w.grad._indices().tolist() == [[1, 2, 1]]
    _look_up(w, 3).backward()
    assert w.grad._indices().tolist() == [[1, 2, 1, 3]]
    assert w.grad.to_dense().sum(1).tolist() == [0.0, 6.0, 3.0, 3.0]


def test_embedding_beside_a_dense_use():
    w = _weight()
    (_look_up(w, 1) + w.sum()).backward()
    assert not w.grad.is_sparse and w.grad[:, 0].tolist() == [1.0, 2.0, 1.0, 1.0]
    v = _weight()
    _look_up(v * 2, 1).backward()
    assert v.grad[:, 0].tolist() == [0.0, 2.0, 0.0, 0.0]


def test_embedding_padding_and_hooks():
    w, seen = _weight(), []
    w.register_hook(lambda g: seen.append(g.is_sparse))
    _look_up(w, 1, 2, padding_idx=2).backward()
    assert seen == [True] and w.grad.to_dense()[:, 0].tolist() == [0.0, 1.0, 0.0, 0.0]
    (g,) = torch.autograd.grad(_look_up(w, 3), w)
    assert g.is_sparse and g._indices().tolist() == [[3]]


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_name_their_rows(mode):
    dense, sparse = _weight(), _weight()
    for w, is_sparse in ((dense, False), (sparse, True)):
        bags = torch.nn.functional.embedding_bag(
            torch.tensor([1, 2, 1, 3]), w, torch.tensor([0, 3]), mode=mode, sparse=is_sparse, padding_idx=2
        )
        (bags**2).sum().backward()
    assert sparse.grad.is_sparse and not dense.grad.is_sparse
    torch.testing.assert_close(sparse.grad.to_dense(), dense.grad)


def test_module_with_sparse_gradients():
    layer = torch.nn.Embedding(4, 2, sparse=True)
    layer(torch.tensor([0, 3])).sum().backward()
    assert layer.weight.grad.is_sparse
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad._nnz() == 0


def test_the_older_name_of_the_product_takes_sparse_matrices():
    x = torch.arange(4.0).reshape(2, 2).requires_grad_()
    torch.spmm(torch.eye(2).to_sparse(), x).sum().backward()
    assert x.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]] and torch.spmm(x, x).tolist() == (x @ x).tolist()


def test_legacy_constructors():
    at, of = torch.tensor([[0, 1], [2, 0]]), torch.tensor([3.0, 4.0])
    s = torch.sparse.FloatTensor(at, of, torch.Size([2, 3]))
    assert s.to_dense().tolist() == [[0, 0, 3], [4, 0, 0]] and s.type() == "torch.sparse.FloatTensor"
    assert isinstance(s, torch.sparse.FloatTensor) and not isinstance(s, torch.FloatTensor)
    assert not isinstance(of, torch.sparse.FloatTensor) and isinstance(of, torch.FloatTensor)
    assert torch.sparse.DoubleTensor(2, 3).shape == (2, 3) and torch.sparse.DoubleTensor(2, 3).dtype == torch.float64
    assert torch.sparse.LongTensor().shape == (0,) and torch.sparse.LongTensor.layout is torch.sparse_coo
    assert s.type(torch.DoubleTensor).type() == "torch.sparse.DoubleTensor"
    with pytest.raises(TypeError, match=r"^new\(\) received an invalid combination of arguments - got \(list, list\)"):
        torch.sparse.FloatTensor([[0]], [1.0])


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, matrix, x):
        ctx.save_for_backward(matrix)
        return torch.dsmm(matrix, x)

    @staticmethod
    def backward(ctx, grad):
        (matrix,) = ctx.saved_tensors
        return None, torch.dsmm(matrix.mT, grad)


def test_functions_of_the_users_take_sparse_tensors():
    x = torch.ones(3, 1, requires_grad=True)
    _Product.apply(_sparse(), x).sum().backward()
    assert x.grad.tolist() == [[4.0], [0.0], [8.0]]
