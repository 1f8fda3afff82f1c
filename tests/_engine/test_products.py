"""Large products that a sum reads are kept apart from it, others are not."""

import pytest

import jaxtorch as torch
from jaxtorch._autograd.variable import value_of
from jaxtorch._engine.products import summed
from jaxtorch.nn import functional as F

A, B, BIAS = torch.zeros(1024, 512), torch.zeros(512, 1024), torch.zeros(1024)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (lambda: (A @ B).sum(), 1),
        (lambda: torch.mm(A, B).square().mul(2).mean(0), 1),
        (lambda: F.linear(A, B.T, BIAS).relu().amax(), 1),
        (lambda: torch.addmm(BIAS, A, B).norm(), 1),
        (lambda: A @ B, 0),
        (lambda: (A @ B).relu(), 0),
        (lambda: (A @ B).softmax(0).sum(), 0),
        (lambda: (A[:512] @ B).sum(), 0),
        (lambda: (A[:, :256] @ B[:256]).sum(), 0),
        (lambda: (A.double() @ B.double()).sum(), 0),
    ],
)
def test_products_that_a_sum_reads_are_found(program, found):
    records = _records(value_of(program()))
    assert len(summed(records, records[-1:])) == found


def test_a_product_that_is_read_twice_or_kept_is_left_alone():
    product = A @ B
    value, total = value_of(product), value_of(product.sum())
    assert summed([value, total], [value, total]) == set()
    other = value_of(product.relu())
    assert summed([value, other, total], [other, total]) == set()
    assert summed([value, total], [total]) == {0}


def test_the_result_is_the_same():
    a, b = torch.ones(1024, 512) / 512, torch.ones(512, 1024)
    assert (a @ b).square().mean().item() == 1


def _records(value) -> list:
    """A chain of records, from its first on."""
    chain = []
    while value.args:
        chain.append(value)
        value = next((a for a in value.args if a.args), value.args[0])
    return chain[::-1]
