"""Lazy modules before their first input."""

import jaxtorch as torch
from jaxtorch import nn


def test_they_can_be_moved():
    m = nn.Sequential(nn.LazyConv2d(3, 2), nn.LazyBatchNorm2d()).to("cpu").to(torch.float64).double()
    assert m(torch.ones(1, 2, 4, 4, dtype=torch.float64)).dtype is torch.float64
    assert m.to(memory_format=torch.channels_last)[0].weight.is_contiguous(memory_format=torch.channels_last)
