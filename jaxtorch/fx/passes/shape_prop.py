"""`torch.fx.passes.shape_prop`: runs a graph and notes the shape and dtype of each value."""

from __future__ import annotations

import traceback
from typing import Any, NamedTuple

from jaxtorch._tensor.layouts import CONSTANTS
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx.interpreter import Interpreter
from jaxtorch.fx.node import Node, map_aggregate

__all__ = ["ShapeProp", "TensorMetadata"]


class TensorMetadata(NamedTuple):
    """What is known of a tensor."""

    shape: Any
    dtype: Any
    requires_grad: bool
    stride: tuple[int, ...]
    memory_format: Any
    is_quantized: bool
    qparams: dict[str, Any]


def _extract_tensor_metadata(result: Any, include_contiguity: bool = True) -> TensorMetadata:
    found = None
    if include_contiguity:
        for name, ndim in (("contiguous_format", None), ("channels_last", 4), ("channels_last_3d", 5)):
            wanted = CONSTANTS[name]
            if (ndim is None or result.ndim == ndim) and result.is_contiguous(memory_format=wanted):
                found = wanted
                break
    return TensorMetadata(result.shape, result.dtype, result.requires_grad, result.stride(), found, False, {})


class ShapeProp(Interpreter):
    """Puts a TensorMetadata into each node's `meta["tensor_meta"]`: `ShapeProp(gm).propagate(*inputs)`."""

    def __init__(self, gm: Any, fake_mode: Any = None) -> None:
        if fake_mode is not None:
            raise NotImplementedError(
                "ShapeProp(fake_mode=...) is not supported by jaxtorch; give tensors on the device 'meta' instead"
            )
        super().__init__(gm)

    def run_node(self, n: Node) -> Any:
        """The value of a node, noted."""
        try:
            result = super().run_node(n)
        except Exception as error:
            traceback.print_exc()
            raise RuntimeError(f"ShapeProp error for: node={n.format_node()} with meta={n.meta}") from error
        tensors: list[Any] = []

        def describe(x: Any) -> Any:
            if not isinstance(x, Tensor):
                return x
            tensors.append(x)
            return _extract_tensor_metadata(x)

        meta = map_aggregate(result, describe)
        if tensors:
            n.meta["tensor_meta"] = meta
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args: Any) -> Any:
        """Run the module on these arguments."""
        return super().run(*args)
