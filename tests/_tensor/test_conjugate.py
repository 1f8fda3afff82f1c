"""Lazy conjugates: views of complex memory, and what resolves them."""

import copy
import pickle

import numpy as np
import pytest

import jaxtorch as torch


@pytest.fixture
def z():
    return torch.tensor([1 + 2j, 3 - 1j])


def test_conj_is_a_view(z):
    c = z.conj()
    assert c.is_conj() and not z.is_conj() and not c.conj().is_conj() and c.data_ptr() == z.data_ptr()
    assert c.tolist() == [1 - 2j, 3 + 1j]
    c.add_(1j)
    assert z.tolist() == [1 + 1j, 3 - 2j] and c.tolist() == [1 - 1j, 3 + 2j]
    z[0] = 5j
    assert c[0].item() == -5j


def test_what_is_computed_from_it_is_resolved(z):
    assert not (z.conj() + 1).is_conj() and not z.conj().clone().is_conj()
    assert (z * z.conj()).tolist() == [5, 10]
    assert z.mH.is_conj() if z.dim() > 1 else z.reshape(1, 2).mH.is_conj()


def test_numpy_wants_it_resolved(z):
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that has conjugate bit set"):
        z.conj().numpy()
    with pytest.raises(RuntimeError, match="negative bit set"):
        z.conj().imag.numpy()
    shared = z.numpy()
    c = z.conj()
    shared[0] = 7j
    assert c[0].item() == -7j
    np.testing.assert_array_equal(c.resolve_conj().numpy(), [-7j, 3 + 1j])
    np.testing.assert_array_equal(c.imag.resolve_neg().numpy(), [-7, 1])


def test_view_as_real_wants_it_resolved(z):
    with pytest.raises(RuntimeError, match="view_as_real doesn't work on unresolved conjugated tensors"):
        torch.view_as_real(z.conj())


def test_copies_keep_the_value(z):
    for made in (copy.deepcopy(z.conj()), pickle.loads(pickle.dumps(z.conj()))):
        assert made.tolist() == [1 - 2j, 3 + 1j]


def test_gradient(z):
    x = z.clone().requires_grad_()
    x.conj().real.sum().backward()
    assert x.grad.tolist() == [1, 1]
    x.grad = None
    x.conj().imag.sum().backward()
    assert x.grad.tolist() == [-1j, -1j]


def test_a_real_tensor_is_its_own_conjugate():
    x = torch.ones(2)
    assert x.conj() is x and torch.conj_physical(x) is x and torch.resolve_conj(x) is x and torch.positive(x) is x
    with pytest.raises(RuntimeError, match=r"The `\+` operator, on a bool tensor is not supported"):
        +torch.tensor(True)
