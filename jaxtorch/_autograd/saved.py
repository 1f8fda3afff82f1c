"""What nodes keep for backward, as users reach it: hooks that pack and unpack it, and `grad_fn._saved_self`.

A node whose saved values are packed keeps what the hook made of them, and unpacks it when its derivative is asked for.
PyTorch saves the result of some operations (`exp`, `softmax`) where the derivative here reads their input: the hooks
see the result then, and the input stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.checkpoint import FORGOTTEN, nodes_since
from jaxtorch._autograd.node import SECOND_TIME, Node, ResidualNode, overwritten, unpack
from jaxtorch._autograd.variable import Variable, value_of, wrap
from jaxtorch._engine.recorder import record
from jaxtorch._engine.value import Value

hooks: list[tuple[Callable, Callable]] = []  # those entered, the innermost last
RESULT = -1


def mark() -> int:
    """A number that nodes made from now on exceed."""
    return Node(None, (), (), ()).seq  # type: ignore[arg-type]


def pack_new(outputs: list, start: int) -> None:
    """Pack what the nodes below `outputs` that are younger than `start` have saved, with the innermost hooks."""
    for node in nodes_since(outputs, start):
        if type(node) in (Node, ResidualNode):
            values = {position: _value(node, position) for position in saved_positions(node)}
            for position, value in values.items():
                _pack(node, position, value, *hooks[-1])


def saved_positions(node: Node) -> list[int]:
    """Which inputs PyTorch would have saved, and RESULT for the result."""
    saved = node.saved or ()
    if saved is FORGOTTEN:
        return [*node.call.saves, *([RESULT] if node.call.saves_result else [])]
    found = [i for i in node.call.saves if saved[i] is not None and not saved[i].aval.weak]
    return [*found, RESULT] if node.call.saves_result else found


def pack(node: Node, position: int, pack_hook: Callable, unpack_hook: Callable) -> None:
    """Let a node keep what `pack_hook` makes of a saved tensor in its place."""
    _pack(node, position, _value(node, position), pack_hook, unpack_hook)


def _pack(node: Node, position: int, value: Value, pack_hook: Callable, unpack_hook: Callable) -> None:
    if not isinstance(node, _Packed):
        node.__class__ = PackedResidualNode if isinstance(node, ResidualNode) else PackedNode
        node.region = {}
    tensor = wrap(value)
    version = tensor._vc.version
    packed = pack_hook(tensor)
    if tensor._vc.version != version:
        raise RuntimeError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not "
            "be modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if "
            "you need to perform in-place operations on the input to a pack hook."
        )
    node.region[position] = (packed, unpack_hook, tensor._aval)
    node.versions = ()
    if position != RESULT:
        kept = list(node.saved or ())
        kept[position] = None
        node.saved = tuple(kept)


def _value(node: Node, position: int) -> Value:
    assert node.saved is not None
    if position != RESULT:
        return node.saved[position]
    for i in range(0, len(node.versions), 4):
        storage, _, _, origin = node.versions[i : i + 4]
        if origin is None and hasattr(storage, "value"):
            return storage.value
    result = record(node.call, node.saved)
    return result[0] if node.call.multi else result


def unpacked(packed: Any, unpack_hook: Callable) -> Variable:
    """What an unpack hook gives back, which must be a tensor."""
    found = unpack_hook(packed)
    if not isinstance(found, Variable):
        raise TypeError(
            f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found).__name__}"
        )
    return found


class _Packed:
    __slots__ = ()
    region: dict

    def pull(self: Any, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        if self.saved is None:
            raise RuntimeError(SECOND_TIME)
        before, values = self.saved, list(self.saved)
        for position, (packed, unpack_hook, _) in self.region.items():
            value = value_of(unpacked(packed, unpack_hook))
            if position != RESULT:
                values[position] = value
        self.saved = tuple(values)
        try:
            return Node.pull(self, cotangents, mask, graph)
        finally:
            self.saved = before

    def release(self: Any) -> None:
        self.saved, self.region = None, {}


class PackedNode(_Packed, Node):  # type: ignore[misc]
    """A node whose saved tensors hooks have packed."""

    __slots__ = ()


class PackedResidualNode(_Packed, ResidualNode):  # type: ignore[misc]
    """A node with residuals whose saved tensors hooks have packed; it goes back to its inputs."""

    __slots__ = ()


def _original(node: Node, position: int) -> Any:
    """The very tensor that was saved, if the node knows it."""
    inputs = [i for i in node.call.saves if node.saved is not None and node.saved[i] is not None]
    for i in range(0, len(node.versions), 4):
        counter, version, aval, origin = node.versions[i : i + 4]
        if i // 4 < len(inputs) and inputs[i // 4] == position and isinstance(origin, Variable):
            if counter.version != version:
                raise overwritten(aval, origin, counter.version, version)
            return origin
    return None


def saved_tensor(node: Node, position: int) -> Any:
    """A saved tensor as `grad_fn._saved_x` shows it: attached to the graph where it was."""
    if node.saved is None:
        raise RuntimeError(SECOND_TIME)
    while node.saved is FORGOTTEN:
        node.region.recompute([])
    if isinstance(node, _Packed) and position in node.region:
        packed, unpack_hook, _ = node.region[position]
        value = value_of(unpacked(packed, unpack_hook))
    else:
        original = _original(node, position)
        if original is not None:
            return original
        value = _value(node, position)
    if position == RESULT:
        out = wrap(value)
        out._rg, out._node = True, node
        return out
    return unpack(value, node.edges[position])
