"""`torch._subclasses`: PyTorch's fake tensors. Here shapes are traced by JAX, so that no tensor is ever fake."""

from __future__ import annotations

from jaxtorch._subclasses.fake_tensor import FakeTensor as FakeTensor
from jaxtorch._subclasses.fake_tensor import FakeTensorMode as FakeTensorMode
