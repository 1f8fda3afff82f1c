"""`torch.fx._pytree`: flattening by a known structure, so that generated code can take its inputs apart."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from jaxtorch.utils._pytree import TreeSpec, tree_flatten

FlattenFuncSpec = Callable[[Any, TreeSpec], list]
FlattenFuncExactMatchSpec = Callable[[Any, TreeSpec], bool]

SUPPORTED_NODES: dict[type, FlattenFuncSpec] = {}
SUPPORTED_NODES_EXACT_MATCH: dict[type, FlattenFuncExactMatchSpec | None] = {}


def register_pytree_flatten_spec(
    cls: type, flatten_fn_spec: FlattenFuncSpec, flatten_fn_exact_match_spec: FlattenFuncExactMatchSpec | None = None
) -> None:
    """Say how the children of a container are found by a structure that it may hold more than."""
    SUPPORTED_NODES[cls] = flatten_fn_spec
    SUPPORTED_NODES_EXACT_MATCH[cls] = flatten_fn_exact_match_spec


def tree_flatten_spec(pytree: Any, spec: TreeSpec) -> list:
    """The leaves of a container, in the order of a structure.

    Raises:
        RuntimeError: the container has another structure.
    """
    if spec.is_leaf():
        return [pytree]
    flatten = SUPPORTED_NODES.get(spec.type)
    if flatten is not None:
        children = flatten(pytree, spec)
        return [leaf for child, below in zip(children, spec.children(), strict=False)
                for leaf in tree_flatten_spec(child, below)]  # fmt: skip
    leaves, found = tree_flatten(pytree)
    if spec != found:
        raise RuntimeError(f"Real spec {found} of object {pytree} is different from expected spec {spec}.")
    return leaves


def _by_index(d: Any, spec: TreeSpec) -> list:
    return [d[i] for i in range(spec.num_children)]


def _same_length(d: Any, spec: TreeSpec) -> bool:
    return len(d) == spec.num_children


register_pytree_flatten_spec(dict, lambda d, spec: [d[k] for k in spec.context], _same_length)
for _kind in (list, tuple, namedtuple):
    register_pytree_flatten_spec(_kind, _by_index, _same_length)  # type: ignore[arg-type]
