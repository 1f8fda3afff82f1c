"""Joining, selecting and resizing COO tensors; what is expected is PyTorch's."""

import copy

import pytest

import jaxtorch as torch

D = torch.tensor([[1.0, 0, 2, 0], [0, 0, 3, 0], [0, 0, 0, 4], [5, 6, 0, 0]])
S = D.to_sparse()


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (lambda: torch.cat([S, S], 1), torch.cat([D, D], 1)),
        (lambda: torch.stack([S, S], 2), torch.stack([D, D], 2)),
        (lambda: S.permute(1, 0), D.T),
        (lambda: S.permute(dims=(1, 0)), D.T),
        (lambda: S.sspaddmm(S, D), D + D @ D),
        (lambda: torch.index_select(S, 0, torch.tensor([3, 3, 1])), D[[3, 3, 1]]),
        (lambda: S.narrow_copy(1, 1, 2), D[:, 1:3]),
        (lambda: S.unbind()[3], D[3]),
        (lambda: torch.bmm(torch.stack([S, S]), torch.stack([D, D])), torch.stack([D @ D, D @ D])),
        (lambda: torch.hspmm(S, D), D @ D),
        (lambda: torch.smm(S, D), D @ D),
        (lambda: torch.sspaddmm(S, S, D, beta=2), D * 2 + D @ D),
        (
            lambda: torch.sparse.spdiags(torch.ones(2, 3), torch.tensor([-1, 1]), (3, 3)),
            torch.eye(3).roll(1, 0) + torch.eye(3).roll(-1, 0) - torch.tensor([[0, 0, 1.0], [0, 0, 0], [1, 0, 0]]),
        ),
        (lambda: S * D[:1], D * D[:1]),
        (lambda: torch.sum(S, 0, keepdim=True), D.sum(0, keepdim=True)),
        (lambda: S.clone().copy_(S * 2), D * 2),
        (lambda: S.clone().asin_().sin(), D.asin().sin()),
        (lambda: torch.sin(S, out=torch.sparse_coo_tensor((4, 4))), D.sin()),
        (lambda: D.clone().mul_(S), D * D),
        (lambda: S.sparse_mask(S), D),
        (lambda: (S * 1j).conj(), (D * -1j)),
    ],
)
def test_as_of_dense_tensors(found, wanted):
    x = found()
    torch.testing.assert_close(x if x.layout is torch.strided else x.to_dense(), wanted, equal_nan=True)


def test_resizing():
    x = S.clone().sparse_resize_((5, 5), 2, 0)
    assert x.shape == (5, 5) and x._nnz() == 6 and x.to_dense()[:4, :4].equal(D)
    assert x.sparse_resize_and_clear_((2, 3, 4), 1, 2)._nnz() == 0 and x._values().shape == (0, 3, 4)
    with pytest.raises(RuntimeError, match="shrinking the size of sparse dimensions"):
        S.clone().sparse_resize_((2, 5), 2, 0)


def test_dtypes_of_in_place_results():
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        S.long().sin_()


def test_factories_with_a_layout():
    assert torch.zeros(2, 3, layout=torch.sparse_coo)._nnz() == 0
    assert torch.zeros_like(S).layout is torch.sparse_coo and torch.zeros_like(S, layout=torch.strided).equal(D * 0)
    assert torch.zeros_like(D, layout=torch.sparse_csr).crow_indices().tolist() == [0] * 5


def test_assert_close_tells_of_layouts():
    with pytest.raises(AssertionError, match="The values for attribute 'layout' do not match: torch.sparse_coo"):
        torch.testing.assert_close(S, D)
    torch.testing.assert_close(S, D, check_layout=False)
    with pytest.raises(AssertionError, match="Sparse COO values are not close!"):
        torch.testing.assert_close(S, S * 2)
    with pytest.raises(AssertionError, match="The number of specified values in sparse COO tensors does not match: 6"):
        torch.testing.assert_close(S, D[:1].expand(4, 4).to_sparse())


def test_masked_reductions():
    kept = (D > 1).to_sparse()
    assert torch.masked.sum(S, 0).layout is torch.sparse_coo and torch.masked.sum(S, 0).to_dense().equal(D.sum(0))
    assert torch.masked.amax(D, 0, mask=kept).equal(torch.masked.amax(D, 0, mask=kept.to_dense()))
    csr = torch.masked.sum(D.to_sparse_csr(), 0, keepdim=True)
    assert csr.layout is torch.sparse_csr and csr.to_dense().equal(D.sum(0, keepdim=True))


def test_a_sparse_copy_keeps_its_gradient():
    x = S.clone().requires_grad_()
    x.grad = torch.ones(4, 4).to_sparse().sparse_mask(S)
    assert copy.deepcopy(x).grad.to_dense().equal((D != 0).float())
