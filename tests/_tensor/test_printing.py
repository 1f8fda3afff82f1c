"""What tensors print as, recorded from PyTorch."""

import pytest

import jaxtorch as torch

CASES = [
    (lambda: torch.tensor(3), "tensor(3)"),
    (lambda: torch.tensor(2.5), "tensor(2.5000)"),
    (lambda: torch.tensor(1e10), "tensor(1.0000e+10)"),
    (lambda: torch.tensor(True), "tensor(True)"),
    (lambda: torch.tensor(1 + 2j), "tensor(1.+2.j)"),
    (lambda: torch.tensor([]), "tensor([])"),
    (lambda: torch.zeros(0, 3), "tensor([], size=(0, 3))"),
    (lambda: torch.zeros(2, 0, dtype=torch.int32), "tensor([], size=(2, 0), dtype=torch.int32)"),
    (lambda: torch.tensor([1.0, 2.5, -3.0]), "tensor([ 1.0000,  2.5000, -3.0000])"),
    (lambda: torch.tensor([1.0, 2.0]), "tensor([1., 2.])"),
    (lambda: torch.tensor([1e-8, 1.0]), "tensor([1.0000e-08, 1.0000e+00])"),
    (lambda: torch.tensor([1e5, 1e-5]), "tensor([1.0000e+05, 1.0000e-05])"),
    (lambda: torch.tensor([123456.0, 1.0]), "tensor([1.2346e+05, 1.0000e+00])"),
    (lambda: torch.tensor([1e9, 1.0]), "tensor([1.0000e+09, 1.0000e+00])"),
    (lambda: torch.tensor([float("nan"), float("inf"), -float("inf")]), "tensor([nan, inf, -inf])"),
    (lambda: torch.tensor([1.0, float("nan"), -float("inf")]), "tensor([1., nan, -inf])"),
    (lambda: torch.tensor([[1, 20], [-300, 4]]), "tensor([[   1,   20],\n        [-300,    4]])"),
    (lambda: torch.tensor([True, False]), "tensor([ True, False])"),
    (lambda: torch.tensor([1, 2], dtype=torch.uint8), "tensor([1, 2], dtype=torch.uint8)"),
    (lambda: torch.tensor([1.5, 2.0], dtype=torch.float64), "tensor([1.5000, 2.0000], dtype=torch.float64)"),
    (lambda: torch.tensor([1.5, 0.1], dtype=torch.float16), "tensor([1.5000, 0.1000], dtype=torch.float16)"),
    (lambda: torch.tensor([1.5, 0.1], dtype=torch.bfloat16), "tensor([1.5000, 0.1001], dtype=torch.bfloat16)"),
    (lambda: torch.tensor([1 + 2j, -0.5j]), "tensor([1.+2.0000j, -0.-0.5000j])"),
    (lambda: torch.tensor([0.1, 0.2], requires_grad=True), "tensor([0.1000, 0.2000], requires_grad=True)"),
    (lambda: torch.tensor([0.1, 0.2], requires_grad=True) * 2, "tensor([0.2000, 0.4000], grad_fn=<MulBackward0>)"),
    (lambda: torch.tensor([[0.1, 0.2]], requires_grad=True).sum(), "tensor(0.3000, grad_fn=<SumBackward0>)"),
    (
        lambda: torch.arange(24).reshape(2, 3, 4),
        "tensor([[[ 0,  1,  2,  3],\n"
        "         [ 4,  5,  6,  7],\n"
        "         [ 8,  9, 10, 11]],\n"
        "\n"
        "        [[12, 13, 14, 15],\n"
        "         [16, 17, 18, 19],\n"
        "         [20, 21, 22, 23]]])",
    ),
    (
        lambda: torch.arange(24.0).reshape(2, 3, 4) / 7,
        "tensor([[[0.0000, 0.1429, 0.2857, 0.4286],\n"
        "         [0.5714, 0.7143, 0.8571, 1.0000],\n"
        "         [1.1429, 1.2857, 1.4286, 1.5714]],\n"
        "\n"
        "        [[1.7143, 1.8571, 2.0000, 2.1429],\n"
        "         [2.2857, 2.4286, 2.5714, 2.7143],\n"
        "         [2.8571, 3.0000, 3.1429, 3.2857]]])",
    ),
    (lambda: torch.arange(2000), "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
    (
        lambda: torch.arange(2000.0),
        "tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,\n        1.9990e+03])",
    ),
    (
        lambda: torch.arange(10000).reshape(100, 100),
        "tensor([[   0,    1,    2,  ...,   97,   98,   99],\n"
        "        [ 100,  101,  102,  ...,  197,  198,  199],\n"
        "        [ 200,  201,  202,  ...,  297,  298,  299],\n"
        "        ...,\n"
        "        [9700, 9701, 9702,  ..., 9797, 9798, 9799],\n"
        "        [9800, 9801, 9802,  ..., 9897, 9898, 9899],\n"
        "        [9900, 9901, 9902,  ..., 9997, 9998, 9999]])",
    ),
    (
        lambda: torch.arange(5000.0).reshape(5, 10, 100),
        "tensor([[[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.7000e+01,\n"
        "          9.8000e+01, 9.9000e+01],\n"
        "         [1.0000e+02, 1.0100e+02, 1.0200e+02,  ..., 1.9700e+02,\n"
        "          1.9800e+02, 1.9900e+02],\n"
        "         [2.0000e+02, 2.0100e+02, 2.0200e+02,  ..., 2.9700e+02,\n"
        "          2.9800e+02, 2.9900e+02],\n"
        "         ...,\n"
        "         [7.0000e+02, 7.0100e+02, 7.0200e+02,  ..., 7.9700e+02,\n"
        "          7.9800e+02, 7.9900e+02],\n"
        "         [8.0000e+02, 8.0100e+02, 8.0200e+02,  ..., 8.9700e+02,\n"
        "          8.9800e+02, 8.9900e+02],\n"
        "         [9.0000e+02, 9.0100e+02, 9.0200e+02,  ..., 9.9700e+02,\n"
        "          9.9800e+02, 9.9900e+02]],\n"
        "\n"
        "        [[1.0000e+03, 1.0010e+03, 1.0020e+03,  ..., 1.0970e+03,\n"
        "          1.0980e+03, 1.0990e+03],\n"
        "         [1.1000e+03, 1.1010e+03, 1.1020e+03,  ..., 1.1970e+03,\n"
        "          1.1980e+03, 1.1990e+03],\n"
        "         [1.2000e+03, 1.2010e+03, 1.2020e+03,  ..., 1.2970e+03,\n"
        "          1.2980e+03, 1.2990e+03],\n"
        "         ...,\n"
        "         [1.7000e+03, 1.7010e+03, 1.7020e+03,  ..., 1.7970e+03,\n"
        "          1.7980e+03, 1.7990e+03],\n"
        "         [1.8000e+03, 1.8010e+03, 1.8020e+03,  ..., 1.8970e+03,\n"
        "          1.8980e+03, 1.8990e+03],\n"
        "         [1.9000e+03, 1.9010e+03, 1.9020e+03,  ..., 1.9970e+03,\n"
        "          1.9980e+03, 1.9990e+03]],\n"
        "\n"
        "        [[2.0000e+03, 2.0010e+03, 2.0020e+03,  ..., 2.0970e+03,\n"
        "          2.0980e+03, 2.0990e+03],\n"
        "         [2.1000e+03, 2.1010e+03, 2.1020e+03,  ..., 2.1970e+03,\n"
        "          2.1980e+03, 2.1990e+03],\n"
        "         [2.2000e+03, 2.2010e+03, 2.2020e+03,  ..., 2.2970e+03,\n"
        "          2.2980e+03, 2.2990e+03],\n"
        "         ...,\n"
        "         [2.7000e+03, 2.7010e+03, 2.7020e+03,  ..., 2.7970e+03,\n"
        "          2.7980e+03, 2.7990e+03],\n"
        "         [2.8000e+03, 2.8010e+03, 2.8020e+03,  ..., 2.8970e+03,\n"
        "          2.8980e+03, 2.8990e+03],\n"
        "         [2.9000e+03, 2.9010e+03, 2.9020e+03,  ..., 2.9970e+03,\n"
        "          2.9980e+03, 2.9990e+03]],\n"
        "\n"
        "        [[3.0000e+03, 3.0010e+03, 3.0020e+03,  ..., 3.0970e+03,\n"
        "          3.0980e+03, 3.0990e+03],\n"
        "         [3.1000e+03, 3.1010e+03, 3.1020e+03,  ..., 3.1970e+03,\n"
        "          3.1980e+03, 3.1990e+03],\n"
        "         [3.2000e+03, 3.2010e+03, 3.2020e+03,  ..., 3.2970e+03,\n"
        "          3.2980e+03, 3.2990e+03],\n"
        "         ...,\n"
        "         [3.7000e+03, 3.7010e+03, 3.7020e+03,  ..., 3.7970e+03,\n"
        "          3.7980e+03, 3.7990e+03],\n"
        "         [3.8000e+03, 3.8010e+03, 3.8020e+03,  ..., 3.8970e+03,\n"
        "          3.8980e+03, 3.8990e+03],\n"
        "         [3.9000e+03, 3.9010e+03, 3.9020e+03,  ..., 3.9970e+03,\n"
        "          3.9980e+03, 3.9990e+03]],\n"
        "\n"
        "        [[4.0000e+03, 4.0010e+03, 4.0020e+03,  ..., 4.0970e+03,\n"
        "          4.0980e+03, 4.0990e+03],\n"
        "         [4.1000e+03, 4.1010e+03, 4.1020e+03,  ..., 4.1970e+03,\n"
        "          4.1980e+03, 4.1990e+03],\n"
        "         [4.2000e+03, 4.2010e+03, 4.2020e+03,  ..., 4.2970e+03,\n"
        "          4.2980e+03, 4.2990e+03],\n"
        "         ...,\n"
        "         [4.7000e+03, 4.7010e+03, 4.7020e+03,  ..., 4.7970e+03,\n"
        "          4.7980e+03, 4.7990e+03],\n"
        "         [4.8000e+03, 4.8010e+03, 4.8020e+03,  ..., 4.8970e+03,\n"
        "          4.8980e+03, 4.8990e+03],\n"
        "         [4.9000e+03, 4.9010e+03, 4.9020e+03,  ..., 4.9970e+03,\n"
        "          4.9980e+03, 4.9990e+03]]])",
    ),
    (
        lambda: torch.arange(40),
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
        "        36, 37, 38, 39])",
    ),
    (
        lambda: torch.arange(40.0) / 3,
        "tensor([ 0.0000,  0.3333,  0.6667,  1.0000,  1.3333,  1.6667,  2.0000,  2.3333,\n"
        "         2.6667,  3.0000,  3.3333,  3.6667,  4.0000,  4.3333,  4.6667,  5.0000,\n"
        "         5.3333,  5.6667,  6.0000,  6.3333,  6.6667,  7.0000,  7.3333,  7.6667,\n"
        "         8.0000,  8.3333,  8.6667,  9.0000,  9.3333,  9.6667, 10.0000, 10.3333,\n"
        "        10.6667, 11.0000, 11.3333, 11.6667, 12.0000, 12.3333, 12.6667, 13.0000])",
    ),
    (lambda: torch.ones(2, 3, device="meta"), "tensor(..., device='meta', size=(2, 3))"),
    (lambda: torch.nn.Parameter(torch.ones(2)), "Parameter containing:\ntensor([1., 1.], requires_grad=True)"),
    (lambda: torch.full((3,), 1e-4), "tensor([1.0000e-04, 1.0000e-04, 1.0000e-04])"),
    (lambda: torch.tensor([0.00012345, 1234.5]), "tensor([1.2345e-04, 1.2345e+03])"),
    (lambda: torch.tensor([-0.0, 0.0]), "tensor([-0., 0.])"),
    (lambda: torch.eye(3), "tensor([[1., 0., 0.],\n        [0., 1., 0.],\n        [0., 0., 1.]])"),
    (lambda: torch.tensor([[1.0]]), "tensor([[1.]])"),
    (lambda: torch.tensor([[[1]]]), "tensor([[[1]]])"),
    (lambda: torch.tensor([9999999, 1]), "tensor([9999999,       1])"),
    (lambda: torch.tensor([1e-45, 1.0]), "tensor([1.4013e-45, 1.0000e+00])"),
    (lambda: torch.linspace(0, 1, 5), "tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])"),
    (lambda: torch.tensor([1.0, 2.0]).numpy().tolist(), "[1.0, 2.0]"),
    (lambda: torch.ones(3, 2).t(), "tensor([[1., 1., 1.],\n        [1., 1., 1.]])"),
    (lambda: torch.ones(4).expand(2, 4), "tensor([[1., 1., 1., 1.],\n        [1., 1., 1., 1.]])"),
    (lambda: torch.rand(0), "tensor([])"),
    (lambda: torch.tensor([2**62, -1]), "tensor([4611686018427387904,                  -1])"),
    (
        lambda: torch.ones(2, dtype=torch.complex128) * (1e-9 + 1e5j),
        "tensor([1.0000e-09+100000.j, 1.0000e-09+100000.j], dtype=torch.complex128)",
    ),
]


@pytest.mark.parametrize(("make", "text"), CASES)
def test_repr(make, text):
    assert repr(make()) == text


def test_options():
    x = torch.tensor([1.23456789, 1e-5])
    try:
        torch.set_printoptions(precision=2, sci_mode=False)
        assert repr(x) == "tensor([1.23, 0.00])"
        torch.set_printoptions(profile="short")
        assert repr(torch.arange(1001.0)) == "tensor([   0.,    1.,  ...,  999., 1000.])"
        torch.set_printoptions(profile="full")
        assert "..." not in repr(torch.arange(2000))
        torch.set_printoptions(linewidth=20)
        assert repr(torch.arange(8)) == "tensor([0, 1, 2, 3,\n        4, 5, 6, 7])"
    finally:
        torch.set_printoptions(profile="default")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (lambda: f"{torch.tensor(1.5):.3f}", "1.500"),
        (lambda: f"{torch.tensor(3)}", "3"),
        (lambda: str(torch.tensor(2.0)), "tensor(2.)"),
        (lambda: f"{torch.tensor([1, 2])}", "tensor([1, 2])"),
        (lambda: repr(torch.float32), "torch.float32"),
        (lambda: repr(torch.ones(2, 3).shape), "torch.Size([2, 3])"),
        (lambda: repr(torch.device("cpu")), "device(type='cpu')"),
        (lambda: str(torch.device("cuda:1")), "cuda:1"),
        (lambda: str(torch.strided), "torch.strided"),
        (lambda: repr(torch.channels_last), "torch.channels_last"),
        (
            lambda: repr(torch.finfo(torch.float16)),
            "finfo(resolution=0.001, "
            "min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, tiny=6.10352e-05, dtype=float16)",
        ),
        (lambda: repr(torch.iinfo(torch.int8)), "iinfo(min=-128, max=127, dtype=int8)"),
    ],
)
def test_other_texts(text, expected):
    assert text() == expected
