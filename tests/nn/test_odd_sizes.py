"""Empty and impossible sizes: PyTorch's results, and its errors where it has some."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn

ones = torch.ones
LABEL = torch.zeros(1, 1, 1, 1, 1, dtype=torch.int64)
ERRORS = {
    "fold stride": (lambda: F.fold(ones(1, 4, 4), (3, 3), (2, 2), stride=0), "stride should be greater than zero"),
    "fold three": (lambda: F.fold(ones(1, 4, 4), (3, 3, 3), (2, 2)), "It is expected output_size equals to 2, but got"),
    "unfold three": (
        lambda: F.unfold(ones(1, 4, 4, 4), (2, 2, 2)),
        "It is expected kernel_size equals to 2, but got s",
    ),
    "conv kernel": (
        lambda: F.conv1d(ones(1, 2, 3), ones(2, 2, 0)),
        "kernel size should be greater than zero, but got kernel_height: 1 kernel_width: 0",
    ),
    "conv3d kernel": (
        lambda: F.conv3d(ones(1, 2, 3, 3, 3), ones(2, 2, 2, 2, 0)),
        "kernel size should be greater than zero, but got: 2 x 2 x 0",
    ),
    "transposed kernel": (
        lambda: F.conv_transpose2d(ones(1, 2, 3, 3), ones(2, 2, 2, 0)),
        "kernel size should be greater than zero, but got kernel_height: 2",
    ),
    "transposed size": (
        lambda: F.conv_transpose1d(ones(1, 2, 3), ones(2, 2, 2), padding=9),
        r"Given input size per channel: \(1 x 3\). Calculated output size per channel: \(1 x -14\)",
    ),
    "fractional": (
        lambda: F.fractional_max_pool2d(ones(1, 2, 3, 3), 2, output_size=(-1, 1)),
        r"Trying to create tensor with negative dimension -1: \[1, 2, -1, 1\]",
    ),
    "fractional empty": (
        lambda: F.fractional_max_pool3d(ones(1, 0, 3, 3, 3), 2, output_size=1),
        r"fractional_max_pool3d_out\(\): Expected input to have non-zero size for non-batch dimensions, but got\[1, 0",
    ),
    "unpool kernel": (
        lambda: F.max_unpool3d(ones(1, 1, 1, 1, 1), LABEL, (2, 2)),
        "There should be exactly three elements",
    ),
    "unpool stride": (
        lambda: F.max_unpool3d(ones(1, 1, 1, 1, 1), LABEL, 2, stride=(0, 1, 1)),
        r"strides should be greater than zero, but got stride: \[0, 1, 1\]",
    ),
    "unpool empty": (
        lambda: F.max_unpool3d(ones(1, 0, 1, 1, 1), LABEL[:, :0], 2),
        r"max_unpooling3d_forward_out_cpu\(\): Expected input to have non-zero size",
    ),
    "interpolate": (lambda: F.interpolate(ones(1, 1, 2, 2), scale_factor=1e12), "Storage size calculation overflowed"),
    "interpolate nan": (
        lambda: F.interpolate(ones(1, 1, 2, 2), scale_factor=float("nan")),
        "value cannot be converted to type int64_t without overflow",
    ),
    "ctc": (
        lambda: F.ctc_loss(ones(0, 1, 3), ones(1, 1, dtype=torch.int64), torch.tensor([0]), torch.tensor([1])),
        "log_probs tensor must not be empty",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    run, message = ERRORS[name]
    with pytest.raises(RuntimeError, match=message):
        run()


def test_too_short_a_tuple_is_an_index_error():
    with pytest.raises(IndexError, match="tuple index out of range"):
        F.max_unpool3d(ones(1, 1, 1, 1, 1), LABEL, 2, stride=(2, 2))
    with pytest.raises(IndexError, match="Target 0 is out of bounds"):
        F.cross_entropy(ones(2, 0), torch.zeros(2, dtype=torch.int64)).item()


SHAPES = {
    "rnn cell": (lambda: nn.RNNCell(3, 0)(ones(2, 3)), (2, 0)),
    "lstm cell": (lambda: nn.LSTMCell(3, 0)(ones(2, 3))[1], (2, 0)),
    "gru cell": (lambda: nn.GRUCell(3, 0)(ones(2, 3)), (2, 0)),
    "adaptive": (lambda: F.adaptive_max_pool2d(ones(1, 2, 3, 3), (0, 2)), (1, 2, 0, 2)),
    "fractional": (lambda: F.fractional_max_pool2d(ones(1, 2, 3, 3), 2, output_size=(0, 1)), (1, 2, 0, 1)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_empty_results(name):
    run, shape = SHAPES[name]
    assert tuple(run().shape) == shape


def test_mean_over_no_classes():
    assert F.cross_entropy(ones(2, 0), ones(2, 0)).isnan()
