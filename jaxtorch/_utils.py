"""`torch._utils`: what pickles of tensors and parameters name."""

from jaxtorch._base.dtypes import dtype as _dtype
from jaxtorch._tensor.rebuild import rebuild_device_tensor as _rebuild_device_tensor_from_cpu_tensor  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_meta_tensor_no_storage as _rebuild_meta_tensor_no_storage  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor as _rebuild_tensor  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor_v2 as _rebuild_tensor_v2  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor_v3 as _rebuild_tensor_v3  # noqa: F401
from jaxtorch.nn.parameter import rebuild_parameter as _rebuild_parameter  # noqa: F401
from jaxtorch.nn.parameter import rebuild_parameter_with_state as _rebuild_parameter_with_state  # noqa: F401


def _element_size(dtype: _dtype) -> int:
    """Bytes an element takes."""
    if not isinstance(dtype, _dtype):
        raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
    return dtype.itemsize


def _is_privateuse1_backend_available() -> bool:
    """Whether a device of a third party is registered: none can be."""
    return False
