"""`torch.fx.symbolic_trace`: a module or function as a GraphModule."""

from __future__ import annotations

from typing import Any

from jaxtorch.fx._patching import _maybe_revert_all_patches as _maybe_revert_all_patches
from jaxtorch.fx._patching import _Patcher as _Patcher
from jaxtorch.fx._tracer import PH as PH
from jaxtorch.fx._tracer import PHBase as PHBase
from jaxtorch.fx._tracer import PHWithMeta as PHWithMeta
from jaxtorch.fx._tracer import ProxyableClassMeta as ProxyableClassMeta
from jaxtorch.fx._tracer import Tracer as Tracer
from jaxtorch.fx._tracer import _assert_is_none as _assert_is_none
from jaxtorch.fx._tracer import is_fx_symbolic_tracing as is_fx_symbolic_tracing
from jaxtorch.fx._tracer import is_fx_tracing as is_fx_tracing
from jaxtorch.fx._wrap import _wrapped_fns_to_patch as _wrapped_fns_to_patch
from jaxtorch.fx._wrap import wrap as wrap
from jaxtorch.fx.graph_module import GraphModule
from jaxtorch.nn.modules.module import Module


def symbolic_trace(root: Any, concrete_args: Any = None) -> GraphModule:
    """What a module's `forward`, or a function, does with its arguments, as a GraphModule.

    `concrete_args` fixes arguments, by name, so that branches on them can be followed.

    Raises:
        TraceError: control flow depends on a traced value.

    Example:
        >>> gm = torch.fx.symbolic_trace(lambda x: torch.relu(x) + 1)
        >>> gm(torch.tensor([-1.0, 2.0]))
        tensor([1., 3.])
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
