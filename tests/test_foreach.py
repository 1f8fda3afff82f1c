"""torch._foreach_*: what a loop over the tensors gives, and PyTorch's errors about lists."""

import pytest

import jaxtorch as torch


def _two():
    return [torch.tensor([1.0, 2.0]), torch.tensor([[3.0]])]


def _lists(tensors):
    return [t.tolist() for t in tensors]


CALLS = [
    (lambda a: torch._foreach_neg(a), [[-1, -2], [[-3]]]),
    (lambda a: torch._foreach_add(a, 1), [[2, 3], [[4]]]),
    (lambda a: torch._foreach_add(a, a, alpha=2), [[3, 6], [[9]]]),
    (lambda a: torch._foreach_mul(a, [2.0, 3.0]), [[2, 4], [[9]]]),
    (lambda a: torch._foreach_div(a, torch.tensor(2.0)), [[0.5, 1], [[1.5]]]),
    (lambda a: torch._foreach_pow(2, a), [[2, 4], [[8]]]),
    (lambda a: torch._foreach_maximum(a, 2), [[2, 2], [[3]]]),
    (lambda a: torch._foreach_addcmul(a, a, a, torch.tensor([1.0, 2.0])), [[2, 6], [[21]]]),
    (lambda a: torch._foreach_addcdiv(a, a, a, value=2), [[3, 4], [[5]]]),
    (lambda a: torch._foreach_lerp(a, a, 0.5), [[1, 2], [[3]]]),
    (lambda a: torch._foreach_norm(a, 1), [3, 3]),
    (lambda a: torch._foreach_max(a), [2, 3]),
]


@pytest.mark.parametrize(("call", "expected"), CALLS)
def test_values(call, expected):
    made = call(_two())
    assert isinstance(made, tuple) and _lists(made) == expected


def test_in_place_returns_the_list():
    a = _two()
    assert torch._foreach_mul_(a, 2) is a and _lists(a) == [[2, 4], [[6]]]
    assert torch._foreach_copy_(a, _two()) is a and _lists(a) == _lists(_two())
    assert torch._foreach_zero_(a) is a and _lists(a) == [[0, 0], [[0]]]


def test_gradient():
    a = [t.requires_grad_() for t in _two()]
    sum(t.sum() for t in torch._foreach_mul(a, a)).backward()
    assert _lists([t.grad for t in a]) == [[2, 4], [[6]]]


ERRORS = [
    (lambda a: torch._foreach_abs([]), RuntimeError, "Tensor list must have at least one tensor"),
    (lambda a: torch._foreach_abs(5), TypeError, r"_foreach_abs\(\): argument 'self' \(position 1\) must be tuple of"),
    (lambda a: torch._foreach_add(a, a[:1]), RuntimeError, "same number of tensors, got 2 and 1"),
    (lambda a: torch._foreach_add(a, [1.0]), RuntimeError, "same number of elements as scalar list"),
    (lambda a: torch._foreach_add(a, []), RuntimeError, "same number of elements as scalar list"),
    (lambda a: torch._foreach_add(a, a[0]), RuntimeError, "expected to be 0 dim but it has 1 dimensions and 2"),
    (lambda a: torch._foreach_add(a, "x"), TypeError, "invalid combination of arguments"),
    (lambda a: torch._foreach_mul(a, a, alpha=2), TypeError, "invalid combination of arguments"),
    (lambda a: torch._foreach_addcmul(a, a, a, a[0][0]), RuntimeError, "to be of dimension 1. Got 0 instead"),
    (lambda a: torch._foreach_zero_([1]), TypeError, "expected Tensor as element 0 in argument 0, but got int"),
]


@pytest.mark.parametrize(("call", "kind", "text"), ERRORS)
def test_errors(call, kind, text):
    with pytest.raises(kind, match=text):
        call(_two())
