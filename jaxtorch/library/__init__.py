"""`torch.library`: ops of one's own."""

from typing import Any

from jaxtorch.library._custom_op import CustomOpDef as CustomOpDef
from jaxtorch.library._custom_op import custom_op as custom_op
from jaxtorch.library._custom_op import triton_op as triton_op
from jaxtorch.library._custom_op import wrap_triton as wrap_triton
from jaxtorch.library._registration import Library as Library
from jaxtorch.library._registration import define as define
from jaxtorch.library._registration import fallthrough_kernel as fallthrough_kernel
from jaxtorch.library._registration import impl as impl
from jaxtorch.library._registration import register_autograd as register_autograd
from jaxtorch.library._registration import register_fake as register_fake
from jaxtorch.library._registration import register_kernel as register_kernel
from jaxtorch.library._registration import register_vmap as register_vmap
from jaxtorch.library._schema import infer_schema as infer_schema

impl_abstract = register_fake


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.library' has no attribute '{name}' (jaxtorch does not have it)")
