"""Views as methods of Tensor, where they differ from the functions."""

import pytest

import jaxtorch as torch


def test_the_method_split_names_its_size_otherwise_than_the_function():
    x = torch.arange(6.0)
    assert (
        [len(p) for p in x.split(split_size=4)] == [len(p) for p in torch.split(x, split_size_or_sections=4)] == [4, 2]
    )


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (lambda: torch.zeros(4, 3, dtype=torch.int8).view(torch.int16), r"self.size\(-1\) must be divisible by 2"),
        (lambda: torch.zeros(5, dtype=torch.int8)[1:].view(torch.int16), r"self.storage_offset\(\) must be divisible"),
        (
            lambda: torch.zeros(8, dtype=torch.int8).as_strided((2, 2), (3, 1)).view(torch.int16),
            r"self.stride\(0\) must be divisible by 2",
        ),
        (lambda: torch.zeros(2, dtype=torch.complex64).conj().view(torch.float64), "conjugate view tensors"),
    ],
)
def test_views_as_wider_elements_are_checked(view, message):
    with pytest.raises(RuntimeError, match=message):
        view()


def test_empty_tensors_are_viewed_as_other_elements():
    assert torch.zeros(0, 5, 64).view(torch.complex64).shape == (0, 5, 32)


def test_a_reshape_that_copies_is_no_view():
    x = torch.ones(2, 3).t().requires_grad_()
    flat = x.flatten()
    assert not flat._is_view() and flat.grad_fn.name() == "UnsafeViewBackward0"
    flat.square().sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0]] * 3


def test_a_view_stays_one_when_its_metadata_changes():
    x = torch.ones(5, 5)
    v = x.view_as(x).unsqueeze_(0)
    v[0, 0, 1] = 0
    assert v._base is x and x[0, 1] == 0


@pytest.mark.parametrize("shape", [(8, 8, 2**29, 2**29), (2**50,), (0, 4, 2**61)])
def test_sizes_nobody_has_memory_for_are_refused_at_once(shape):
    with pytest.raises(RuntimeError, match="overflowed|can't allocate memory"):
        torch.zeros(shape)


def test_sizes_by_name():
    x = torch.ones(2)
    assert (
        x.view(size=(1, 2)).shape == x.reshape(shape=(1, 2)).shape == x.view(1, 2).permute(dims=(0, 1)).shape == (1, 2)
    )
    assert x.expand(size=(3, 2)).shape == (3, 2) and x.view(dtype=torch.int32).dtype == torch.int32
    assert x.expand(3, 2).sum_to_size(size=(1, 2)).tolist() == [[3, 3]]
    assert x.new_ones(size=(2, 3)).shape == x.new_zeros(size=(2, 3)).shape == x.new_empty(size=(2, 3)).shape == (2, 3)
    assert x.clone().copy_(other=x).tolist() == [1, 1]


def test_no_gradient_goes_through_other_elements():
    x = torch.ones(4, requires_grad=True)
    for dtype in (torch.float32, torch.int32, torch.float64):
        assert not x.view(dtype).requires_grad
    y = torch.ones(2)
    y.view(torch.int32)[0] = 0
    assert y.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("split", "name"),
    [
        (lambda x: x.unsafe_split(1), "UnsafeSplitBackward0"),
        (lambda x: x.unsafe_split_with_sizes((1, 2)), "UnsafeSplitWithSizesBackward0"),
        (lambda x: x.unsafe_chunk(3), "UnsafeSplitBackward0"),
    ],
)
def test_unsafe_pieces_share_memory_and_may_be_written(split, name):
    x = torch.ones(3, 2, requires_grad=True)
    whole = x * 1
    piece = split(whole)[0]
    assert type(piece.grad_fn).__name__ == name and not piece._is_view()
    piece.mul_(3)
    assert whole.tolist() == [[3.0, 3.0], [1.0, 1.0], [1.0, 1.0]] and type(whole.grad_fn).__name__ == "MulBackward0"
    piece.sum().backward()
    assert x.grad.tolist() == [[3.0, 3.0], [0.0, 0.0], [0.0, 0.0]]
    first, *others = split(x * 2)
    first.mul_(others[0][:1]).sum().backward()  # a write to one piece is none to the others


def test_a_view_is_taken_again_from_another_base():
    x = torch.arange(12.0).reshape(3, 4).clone()
    view = x[1:].t()[2:]
    again = view._view_func_unsafe(x * 2)
    assert again.equal(view * 2) and again.stride() == view.stride() and again._is_view()
    assert view._view_func(torch.zeros(12)).equal(view * 0) and view._rev_view_func_unsafe(view.detach()).equal(x)
    with torch.autograd._force_original_view_tracking(True):
        assert x[0]._is_view()
