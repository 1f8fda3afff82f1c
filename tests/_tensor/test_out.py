"""`out=`: which dtypes it takes, by the families of PyTorch's messages, and where results go."""

import pytest

import jaxtorch as torch

F32, F64, I64, BOOL = torch.float32, torch.float64, torch.int64, torch.bool
X = torch.tensor([[1.0, 2.0], [3.0, 4.5]])


def _out(dtype, *shape):
    return torch.zeros(shape or (2, 2), dtype=dtype)


REFUSED = [
    (
        lambda: torch.add(X, X, out=_out(I64)),
        RuntimeError,
        "result type Float can't be cast to the desired output type Long",
    ),
    (
        lambda: torch.mm(X, X, out=_out(F64)),
        RuntimeError,
        "Expected out tensor to have dtype float, but got double instead",
    ),
    (lambda: torch.ceil(X, out=_out(F64)), RuntimeError, "Found dtype Double but expected Float"),
    (
        lambda: torch.full((2, 2), 1.0, dtype=F32, out=_out(F64)),
        RuntimeError,
        "dtype Float does not match dtype of out",
    ),
    (
        lambda: torch.cat([X, X], out=_out(I64, 4, 2)),
        TypeError,
        r"torch.cat\(\): input types can't be cast to the desired",
    ),
    (lambda: torch.amax(X, 0, out=_out(F64, 2)), RuntimeError, "Expected the dtype for input and out to match"),
    (lambda: torch.all(X, 0, out=_out(F32, 2)), RuntimeError, "all only supports bool tensor for result, got: Float"),
    (lambda: torch.take(X, torch.tensor([0]), out=_out(F64, 1)), RuntimeError, r"take\(\): self and out expected"),
    (lambda: torch.nansum(X, 0, out=_out(I64, 2)), NotImplementedError, "\"nansum_cpu\" not implemented for 'Long'"),
    (lambda: torch.signbit(X, out=_out(F32)), RuntimeError, "signbit does not support non-boolean outputs"),
    (lambda: torch.cumsum(X, 0, dtype=F32, out=_out(F64)), RuntimeError, "Expected out tensor to have dtype float"),
    (lambda: torch.hstack([X, X], out=_out(BOOL, 2, 4)), TypeError, "desired output type Bool"),
    (lambda: torch.t_copy(X, out=_out(F64)), RuntimeError, "Expected out tensor to have dtype float"),
    (lambda: torch.sort(X, out=(_out(F32), _out(F32))), RuntimeError, "to have dtype long int, but got float"),
    (lambda: torch.add(X, X, out=torch.zeros(1).expand(2, 2)), RuntimeError, "more than one element of the written-to"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refuses(case):
    call, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    ("call", "dtype", "expected"),
    [
        (lambda out: torch.add(X, X, out=out), F64, [[2.0, 4.0], [6.0, 9.0]]),
        (lambda out: torch.eq(X, 2.0, out=out), F32, [[0.0, 1.0], [0.0, 0.0]]),
        (lambda out: torch.cumsum(X, 0, out=out), I64, [[1, 2], [4, 6]]),  # computed in the dtype of out
        (lambda out: torch.all(X, 0, keepdim=True, out=out), torch.uint8, [[1, 1]]),
    ],
)
def test_takes_what_the_result_can_be_cast_to(call, dtype, expected):
    out = torch.empty(0, dtype=dtype)
    assert call(out) is out
    assert out.dtype is dtype and out.tolist() == expected


def test_copies_of_views_into_lists():
    outs = [torch.empty(0), torch.empty(0)]
    assert torch.unbind_copy(X, 0, out=outs) is None
    assert [o.tolist() for o in outs] == X.tolist()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: torch.pow(2, 3), r"pow\(\) received an invalid combination of arguments - got \(int, int\)"),
        (lambda: torch.eq(2, X), r"eq\(\) received an invalid combination of arguments - got \(int, Tensor\)"),
        (lambda: torch.max(2, X), r"max\(\) received an invalid combination of arguments - got \(int, Tensor\)"),
        (lambda: torch.special.zeta(2, 3), r"special_zeta\(\) received an invalid combination"),
        (lambda: torch.add("a", X), r"add\(\): argument 'input' \(position 1\) must be Tensor, not str"),
        (lambda: torch.sum(3), r"sum\(\): argument 'input' \(position 1\) must be Tensor, not int"),
        (
            lambda: torch.hsplit(X, "a"),
            r"hsplit\(\) received an invalid combination of arguments - got \(Tensor, str\)",
        ),
    ],
)
def test_calls_that_fit_no_signature(call, text):
    with pytest.raises(TypeError, match=text):
        call()


def test_an_integer_tensor_is_the_other_of_max_not_its_dim():
    assert torch.max(torch.tensor(3), torch.tensor(7)).item() == 7


def test_integers_to_negative_powers():
    x = torch.tensor([2, 1, -1])
    calls = (
        lambda: x**-1,
        lambda: torch.pow(x, -1),
        lambda: x.pow(-1),
        lambda: x.clone().pow_(-1),
        lambda: x.__ipow__(-1),
    )
    for call in calls:
        with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed"):
            call()
    assert (x ** torch.tensor(-1)).tolist() == [0, 1, -1]
    with pytest.raises(RuntimeError, match="the base given to float_power_ has dtype Float"):
        torch.ones(2).float_power_(2)


def test_a_constant_written_over_a_result_has_a_gradient_of_zero():
    x = torch.ones(2, requires_grad=True)
    (x * 2).zero_().sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    assert torch.fill(x, 3.0).requires_grad and torch.bernoulli(x / 2).requires_grad
