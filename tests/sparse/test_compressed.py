"""Compressed layouts; what is expected is PyTorch's."""

import pytest

import jaxtorch as torch

D = torch.tensor([[1.0, 0, 2, 0], [0, 0, 3, 0], [0, 0, 0, 4], [5, 6, 0, 0]])
LAYOUTS = [torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc]
BLOCKED = (torch.sparse_bsr, torch.sparse_bsc)


def sparse(x, layout):
    return x.to_sparse(layout=layout, blocksize=(2, 2) if layout in BLOCKED else None)


def test_the_parts():
    x = D.to_sparse_csr()
    assert (x.layout, x.is_sparse, x.is_sparse_csr) == (torch.sparse_csr, False, True)
    assert (x.sparse_dim(), x.dense_dim(), x._nnz()) == (2, 0, 6)
    assert x.crow_indices().tolist() == [0, 2, 3, 4, 6] and x.col_indices().tolist() == [0, 2, 2, 3, 0, 1]
    assert x.values().tolist() == [1, 2, 3, 4, 5, 6] and torch.Tensor.crow_indices(x) is x.crow_indices()
    y = D.to_sparse_csc()
    assert y.ccol_indices().tolist() == [0, 2, 3, 5, 6] and y.row_indices().tolist() == [0, 3, 3, 0, 1, 2]
    z = D.to_sparse_bsr((2, 2))
    assert z.values().shape == (4, 2, 2) and z.crow_indices().tolist() == [0, 2, 4]
    with pytest.raises(
        RuntimeError, match="ccol_indices expected sparse column compressed tensor layout but got SparseCsr"
    ):
        x.ccol_indices()
    with pytest.raises(RuntimeError, match="crow_indices expected sparse row compressed tensor layout but got Strided"):
        D.crow_indices()


def test_it_prints_as_in_pytorch():
    assert repr(D[:2].to_sparse_csr()) == (
        "tensor(crow_indices=tensor([0, 2, 3]),\n       col_indices=tensor([0, 2, 2]),\n"
        "       values=tensor([1., 2., 3.]), size=(2, 4), nnz=3,\n       layout=torch.sparse_csr)"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("make", [lambda: D, lambda: torch.stack([D, D.flip(0)]), lambda: torch.zeros(4, 2)])
def test_there_and_back(layout, make):
    x = make()
    found = sparse(x, layout)
    assert found.layout is layout and found.to_dense().equal(x) and found.shape == x.shape
    assert found.to_sparse().to_dense().equal(x) and found.clone().double().to_dense().equal(x.double())
    torch.testing.assert_close(found, sparse(x, layout))


def test_from_coo_and_between():
    assert D.to_sparse().to_sparse_csr().crow_indices().tolist() == [0, 2, 3, 4, 6]
    assert D.to_sparse().to_sparse_bsc((2, 1)).to_dense().equal(D)
    assert D.to_sparse_csr().to_sparse_csc().ccol_indices().tolist() == [0, 2, 3, 5, 6]
    hybrid = torch.stack([D, D.flip(0)], 2).to_sparse_csr(dense_dim=1)
    assert hybrid.values().shape == (10, 2) and hybrid.dense_dim() == 1
    with pytest.raises(RuntimeError, match="Expect the same number of specified elements per batch."):
        torch.stack([D, D * 0]).to_sparse_csr()
    with pytest.raises(RuntimeError, match="sparse_compressed_to_sparse_csr: expected SparseCsr or SparseCsc layout"):
        D.to_sparse_bsr((2, 2)).to_sparse_csr()
    with pytest.raises(
        RuntimeError, match=r"conversion from Sparse to SparseCsr for input tensors with sparse_dim\(\)!=2"
    ):
        torch.stack([D, D]).to_sparse().to_sparse_csr()
    with pytest.raises(RuntimeError, match="from SparseCsr to SparseBsr for batched inputs is not supported"):
        torch.stack([D, D]).to_sparse_csr().to_sparse_bsr((2, 2))
    assert torch.zeros_like(D.to_sparse_bsr((2, 1)), layout=torch.sparse_bsc).blocksize == (2, 1)
    with pytest.raises(RuntimeError, match="must be divisible by given blocksize"):
        D.to_sparse_bsr((3, 2))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_functions_of_the_values(layout):
    x = sparse(D, layout)
    for found, wanted in [
        (x.sin(), D.sin()),
        (-x, -D),
        (x * 2, D * 2),
        (x / 2, D / 2),
        (torch.isneginf(x), torch.isneginf(D)),
        (x.clone().sqrt_(), D.sqrt()),
        (torch.sin(x, out=x.clone()), D.sin()),
        (torch.zeros_like(x), D * 0),
        (x * x, D * D),
        (x + x, D + D),
    ]:
        assert found.layout is layout and found.to_dense().equal(wanted)
    assert x.sum().item() == 21 and (D + x).equal(D + D) and (x @ D).equal(D @ D) and (D @ x).equal(D @ D)
    assert torch.addmm(D, x, D).equal(D + D @ D) and (x @ x).layout is layout and (x @ x).to_dense().equal(D @ D)
    with pytest.raises(TypeError, match="Cannot assign to a sparse tensor"):
        x[0, 0] = 1


def test_transposition_and_selection():
    x = torch.stack([D, D.flip(0)]).to_sparse_csr()
    assert x.transpose(1, 2).layout is torch.sparse_csc and x.transpose(1, 2).to_dense().equal(x.to_dense().mT)
    assert x[1].to_dense().equal(D.flip(0)) and x[1][3].to_dense().equal(D[0])
    with pytest.raises(RuntimeError, match="selecting sparse dimensions is not supported for batched"):
        x.select(-1, 0)
    with pytest.raises(RuntimeError, match=r"can only transpose dimensions of the same type \(Batch, Sparse, Dense\)"):
        x.transpose(0, 1)


def test_constructors():
    x = torch.sparse_csr_tensor([0, 2, 3], [0, 1, 1], [1, 2, 3.0])
    assert x.shape == (2, 2) and x.to_dense().tolist() == [[1, 2], [0, 3]]
    same = torch.sparse_compressed_tensor(
        torch.tensor([0, 2, 3]), torch.tensor([0, 1, 1]), torch.tensor([1, 2, 3.0]), (2, 2), layout=torch.sparse_csr
    )
    torch.testing.assert_close(same, x)
    assert torch.sparse_bsr_tensor([0, 1], [1], torch.ones(1, 2, 2)).shape == (2, 4)
    assert torch.empty(2, 3, layout=torch.sparse_csc).ccol_indices().shape == (4,)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (([0, 2, 4], [0, 1, 1], [1.0, 2, 3]), r"`crow_indices\[..., -1\] == nnz` is not satisfied."),
        (([0, 2, 3], [1, 0, 1], [1.0, 2, 3]), "are sorted and distinct along the last dimension values` is not"),
        (([0, 2, 3], [0, 5, 1], [1.0, 2, 3], (2, 2)), "`0 <= col_indices < ncols` is not satisfied."),
        (([0, 3], [0, 1, 1], [1.0, 2, 3], (2, 2)), r"shape\[-1\] must be equal to the number of rows \+ 1 \(=3\)"),
    ],
)
def test_invariants(parts, message):
    with pytest.raises(RuntimeError, match=message):
        torch.sparse_csr_tensor(*parts, check_invariants=True)


def test_gradients_flow_to_the_values():
    x = D.clone().requires_grad_()
    (x.to_sparse_csr() @ D).sum().backward()
    assert x.grad.tolist() == (D.sum(1) * (D != 0)).tolist()
    y = D.to_sparse_csr().requires_grad_()
    (y * 2).sum().backward()
    assert y.grad.layout is torch.sparse_csr and y.grad.values().tolist() == [2.0] * 6


def test_sampled_addmm():
    found = torch.sparse.sampled_addmm(D.to_sparse_csr(), D, D)
    assert found.values().tolist() == [2, 4, 3, 4, 10, 6]


def test_copy_and_resize():
    x, y = D.to_sparse_csr(), (D * 3).to_sparse_csr()
    assert x.copy_(y).to_dense().equal(D * 3)
    with pytest.raises(
        RuntimeError, match="copy of sparse compressed tensors having different layouts is not supported"
    ):
        x.copy_(D)
    assert x.resize_(2, 5).crow_indices().tolist() == [0, 2, 3] and x.shape == (2, 5)
