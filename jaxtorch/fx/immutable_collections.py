"""`torch.fx.immutable_collections`: the lists and dicts among a node's arguments, which cannot be changed in place.

A node knows who uses it; a list changed behind its back would make that wrong.
"""

from __future__ import annotations

from typing import Any

from jaxtorch.utils import _pytree

__all__ = ["immutable_dict", "immutable_list"]

_ADVICE = """If you are attempting to modify the kwargs or args of a torch.fx.Node object,
instead create a new copy of it and assign the copy to the node:

    new_args = ...  # copy and mutate args
    node.args = new_args"""


def _refused(self: Any, *args: Any, **kwargs: Any) -> Any:
    raise TypeError(f"{type(self).__name__!r} object does not support mutation. {_ADVICE}")


class immutable_list(list):
    """A list that cannot be changed, and can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce__(self) -> Any:
        return type(self), (tuple(self),)


class immutable_dict(dict):
    """A dict that cannot be changed, and can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Any:
        return type(self), (tuple(self.items()),)


for _name in ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "__delitem__", "__iadd__",
              "__imul__", "__setitem__"):  # fmt: skip
    setattr(immutable_list, _name, _refused)
for _name in ("clear", "pop", "popitem", "setdefault", "update", "__delitem__", "__ior__", "__setitem__"):
    setattr(immutable_dict, _name, _refused)

_pytree.register_pytree_node(
    immutable_list,
    lambda d: (list(d), None),
    lambda values, context: immutable_list(values),
    serialized_type_name="torch.fx.immutable_collections.immutable_list",
    flatten_with_keys_fn=lambda d: ([(_pytree.SequenceKey(i), x) for i, x in enumerate(d)], None),
)
_pytree.register_pytree_node(
    immutable_dict,
    lambda d: (list(d.values()), list(d)),
    lambda values, context: immutable_dict(zip(context, values, strict=True)),
    serialized_type_name="torch.fx.immutable_collections.immutable_dict",
    flatten_with_keys_fn=lambda d: ([(_pytree.MappingKey(k), x) for k, x in d.items()], list(d)),
)
