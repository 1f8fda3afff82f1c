"""`vmap`: a function for one example, mapped over a dimension of its inputs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd import function
from jaxtorch._base.batching import Level, active, batching
from jaxtorch._root import torch
from jaxtorch._tensor.batched import enter, is_inside, leave
from jaxtorch.func._rules import on_batches
from jaxtorch.utils._pytree import TreeSpec, _broadcast_to_and_flatten, tree_flatten, tree_map_, tree_unflatten

function.set_on_batches(on_batches)


def name_of(func: Any) -> str:
    """How error messages name a function."""
    if hasattr(func, "__name__"):
        return func.__name__
    if isinstance(func, functools.partial):
        return f"functools.partial({name_of(func.func)}, ...)"
    return repr(func)


def batches_itself(x: Any) -> bool:
    """Whether a container goes through `vmap` as a whole: tensordict's enter and leave a level by their own methods."""
    return hasattr(x, "_add_batch_dim") and hasattr(x, "_maybe_remove_batch_dim")


def _flat_in_dims(in_dims: Any, args: tuple, func: Any) -> tuple[list, list, TreeSpec]:
    head = f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{head}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name_of(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to "
            "vmap over a function with no inputs. The latter is unsupported."
        )
    flat, spec = tree_flatten(args, batches_itself)
    dims = _broadcast_to_and_flatten(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"{head}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    for i, (arg, dim) in enumerate(zip(flat, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(arg, torch.Tensor) and not batches_itself(arg):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but the input is of type {type(arg)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -arg.dim() <= dim < arg.dim():
            raise ValueError(
                f"{head}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {arg.dim()} so "
                f"expected in_dim to satisfy -{arg.dim()} <= in_dim < {arg.dim()}."
            )
        dims[i] = dim % arg.dim()
    return flat, dims, spec


def _batch_size(flat: list, dims: list) -> int:
    sizes = [arg.size(dim) for arg, dim in zip(flat, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def _flat_out_dims(out: Any, spec: TreeSpec, out_dims: Any, func: Any) -> list:
    if isinstance(out, torch.Tensor) or batches_itself(out):
        if isinstance(out_dims, int) or out_dims is None:
            return [out_dims]
        if isinstance(out_dims, tuple) and len(out_dims) == 1:
            return list(out_dims)
        dims = None
    else:
        dims = _broadcast_to_and_flatten(out_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name_of(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure "
            f"of `outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {spec}."
        )
    return dims


def _check_out_dims(out_dims: Any, func: Any) -> None:
    def check(x: Any) -> None:
        if not isinstance(x, int) and x is not None:
            raise ValueError(
                f"vmap({name_of(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )

    tree_map_(check, out_dims)


def entered(x: Any, dim: int, level: Level) -> Any:
    """An input as the function sees it: one example."""
    if batches_itself(x):
        return x._add_batch_dim(in_dim=dim, vmap_level=level)
    return enter(x.movedim(dim, 0) if dim else x, level)


def left(x: Any, dim: Any, level: Level, name: str) -> Any:
    """An output of the function called `name` as the caller gets it: all examples, along `dim`."""
    if dim is not None and batches_itself(x):
        return x._maybe_remove_batch_dim(name, vmap_level=level, batch_size=level.size, out_dim=dim)
    inside = is_inside(x, level)
    if dim is None:
        if inside:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return x
    if not isinstance(x, torch.Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(x)}. Did you mean to set out_dims= "
            "to None for output?"
        )
    every = leave(x, level) if inside else x.unsqueeze(0).expand(level.size, *x.shape)
    if dim == 0:
        return every
    if not -every.dim() <= dim < every.dim():
        last = every.dim() - 1
        raise IndexError(f"Dimension out of range (expected to be in range of [{-last - 1}, {last}], but got {dim})")
    return every.movedim(0, dim)


def _run(func: Any, flat: list, dims: list, spec: TreeSpec, out_dims: Any, randomness: str, kwargs: dict) -> Any:
    batching.used = True
    level = Level(_batch_size(flat, dims), randomness)
    before = active.levels
    active.levels = (*before, level)
    try:
        inside = [x if dim is None else entered(x, dim, level) for x, dim in zip(flat, dims, strict=True)]
        out = func(*tree_unflatten(inside, spec), **kwargs)
        outs, out_spec = tree_flatten(out, batches_itself)
        places = _flat_out_dims(out, out_spec, out_dims, func)
        return tree_unflatten([left(x, d, level, name_of(func)) for x, d in zip(outs, places, strict=True)], out_spec)
    finally:
        active.levels = before


def _in_chunks(size: int, func: Any, flat: list, dims: list, *rest: Any) -> Any:
    spec, out_dims, randomness, kwargs = rest
    results, out_spec = [], None
    start = torch.get_rng_state() if randomness == "same" else None
    for begin in range(0, _batch_size(flat, dims), size):
        if start is not None:
            torch.set_rng_state(start)
        pieces = [
            x if d is None else x.narrow(d, begin, min(size, x.size(d) - begin))
            for x, d in zip(flat, dims, strict=True)
        ]
        outs, out_spec = tree_flatten(_run(func, pieces, dims, spec, out_dims, randomness, kwargs))
        results.append(outs)
    assert out_spec is not None
    places = _broadcast_to_and_flatten(out_dims, out_spec)
    assert places is not None
    columns = zip(*results, strict=True)
    joined = [c[0] if d is None else torch.cat(c, d) for c, d in zip(columns, places, strict=True)]
    return tree_unflatten(joined, out_spec)


def vmap(
    func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
) -> Callable:
    """A function that maps `func` over the dimensions `in_dims` of its inputs, and stacks results along `out_dims`.

    `func` sees one example and runs once: each operation is run on all examples by `jax.vmap`. Differs from PyTorch:
    writing into an input inside `func` does not change the caller's tensor; autograd Functions need no vmap rule, and
    one that there is is followed.

    Raises:
        RuntimeError: an element is read (`.item()`), or random numbers are drawn with `randomness="error"`.

    Example:
        >>> import jaxtorch as torch
        >>> torch.vmap(torch.dot)(torch.ones(2, 3), torch.ones(2, 3))
        tensor([3., 3.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(out_dims, func)
        flat, dims, spec = _flat_in_dims(in_dims, args, func)
        _batch_size(flat, dims)
        if chunk_size is not None:
            return _in_chunks(chunk_size, func, flat, dims, spec, out_dims, randomness, kwargs)
        return _run(func, flat, dims, spec, out_dims, randomness, kwargs)

    return functools.update_wrapper(wrapped, func)


def chunk_vmap(
    func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", chunks: int = 2
) -> Callable:
    """`vmap` in so many steps."""

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        flat, dims, _ = _flat_in_dims(in_dims, args, func)
        size = max(1, -(-_batch_size(flat, dims) // chunks))
        return vmap(func, in_dims, out_dims, randomness, chunk_size=size)(*args, **kwargs)

    return wrapped
