"""`torch.fx.subgraph_rewriter`: replacing what a pattern finds in a graph."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, NamedTuple

from jaxtorch.fx._symbolic_trace import symbolic_trace
from jaxtorch.fx.graph import Graph
from jaxtorch.fx.graph_module import GraphModule
from jaxtorch.fx.node import Node
from jaxtorch.fx.passes.utils.matcher_utils import SubgraphMatcher
from jaxtorch.nn.modules.module import Module

__all__ = ["Match", "ReplacedPatterns", "replace_pattern", "replace_pattern_with_filters"]


class Match(NamedTuple):
    """Where a pattern was found: its last node, and the graph's node for each of the pattern's."""

    anchor: Node
    nodes_map: dict[Node, Node]


@dataclasses.dataclass
class ReplacedPatterns:
    """Where a pattern was found, and the nodes that replaced it."""

    anchor: Node
    nodes_map: dict[Node, Node]
    replacements: list[Node]


def _lookup(module: Any, target: str) -> Any:
    path, _, name = target.rpartition(".")
    try:
        return getattr(module.get_submodule(path), name, None)
    except AttributeError:
        return None


def _replace_attributes(gm: GraphModule, replacement: Any) -> None:
    """Give the module what the replacement names."""
    gm.delete_all_unused_submodules()
    if isinstance(replacement, GraphModule):
        replacement.graph.lint()
    for node in gm.graph.nodes:
        target: Any = node.target
        if node.op not in ("call_module", "get_attr") or _lookup(gm, target) is not None:
            continue
        found = _lookup(replacement, target)
        if found is None:
            raise RuntimeError(
                f'Attempted to create a "{node.op}" node during subgraph rewriting with target {target}, but the '
                "referenced attribute does not exist in the replacement GraphModule"
            )
        if isinstance(found, Module):
            gm.add_submodule(target, copy.deepcopy(found))
        else:
            setattr(gm, target, copy.deepcopy(found))
    gm.graph.lint()


def _graph_of(x: Any) -> Graph:
    if isinstance(x, Graph):
        return x
    return x.graph if isinstance(x, GraphModule) else symbolic_trace(x).graph


def replace_pattern(gm: GraphModule, pattern: Any, replacement: Any) -> list[Match]:
    """Replace each place where `gm` does what `pattern` does by what `replacement` does; both take the same arguments.

    Example:
        >>> gm = torch.fx.symbolic_trace(lambda x: torch.relu(x) + 1)
        >>> _ = torch.fx.replace_pattern(gm, lambda x: torch.relu(x), lambda x: torch.neg(x))
    """
    return [Match(m.anchor, m.nodes_map) for m in replace_pattern_with_filters(gm, pattern, replacement)]


def replace_pattern_with_filters(
    gm: GraphModule, pattern: Any, replacement: Any = None, match_filters: list | None = None,
    ignore_literals: bool = False, replacement_callback: Any = None, node_name_match: str = "",
) -> list[ReplacedPatterns]:  # fmt: skip
    """`replace_pattern` where all filters `(match, graph, pattern_graph)` agree; a callback may make replacements."""
    graph, pattern_graph = gm.graph, _graph_of(pattern)
    matches = SubgraphMatcher(pattern_graph, ignore_literals=ignore_literals).match(graph, node_name_match)
    matches = [m for m in matches if all(accepts(m, graph, pattern_graph) for accepts in match_filters or [])]
    if replacement is None and replacement_callback is None:
        raise AssertionError("Must provide either a replacement GraphModule or a replacement callback")
    common = None if replacement is None else _graph_of(replacement)
    changed: dict[Node, Node] = {}
    done = []
    for match in matches:
        new: Any = replacement_callback(match, graph, pattern_graph) if replacement_callback is not None else common
        done.append(_replace(gm, match, pattern_graph, new, changed))
    gm.recompile()
    if isinstance(replacement, Module):
        _replace_attributes(gm, replacement)
    return done


def _place(graph: Graph, returning: list[Node]) -> Node:
    """Before which node a replacement goes: the first that uses what is replaced, or what follows it."""
    users = {user for node in returning for user in node.users}
    first = next((node for node in graph.nodes if node in users), None)
    if first is not None:
        return first
    last = next(node for node in reversed(graph.nodes) if node in returning)
    return last.next


def _replace(gm: GraphModule, match: Any, pattern: Graph, new: Graph, changed: dict[Node, Node]) -> ReplacedPatterns:
    inputs = [n for n in new.nodes if n.op == "placeholder"]
    if len(match.placeholder_nodes) != len(inputs):
        raise AssertionError(f"Placeholder count mismatch: {len(match.placeholder_nodes)} vs {len(inputs)}")
    # What an earlier replacement took away is now what it put there.
    for pattern_node, node in list(match.nodes_map.items()):
        if pattern_node.op == "placeholder" and isinstance(node, Node) and node in changed:
            match.nodes_map[pattern_node] = changed[node]
    match.placeholder_nodes = [
        changed.get(node, node) if isinstance(node, Node) else node for node in match.placeholder_nodes
    ]
    values: dict[Node, Any] = dict(zip(inputs, match.placeholder_nodes, strict=True))
    with gm.graph.inserting_before(_place(gm.graph, match.returning_nodes)):
        copied = gm.graph.graph_copy(new, values)
    returned = (copied,) if isinstance(copied, Node) else copied
    if len(match.returning_nodes) != len(returned):
        raise AssertionError(f"Returning nodes count mismatch: {len(match.returning_nodes)} vs {len(returned)}")
    made = [v for v in values.values() if isinstance(v, Node) and v not in match.placeholder_nodes]
    for old, node in zip(match.returning_nodes, returned, strict=True):
        old.replace_all_uses_with(node)
        changed[old] = node
    for node in reversed(pattern.nodes):
        if node.op not in ("placeholder", "output"):
            gm.graph.erase_node(match.nodes_map[node])
    return ReplacedPatterns(match.anchors[0], match.nodes_map, made)
