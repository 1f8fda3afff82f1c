"""`torch.fx`: programs as graphs that Python code can read, change and run again."""

from jaxtorch.fx import immutable_collections as immutable_collections
from jaxtorch.fx import passes as passes
from jaxtorch.fx._symbolic_trace import PH as PH
from jaxtorch.fx._symbolic_trace import ProxyableClassMeta as ProxyableClassMeta
from jaxtorch.fx._symbolic_trace import Tracer as Tracer
from jaxtorch.fx._symbolic_trace import symbolic_trace as symbolic_trace
from jaxtorch.fx._symbolic_trace import wrap as wrap
from jaxtorch.fx.graph import CodeGen as CodeGen
from jaxtorch.fx.graph import Graph as Graph
from jaxtorch.fx.graph_module import GraphModule as GraphModule
from jaxtorch.fx.interpreter import Interpreter as Interpreter
from jaxtorch.fx.interpreter import Transformer as Transformer
from jaxtorch.fx.node import Node as Node
from jaxtorch.fx.node import has_side_effect as has_side_effect
from jaxtorch.fx.node import map_arg as map_arg
from jaxtorch.fx.proxy import Proxy as Proxy
from jaxtorch.fx.subgraph_rewriter import replace_pattern as replace_pattern

__all__ = [
    "symbolic_trace",
    "Tracer",
    "wrap",
    "Graph",
    "GraphModule",
    "Interpreter",
    "Transformer",
    "Node",
    "Proxy",
    "replace_pattern",
    "has_side_effect",
    "map_arg",
]
