"""`torch.utils._pytree`: nested containers taken apart into leaves and a structure, and put together again.

Known containers are tuples, lists, dicts, named tuples, `torch.Size`, OrderedDict, defaultdict and deque;
`register_pytree_node` adds more. Anything else, None too, is a leaf.
"""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from jaxtorch._base.sizes import Size

Context = Any
PyTree = Any


# ----- Paths -----


@dataclasses.dataclass(frozen=True)
class SequenceKey:
    """A position in a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """The child of a container."""
        return sequence[self.idx]


@dataclasses.dataclass(frozen=True)
class MappingKey:
    """A key of a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """The child of a container."""
        return mapping[self.key]


@dataclasses.dataclass(frozen=True)
class GetAttrKey:
    """The name of an attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """The child of a container."""
        return getattr(obj, self.name)


def keystr(kp: Any) -> str:
    """A path as it would be written in Python."""
    return "".join(str(k) for k in kp)


def key_get(obj: Any, kp: Any) -> Any:
    """What stands at a path."""
    for k in kp:
        obj = k.get(obj)
    return obj


# ----- Kinds of nodes -----


class NodeDef(NamedTuple):
    """How one type of container is taken apart: children and context, and back."""

    type: Any
    flatten_fn: Callable[[Any], tuple[list, Any]]
    unflatten_fn: Callable[[Iterable, Any], Any]
    flatten_with_keys_fn: Callable[[Any], tuple[list, Any]] | None
    name: str | None = None


SUPPORTED_NODES: dict[Any, NodeDef] = {}


def register_pytree_node(
    cls: Any,
    flatten_fn: Any,
    unflatten_fn: Any,
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Any = None,
    from_dumpable_context: Any = None,
    flatten_with_keys_fn: Any = None,
) -> None:
    """Make a class a container: `flatten_fn(x)` gives (children, context), `unflatten_fn` of the two gives x again."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn, serialized_type_name)


_register_pytree_node = register_pytree_node


def _indexed(children: list) -> list:
    return [(SequenceKey(i), x) for i, x in enumerate(children)]


def _keyed(mapping: Any) -> list:
    return [(MappingKey(k), x) for k, x in mapping.items()]


# The pieces by PyTorch's names, which classes registered elsewhere build on.


def _tuple_flatten(d: tuple) -> tuple[list, None]:
    return list(d), None


def _tuple_unflatten(values: Iterable, context: Any) -> tuple:
    return tuple(values)


def _namedtuple_flatten(d: Any) -> tuple[list, type]:
    return list(d), type(d)


def _namedtuple_unflatten(values: Iterable, context: Any) -> Any:
    return context(*values)


def _ordereddict_flatten(d: OrderedDict) -> tuple[list, list]:
    return list(d.values()), list(d)


def _ordereddict_unflatten(values: Iterable, context: Any) -> OrderedDict:
    return OrderedDict(zip(context, values, strict=True))


def _list_flatten(d: list) -> tuple[list, None]:
    return d, None


def _list_unflatten(values: Iterable, context: Any) -> list:
    return list(values)


def _dict_flatten(d: dict) -> tuple[list, list]:
    return list(d.values()), list(d)


def _dict_unflatten(values: Iterable, context: Any) -> dict:
    return dict(zip(context, values, strict=True))


def _dict_flatten_with_keys(d: dict) -> tuple[list, list]:
    return _keyed(d), list(d)


def _list_flatten_with_keys(d: Any) -> tuple[list, None]:
    return _indexed(d), None


_tuple_flatten_with_keys = _list_flatten_with_keys
_ordereddict_flatten_with_keys = _dict_flatten_with_keys


def _register_builtins() -> None:
    def add(cls: Any, flatten: Any, unflatten: Any, children: Any) -> None:
        register_pytree_node(cls, flatten, unflatten, flatten_with_keys_fn=lambda x: (children(x), flatten(x)[1]))

    add(tuple, _tuple_flatten, _tuple_unflatten, _indexed)
    add(Size, _tuple_flatten, _tuple_unflatten, _indexed)
    add(list, _list_flatten, _list_unflatten, _indexed)
    add(deque, lambda x: (list(x), x.maxlen), lambda xs, maxlen: deque(xs, maxlen=maxlen), _indexed)
    add(dict, _dict_flatten, _dict_unflatten, _keyed)
    add(OrderedDict, _ordereddict_flatten, _ordereddict_unflatten, _keyed)
    add(
        defaultdict,
        lambda x: (list(x.values()), [x.default_factory, list(x)]),
        lambda xs, context: defaultdict(context[0], zip(context[1], xs, strict=True)),
        _keyed,
    )
    add(
        namedtuple,
        _namedtuple_flatten,
        _namedtuple_unflatten,
        lambda x: [(GetAttrKey(name), getattr(x, name)) for name in x._fields],
    )


_register_builtins()


def is_namedtuple(obj: Any) -> bool:
    """Whether an object is a named tuple or such a class."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


is_namedtuple_instance = is_namedtuple


def is_namedtuple_class(cls: Any) -> bool:
    """Whether a class is that of named tuples."""
    fields = getattr(cls, "_fields", None)
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and isinstance(fields, tuple)
        and all(type(f) is str for f in fields)
    )


def is_structseq_class(cls: Any) -> bool:
    """Whether a class is one of those that C makes of named fields, like `time.struct_time`."""
    return (
        isinstance(cls, type)
        and cls.__bases__ == (tuple,)
        and all(type(getattr(cls, name, None)) is int for name in ("n_fields", "n_sequence_fields", "n_unnamed_fields"))
    )


def is_structseq_instance(obj: Any) -> bool:
    """Whether an object is of such a class."""
    return is_structseq_class(type(obj))


def is_structseq(obj: Any) -> bool:
    """Whether it is one of both."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def _get_node_type(tree: Any) -> Any:
    kind = type(tree)
    return kind if kind in SUPPORTED_NODES else namedtuple if is_namedtuple_class(kind) else kind


def tree_is_leaf(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether it is no container."""
    return (is_leaf is not None and is_leaf(tree)) or _get_node_type(tree) not in SUPPORTED_NODES


_is_leaf = tree_is_leaf


# ----- Structures -----


class TreeSpec:
    """The structure of a tree: the type of its container, the context to rebuild it, its children's structures."""

    def __init__(self, type: Any, context: Any = None, children_specs: Iterable = ()) -> None:
        self.type = type
        self.context = context
        self._children = list(children_specs)
        if type is None:
            self.num_leaves = self.num_nodes = 1
        else:
            self.num_nodes = 1 + sum(c.num_nodes for c in self._children)
            self.num_leaves = sum(c.num_leaves for c in self._children)
        self.num_children = len(self._children)

    def is_leaf(self) -> bool:
        """Whether it is the structure of a leaf."""
        return self.type is None

    def children(self) -> list:
        """The children's structures."""
        return list(self._children)

    children_specs = property(children)

    def child(self, index: int) -> TreeSpec:
        """One child's structure."""
        return self._children[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        same = self.type is other.type and self.context == other.context
        return same and self._children == other._children

    def __hash__(self) -> int:
        context = tuple(self.context) if self.type in (dict, OrderedDict) else None
        return hash((self.type, context, tuple(self._children)))

    def __repr__(self, indent: int = 0) -> str:
        if self.is_leaf():
            return "*"
        inner = indent + 2
        children = ",\n".join(" " * (inner if i else 0) + c.__repr__(inner) for i, c in enumerate(self._children))
        return f"TreeSpec({self.type.__name__}, {self.context}, [{children}])"

    def unflatten(self, leaves: Iterable) -> Any:
        """The tree of this structure with given leaves."""
        leaves = leaves if isinstance(leaves, (list, tuple)) else list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a pytree that "
                f"holds {self.num_leaves} items ({self})."
            )
        return self._build(iter(leaves))

    def _build(self, leaves: Any) -> Any:
        if self.is_leaf():
            return next(leaves)
        return SUPPORTED_NODES[self.type].unflatten_fn([c._build(leaves) for c in self._children], self.context)

    def flatten_up_to(self, tree: Any) -> list:
        """The subtrees of a tree at this structure's leaves."""
        found: list = []
        self._up_to(tree, found)
        return found

    def _up_to(self, tree: Any, found: list) -> None:
        if self.is_leaf():
            found.append(tree)
            return
        kind = _get_node_type(tree)
        if kind is not self.type and not (kind in _DICTS and self.type in _DICTS):
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {kind!r}.")
        children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        children = list(children)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        if self.type in _DICTS:
            expected = self.context[1] if self.type is defaultdict else self.context
            got = context[1] if kind is defaultdict else context
            if set(expected) != set(got):
                raise ValueError(f"Node keys mismatch; expected {expected!r}, but got {got!r}.")
            children = [tree[k] for k in expected]
        elif context != self.context and self.type is not deque:
            raise ValueError(f"Node context mismatch for node type {self.type!r}.")
        for child, spec in zip(children, self._children, strict=True):
            spec._up_to(child, found)


_DICTS = (dict, OrderedDict, defaultdict)
PyTreeSpec = TreeSpec


class LeafSpec(TreeSpec):
    """The structure of a leaf."""

    def __init__(self) -> None:
        super().__init__(None)


def _flatten(tree: Any, leaves: list, is_leaf: Any) -> TreeSpec:
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return LeafSpec()
    kind = _get_node_type(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(c, leaves, is_leaf) for c in children])


def tree_flatten(tree: Any, is_leaf: Any = None) -> tuple[list, TreeSpec]:
    """The leaves of a tree, and its structure."""
    leaves: list = []
    spec = _flatten(tree, leaves, is_leaf)
    return leaves, spec


def tree_unflatten(leaves: Iterable, treespec: TreeSpec) -> Any:
    """The tree of a structure with given leaves."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}.")
    return treespec.unflatten(leaves)


def tree_leaves(tree: Any, is_leaf: Any = None) -> list:
    """The leaves of a tree."""
    return tree_flatten(tree, is_leaf)[0]


def arg_tree_leaves(*args: Any, **kwargs: Any) -> list:
    """The leaves of a call's arguments."""
    return [leaf for tree in (*args, *kwargs.values()) for leaf in tree_leaves(tree)]


def tree_iter(tree: Any, is_leaf: Any = None) -> Any:
    """The leaves of a tree, one after the other."""
    return iter(tree_leaves(tree, is_leaf))


def tree_structure(tree: Any, is_leaf: Any = None) -> TreeSpec:
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def _walk_with_path(tree: Any, path: tuple, is_leaf: Any) -> Any:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    node = SUPPORTED_NODES[_get_node_type(tree)]
    if node.flatten_with_keys_fn is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {node.type}. Please pass a flatten_with_keys_fn "
            f"argument to register_pytree_node."
        )
    for key, child in node.flatten_with_keys_fn(tree)[0]:
        yield from _walk_with_path(child, (*path, key), is_leaf)


def tree_leaves_with_path(tree: Any, is_leaf: Any = None) -> list:
    """(path, leaf) for each leaf."""
    return list(_walk_with_path(tree, (), is_leaf))


def tree_flatten_with_path(tree: Any, is_leaf: Any = None) -> tuple[list, TreeSpec]:
    """(path, leaf) for each leaf, and the structure."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


# ----- Maps -----


def tree_map(func: Callable, tree: Any, *rests: Any, is_leaf: Any = None) -> Any:
    """The tree with `func` applied to its leaves, and to what stands at their places in further trees."""
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves, *[spec.flatten_up_to(r) for r in rests]]
    return spec.unflatten([func(*those) for those in zip(*columns, strict=True)])


def tree_map_(func: Callable, tree: Any, *rests: Any, is_leaf: Any = None) -> Any:
    """Call `func` on the leaves; the tree itself is given back."""
    leaves, spec = tree_flatten(tree, is_leaf)
    for those in zip(leaves, *[spec.flatten_up_to(r) for r in rests], strict=True):
        func(*those)
    return tree


def tree_map_with_path(func: Callable, tree: Any, *rests: Any, is_leaf: Any = None) -> Any:
    """`tree_map` whose function gets the path first."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [[p for p, _ in pairs], [x for _, x in pairs], *[spec.flatten_up_to(r) for r in rests]]
    return spec.unflatten([func(*those) for those in zip(*columns, strict=True)])


def _matches(kind: Any) -> Callable[[Any], bool]:
    return kind if not isinstance(kind, (type, tuple)) and callable(kind) else lambda x: isinstance(x, kind)


def map_only(kind: Any) -> Callable[[Callable], Callable]:
    """A decorator: the function is applied to leaves of a type, or for which a predicate holds; others stay."""
    matches = _matches(kind)
    return lambda func: lambda x: func(x) if matches(x) else x


def tree_map_only(type_or_types_or_pred: Any, func: Callable, tree: Any, is_leaf: Any = None) -> Any:
    """`tree_map` over the leaves of a type, or for which a predicate holds."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(type_or_types_or_pred: Any, func: Callable, tree: Any, is_leaf: Any = None) -> Any:
    """`tree_map_` over the leaves of a type, or for which a predicate holds."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable, tree: Any, is_leaf: Any = None) -> bool:
    """Whether `pred` holds for all leaves."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable, tree: Any, is_leaf: Any = None) -> bool:
    """Whether `pred` holds for a leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(kind: Any, pred: Callable, tree: Any, is_leaf: Any = None) -> bool:
    """Whether `pred` holds for all leaves of a type."""
    matches = _matches(kind)
    return all(pred(x) for x in tree_iter(tree, is_leaf) if matches(x))


def tree_any_only(kind: Any, pred: Callable, tree: Any, is_leaf: Any = None) -> bool:
    """Whether `pred` holds for a leaf of a type."""
    matches = _matches(kind)
    return any(pred(x) for x in tree_iter(tree, is_leaf) if matches(x))


def _broadcast_to_and_flatten(tree: Any, treespec: TreeSpec, is_leaf: Any = None) -> list | None:
    """The leaves of `tree`, each repeated for all leaves of the structure below its place; None where they differ."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf() or _get_node_type(tree) is not treespec.type:
        return None
    children, context = SUPPORTED_NODES[treespec.type].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    found: list = []
    for child, spec in zip(children, treespec.children(), strict=True):
        flat = _broadcast_to_and_flatten(child, spec, is_leaf)
        if flat is None:
            return None
        found += flat
    return found


# ----- Text -----


def treespec_pprint(treespec: TreeSpec) -> str:
    """A structure as a tree of stars."""

    class Star:
        def __repr__(self) -> str:
            return "*"

    return repr(tree_unflatten([Star()] * treespec.num_leaves, treespec))


def _type_name(kind: Any) -> str:
    named = SUPPORTED_NODES[kind].name
    return named or ("collections.namedtuple" if kind is namedtuple else f"{kind.__module__}.{kind.__qualname__}")


def _to_json(spec: TreeSpec) -> dict:
    if spec.is_leaf():
        return {"type": None, "context": "null", "children_spec": []}
    children = [_to_json(c) for c in spec.children()]
    return {"type": _type_name(spec.type), "context": json.dumps(spec.context), "children_spec": children}


def _from_json(entry: dict) -> TreeSpec:
    if entry["type"] is None:
        return LeafSpec()
    by_name = {_type_name(kind): kind for kind in SUPPORTED_NODES}
    if entry["type"] not in by_name:
        raise NotImplementedError(f"Deserializing `{entry['type']}` in pytree is not registered.")
    children = [_from_json(c) for c in entry["children_spec"]]
    return TreeSpec(by_name[entry["type"]], json.loads(entry["context"]), children)


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """A structure as JSON. Contexts that JSON cannot hold (named tuples, default factories) raise TypeError."""
    return json.dumps([1 if protocol is None else protocol, _to_json(treespec)])


def treespec_loads(serialized: str) -> TreeSpec:
    """The structure that `treespec_dumps` wrote."""
    return _from_json(json.loads(serialized)[1])
