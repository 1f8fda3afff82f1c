"""Messages of common mistakes, as PyTorch words them."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F

X = torch.zeros(2, 3, 8, 8)
Q = torch.zeros(2, 4, 3, 4)
LEAF = torch.zeros(3, requires_grad=True)

CASES = [
    (
        lambda: F.conv2d(X.double(), torch.zeros(4, 3, 3, 3), torch.zeros(4)),
        "Input type (double) and bias type (float) should be the same",
    ),
    (lambda: F.conv2d(X.long(), torch.zeros(4, 3, 3, 3)), "expected scalar type Long but found Float"),
    (lambda: F.layer_norm(X.double(), (8,), torch.ones(8)), "mixed dtype (CPU): all inputs must share same datatype."),
    (
        lambda: setattr(LEAF, "grad", torch.zeros(3).double()),
        "attempting to assign a gradient with dtype 'double' to a tensor with grad_dtype 'Float'.",
    ),
    (lambda: X.masked_select(torch.ones(4) > 0), "The size of tensor a (4) must match the size of tensor b (8)"),
    (
        lambda: F.scaled_dot_product_attention(Q, Q[..., :3], Q),
        "Expected size for first two dimensions of batch2 tensor to be: [8, 4] but got: [8, 3].",
    ),
    (lambda: torch.randint(3, (-1,)), "Trying to create tensor with negative dimension -1: [-1]"),
]


@pytest.mark.parametrize("call, message", CASES)
def test_the_message_is_pytorchs(call, message):
    with pytest.raises(RuntimeError) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_manual_seed_takes_what_int_takes():
    assert torch.manual_seed(3.7).initial_seed() == torch.manual_seed("3").initial_seed() == 3
    with pytest.raises(ValueError, match="invalid literal"):
        torch.manual_seed("a")


def test_fused_attention_takes_a_mask_beside_is_causal():
    q = torch.randn(1, 2, 3, 4)
    mask = torch.randn(3, 3)
    both = F.scaled_dot_product_attention(q, q, q, mask, is_causal=True)
    by_hand = F.scaled_dot_product_attention(q, q, q, mask.masked_fill(torch.ones(3, 3).triu(1) > 0, -torch.inf))
    torch.testing.assert_close(both, by_hand)


def test_invert_refuses_floats():
    with pytest.raises(TypeError, match="only implemented on integer and Boolean-type tensors"):
        _ = ~X


def test_jvp_names_sizes_that_differ():
    with pytest.raises(RuntimeError, match=r"is of size \[3\] while the given forward gradient is of size \[2\]"):
        torch.func.jvp(torch.sin, (torch.ones(3),), (torch.ones(2),))


def test_an_empty_sparse_tensor_by_size_alone():
    empty = torch.sparse_coo_tensor(size=(2, 3))
    assert empty.shape == (2, 3) and empty._nnz() == 0


def test_a_mask_that_does_not_fit():
    with pytest.raises(RuntimeError, match=r"The size of tensor a \(4\) must match the size of tensor b \(3\)"):
        torch.ones(2, 3).masked_fill(torch.ones(4, dtype=torch.bool), 0.0)
