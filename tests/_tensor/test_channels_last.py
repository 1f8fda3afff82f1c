"""Channels stay innermost through the layers that keep them so in PyTorch."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F

_KEEP = {
    "conv2d": lambda x: F.conv2d(x, torch.ones(4, 4, 3, 3)),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, torch.ones(4, 4, 3, 3)),
    "max_pool2d": lambda x: F.max_pool2d(x, 2),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 1),
    "interpolate": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "group_norm": lambda x: F.group_norm(x, 2),
    "prelu": lambda x: F.prelu(x, torch.ones(4)),
    "relu": F.relu,
    "pad": lambda x: F.pad(x, (1, 1)),
    "mse_loss": lambda x: F.mse_loss(x, x, reduction="none"),
}
_DROP = {
    "instance_norm": F.instance_norm,
    "circular padding": lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"),
}


def _image():
    return torch.arange(2.0 * 4 * 6 * 6).reshape(2, 4, 6, 6).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", _KEEP)
def test_kept(name):
    out, plain = _KEEP[name](_image()), _KEEP[name](_image().contiguous())
    assert out.is_contiguous(memory_format=torch.channels_last) and out.stride(1) == 1
    assert plain.is_contiguous()
    torch.testing.assert_close(out, plain)
    assert out.numpy().strides == tuple(4 * s for s in out.stride())


@pytest.mark.parametrize("name", _DROP)
def test_dropped(name):
    assert _DROP[name](_image()).is_contiguous()


def test_a_weight_with_channels_last_is_enough():
    weight = torch.ones(4, 4, 3, 3).to(memory_format=torch.channels_last)
    assert F.conv2d(_image().contiguous(), weight).stride() == (64, 1, 16, 4)


def test_views_of_it_fail_as_in_pytorch():
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        F.max_pool2d(_image(), 2).view(2, -1)


def test_gradients_pass():
    x = _image().requires_grad_()
    F.max_pool2d(F.conv2d(x, torch.ones(4, 4, 3, 3)), 2).sum().backward()
    assert x.grad.shape == x.shape and x.grad.sum().item() == 2 * 4 * 4 * 4 * 9
