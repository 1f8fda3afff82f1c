"""`torch._custom_ops`: the older names of `torch.library`'s registration."""

from __future__ import annotations

from jaxtorch.library import custom_op as custom_op
from jaxtorch.library import impl as impl
from jaxtorch.library import register_fake as impl_abstract  # noqa: F401
