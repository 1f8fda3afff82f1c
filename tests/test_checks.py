"""`torch._check` and its like, and small helpers that libraries reach for."""

import pytest

import jaxtorch as torch


@pytest.mark.parametrize(
    ("check", "error"),
    [
        (torch._check, RuntimeError),
        (torch._check_index, IndexError),
        (torch._check_value, ValueError),
        (torch._check_type, TypeError),
        (torch._check_not_implemented, NotImplementedError),
    ],
)
def test_conditions_raise_their_error(check, error):
    check(True)
    with pytest.raises(error, match="Expected cond to be True, but got False"):
        check(False)
    with pytest.raises(error, match="why"):
        check(False, lambda: "why")
    with pytest.raises(TypeError, match="cond must be a bool"):
        check(torch.tensor(True))


def test_conditions_on_tensors():
    torch._check_tensor_all(torch.tensor([True, True]))
    torch._assert_async(torch.tensor(0.1))
    with pytest.raises(RuntimeError, match="Expected cond"):
        torch._check_tensor_all(torch.tensor([True, False]))
    with pytest.raises(RuntimeError, match="Expected Tensor with single nonzero value, but got zero"):
        torch._assert_async(torch.tensor(0))


def test_negative_views_share_memory():
    x = torch.tensor([1.0, -2.0])
    view = x._neg_view()
    assert view.is_neg() and view.tolist() == [-1.0, 2.0] and not view._neg_view().is_neg()
    view.copy_(torch.tensor([5.0, 6.0]))
    assert x.tolist() == [-5.0, -6.0]


def test_orders_of_dimensions_may_be_ambiguous():
    assert torch.empty(2, 3, 4).transpose(0, 1).dim_order(ambiguity_check=True) == (1, 0, 2)
    with pytest.raises(RuntimeError, match="does not have unique dim order"):
        torch.empty(2, 2, 1, 2).dim_order(ambiguity_check=True)
    with pytest.raises(TypeError, match="must be a bool or a list of memory formats"):
        torch.empty(1).dim_order(ambiguity_check="no")
    x = torch.empty(2, 2, 1, 2).to(memory_format=torch.channels_last)
    assert x.dim_order(ambiguity_check=[torch.contiguous_format, torch.channels_last]) == (0, 2, 3, 1)


def test_one_value_may_be_written_everywhere_at_once():
    x = torch.zeros(1).expand(3)
    assert x.fill_(2).tolist() == [2.0] * 3 and x.zero_().tolist() == [0.0] * 3
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        x.add_(1)


def test_legacy_names():
    assert torch.ones(1, dtype=torch.int32).type(torch.Tensor).dtype is torch.float32
    assert torch.storage._dtype_to_storage_type_map()[torch.float32] == "FloatStorage"
    assert torch.GradScaler is torch.amp.GradScaler
