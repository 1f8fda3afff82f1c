"""What PyTorch took in its first years and still does, with a warning."""

import pytest

import jaxtorch as torch
from jaxtorch._base import once


@pytest.fixture(autouse=True)
def every_warning(monkeypatch):
    monkeypatch.setattr(once, "always", True)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x, y: x.add_(-0.5, y), [0.0, 0.0]),
        (lambda x, y: torch.add(x, 2, y), [5.0, 10.0]),
        (lambda x, y: x.sub(2, y), [-3.0, -6.0]),
        (lambda x, y: x.addcmul_(0.5, x, y), [2.0, 6.0]),
        (lambda x, y: x.addcdiv(2, y, x), [5.0, 6.0]),
        (lambda x, y: torch.addmv(0, x, 2, torch.eye(2), y), [4.0, 8.0]),
        (lambda x, y: x.addmv(2, torch.eye(2), y), [4.0, 8.0]),
    ],
)
def test_numbers_may_stand_between_the_tensors(call, expected):
    with pytest.warns(UserWarning, match="This overload of .* is deprecated"):
        assert call(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0])).tolist() == expected


def test_too_many_arguments_are_still_an_error():
    with pytest.raises(TypeError, match=r"add\(\) received an invalid combination of arguments"):
        torch.ones(1).add(torch.ones(1), 2, 3)


def test_t_of_other_than_matrices_warns():
    for x, message in ((torch.ones(2, 3, 4), "The use of `x.T` on tensors of dimension other than 2"),):
        with pytest.warns(UserWarning, match=message):
            assert x.T.shape == (4, 3, 2)
    with pytest.warns(UserWarning, match="Tensor.mT is deprecated on 0-D tensors"):
        torch.tensor(1.0).mT  # noqa: B018


def test_tensors_hash_by_identity():
    x = torch.ones(2)
    assert hash(x) == id(x)


def test_new_memory_shows_where_algorithms_are_deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        assert torch.empty(2).isnan().all() and torch.empty_like(torch.ones(2)).isnan().all()
        assert torch.empty(1, dtype=torch.uint8).item() == 255
        torch.utils.deterministic.fill_uninitialized_memory = False
        assert torch.empty(2).tolist() == [0.0, 0.0]
    finally:
        torch.use_deterministic_algorithms(False)
        torch.utils.deterministic.fill_uninitialized_memory = True
