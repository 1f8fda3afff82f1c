"""`torch.fx.passes.utils.matcher_utils`: finding where a graph contains another."""

from __future__ import annotations

import dataclasses
from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx.graph import Graph
from jaxtorch.fx.graph_module import _get_attr
from jaxtorch.fx.node import Node

__all__ = ["InternalMatch", "SubgraphMatcher"]


@dataclasses.dataclass
class InternalMatch:
    """Where a pattern was found: the graph's node for each of the pattern's."""

    anchors: list[Node]
    nodes_map: dict[Node, Any] = dataclasses.field(default_factory=dict)
    placeholder_nodes: list[Any] = dataclasses.field(default_factory=list)
    returning_nodes: list[Node] = dataclasses.field(default_factory=list)
    name_node_map: dict[str, Node] = dataclasses.field(default_factory=dict)


def _depends_on_itself(nodes: set[Node]) -> bool:
    """Whether some node outside takes a value from the set and gives one back to it."""
    todo = [user for node in nodes for user in node.users if user not in nodes]
    seen: set[Node] = set()
    while todo:
        node = todo.pop()
        if node in nodes:
            return True
        if node not in seen:
            seen.add(node)
            todo.extend(node.users)
    return False


class SubgraphMatcher:
    """Finds a pattern in graphs; its placeholders match anything unless `match_placeholder`."""

    def __init__(
        self, pattern: Graph, match_output: bool = False, match_placeholder: bool = False,
        remove_overlapping_matches: bool = True, ignore_literals: bool = False,
    ) -> None:  # fmt: skip
        self.pattern = pattern
        self.match_output, self.match_placeholder = match_output, match_placeholder
        self.remove_overlapping_matches, self.ignore_literals = remove_overlapping_matches, ignore_literals
        if not len(pattern.nodes):
            raise ValueError("SubgraphMatcher cannot be initialized with an empty pattern")
        for node in pattern.nodes:
            if node.op != "output" and not node.is_impure() and not node.users:
                raise AssertionError("SubgraphMatcher cannot be initialized with an pattern with dead code")
        self.pattern_placeholder_nodes = [n for n in pattern.nodes if n.op == "placeholder"]
        output = next(iter(reversed(pattern.nodes)))
        self.pattern_returning_nodes = output.all_input_nodes
        self.pattern_anchors = [output] if match_output else [n for n in output.all_input_nodes if len(n.users) == 1]

    def _nodes_are_equal(self, pn: Node, gn: Node, node_name_match: str = "") -> bool:
        if not self.match_placeholder and pn.op == "placeholder":
            return True
        if node_name_match and node_name_match in gn.name:
            return True
        if pn.op != gn.op:
            return False
        if pn.op == "get_attr":
            theirs, ours = (_get_attr(n.graph.owning_module, str(n.target)) for n in (pn, gn))
            if type(theirs) is type(ours) and not isinstance(theirs, Tensor):
                raise RuntimeError(f"Unsupported type {theirs} when matching attributes")
            return type(theirs) is type(ours)
        return pn.op in ("placeholder", "output") or pn.target == gn.target

    def _match_values(self, a: Any, b: Any, found: dict[Node, Any]) -> bool:
        if isinstance(a, Node) and isinstance(b, Node):
            return self._match_nodes(a, b, found)
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            return len(a) == len(b) and all(self._match_values(x, y, found) for x, y in zip(a, b, strict=True))
        if isinstance(a, Node):
            if a.op == "placeholder":
                same = found.setdefault(a, b) is b or found[a] == b
                return bool(same) or self.ignore_literals
            return self.ignore_literals
        return (not isinstance(b, Node) and type(a) is type(b) and a == b) or self.ignore_literals

    def _match_nodes(self, pn: Node, gn: Node, found: dict[Node, Any], node_name_match: str = "") -> bool:
        if pn in found:
            return found[pn] == gn
        if gn in found.values() or not self._nodes_are_equal(pn, gn, node_name_match):
            return False
        before = dict(found)
        found[pn] = gn
        if pn.op == "placeholder":
            return True
        if len(pn.args) == len(gn.args) and list(pn.kwargs) == list(gn.kwargs):
            ours, theirs = [*pn.args, *pn.kwargs.values()], [*gn.args, *gn.kwargs.values()]
            if self._match_values(ours, theirs, found):
                return True
        found.clear()
        found.update(before)
        return False

    def _is_contained(self, found: dict[Node, Any]) -> bool:
        """Whether nobody outside uses what the pattern does not return."""
        inside = {gn: pn for pn, gn in found.items() if pn.op != "placeholder"}
        return all(
            pn in self.pattern_returning_nodes or all(user in inside for user in gn.users) for gn, pn in inside.items()
        )

    def match(self, graph: Graph, node_name_match: str = "") -> list[InternalMatch]:
        """Where the pattern is found."""
        candidates = []
        for anchor in self.pattern_anchors:
            nodes = [node for node in graph.nodes if self._nodes_are_equal(anchor, node, node_name_match)]
            if nodes:
                candidates.append((anchor, nodes))
        complete: list[dict[Node, Any]] = []

        def extend(level: int, found: dict[Node, Any]) -> None:
            if level == len(candidates):
                complete.append(found)
                return
            anchor, nodes = candidates[level]
            for node in nodes:
                longer = dict(found)
                if self._match_nodes(anchor, node, longer, node_name_match):
                    extend(level + 1, longer)

        if candidates:
            extend(0, {})
        needed = (*self.pattern_placeholder_nodes, *self.pattern_returning_nodes)
        taken: set[Node] = set()
        matches = []
        for found in complete:
            inner = {gn for pn, gn in found.items() if pn.op not in ("placeholder", "output")}
            if any(n not in found for n in needed) or not self._is_contained(found) or _depends_on_itself(inner):
                continue
            if self.remove_overlapping_matches and inner & taken:
                continue
            taken |= inner
            inputs = [found[pn] for pn in self.pattern_placeholder_nodes]
            returned = [found[pn] for pn in self.pattern_returning_nodes]
            matches.append(InternalMatch(self.pattern_anchors, found, inputs, returned))
        return matches
