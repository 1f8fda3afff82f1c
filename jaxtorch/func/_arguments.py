"""Which arguments a transform differentiates, and what it checks of inputs and outputs."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch.utils._pytree import tree_leaves


def _wrapped(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if -count <= argnum < count:
        return argnum % count
    raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")


def positions(argnums: Any, count: int) -> int | tuple[int, ...]:
    """The positions of the arguments to differentiate, counted from the front."""
    if isinstance(argnums, int):
        return _wrapped(argnums, count)
    if not isinstance(argnums, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    found = tuple(_wrapped(n, count) for n in argnums)
    if not found:
        raise RuntimeError("argnums must be non-empty")
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {found}")
    return found


def chosen(args: tuple, argnums: Any) -> Any:
    """The arguments to differentiate: one, or a tuple of several."""
    where = positions(argnums, len(args))
    return args[where] if isinstance(where, int) else tuple(args[i] for i in where)


def replaced(args: tuple, new: Any, argnums: Any) -> tuple:
    """The arguments with those to differentiate replaced."""
    where = positions(argnums, len(args))
    by_position = {where: new} if isinstance(where, int) else dict(zip(where, new, strict=True))
    return tuple(by_position.get(i, x) for i, x in enumerate(args))


def require_tensors(output: list, api: str) -> None:
    """Raise unless the flat output holds tensors alone, and at least one."""
    if (len(output) == 1 and output[0] is None) or len(output) < 1:
        raise RuntimeError(f"{api}: Expected f to be a function that has non-empty output (got output = {output})")
    for o in output:
        if not isinstance(o, torch.Tensor):
            raise RuntimeError(f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(o)}")


def require_list_of_tensors(values: list, api: str, name: str) -> None:
    """Raise unless the flat argument holds tensors alone, and at least one."""
    if not values:
        raise RuntimeError(f"{api}: Expected {name} to contain at least one Tensor.")
    for x in values:
        if not isinstance(x, torch.Tensor):
            raise RuntimeError(f"{api}: Expected {name} to only contain Tensors, got {type(x)}")


def require_real(name: str, args: Any, is_input: bool) -> None:
    """Raise where a tensor is complex."""
    for i, arg in enumerate(tree_leaves(args)):
        if isinstance(arg, torch.Tensor) and arg.dtype.is_complex:
            raise RuntimeError(
                f"{name}: Expected all {'inputs' if is_input else 'outputs'} to be real but received complex tensor at "
                f"flattened input idx: {i}"
            )


def split_aux(output: Any, has_aux: bool, head: str) -> tuple:
    """Output and auxiliary output of a function."""
    if not has_aux:
        return output, None
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(f"{head}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for x in tree_leaves(output[1]):
        if not isinstance(x, torch.Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(x)}")
    return output
