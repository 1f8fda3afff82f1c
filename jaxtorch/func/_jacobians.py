"""Jacobians and Hessians: `vmap` of `vjp` over the outputs' basis, or of `jvp` over the inputs'."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._root import torch
from jaxtorch.func._arguments import chosen, require_real
from jaxtorch.func._derivatives import jvp_by, vjp_by
from jaxtorch.func._vmap import vmap
from jaxtorch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten


def _basis(tensors: list) -> list:
    """For each tensor, (total, *shape): along the first dimension, each element of all tensors is one in turn."""
    sizes = [t.numel() for t in tensors]
    found, begin = [], 0
    for t, size in zip(tensors, sizes, strict=True):
        rows = torch.zeros(sum(sizes), size, dtype=t.dtype, device=t.device)
        rows[begin : begin + size] = torch.eye(size, dtype=t.dtype, device=t.device)
        found.append(rows.view(sum(sizes), *t.shape))
        begin += size
    return found


def jacrev(
    func: Callable,
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable:
    """A function that gives the Jacobian of `func`, (*output, *input), by reverse-mode differentiation.

    `chunk_size` rows are computed at a time; None: all.
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    def wrapper(*args: Any) -> Any:
        require_real("jacrev", args, is_input=True)
        output, pull, *aux = vjp_by(func, args, argnums, has_aux)
        outs, out_spec = tree_flatten(output)
        require_real("jacrev", outs, is_input=False)
        primals = chosen(args, argnums)
        flat, spec = tree_flatten((primals,) if isinstance(argnums, int) else primals)
        if chunk_size == 1:  # not mapped: what runs backward may read elements
            single = [tree_leaves(pull(tree_unflatten(list(row), out_spec))) for row in zip(*_basis(outs), strict=True)]
            by_input = [torch.stack(column) for column in zip(*single, strict=True)]
        else:
            by_input = tree_leaves(vmap(pull, chunk_size=chunk_size)(tree_unflatten(_basis(outs), out_spec)))
        sizes = [o.numel() for o in outs]
        rows: list[list] = [[] for _ in outs]
        for stacked, x in zip(by_input, flat, strict=True):
            for row, part, o in zip(rows, torch.split(stacked, sizes, dim=0), outs, strict=True):
                row.append(part.view(o.shape + x.shape))
        jacobians = [tree_unflatten(row, spec) for row in rows]
        if isinstance(argnums, int):
            jacobians = [j[0] for j in jacobians]
        result = tree_unflatten(jacobians, out_spec)
        return (result, aux[0]) if has_aux else result

    return functools.update_wrapper(wrapper, func)


def jacfwd(func: Callable, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Callable:
    """A function that gives the Jacobian of `func`, (*output, *input), by products with the inputs' basis."""

    def wrapper(*args: Any) -> Any:
        require_real("jacfwd", args, is_input=True)
        primals = args if argnums is None else chosen(args, argnums)
        primals = (primals,) if isinstance(argnums, int) else primals
        flat, spec = tree_flatten(primals)
        basis = tree_unflatten(_basis(flat), spec)

        def push(tangents: Any) -> Any:
            _, product, *aux = jvp_by(func, args, tangents, argnums, False, has_aux)
            require_real("jacfwd", product, is_input=False)
            return (product, aux[0]) if has_aux else product

        results = vmap(push, randomness=randomness)(basis)
        aux = None
        if has_aux:
            results, aux = results
            flat_aux, aux_spec = tree_flatten(aux)
            aux = tree_unflatten([value[0] for value in flat_aux], aux_spec)
        outs, out_spec = tree_flatten(results)
        sizes = [p.numel() for p in flat]
        jacobians: list = []
        for out in outs:
            parts = torch.split(out.movedim(0, -1), sizes, dim=-1)
            row = [part.reshape(part.shape[:-1] + p.shape) for part, p in zip(parts, flat, strict=True)]
            jacobians.append(tree_unflatten(row, spec))
        if isinstance(argnums, int):
            jacobians = [j[0] for j in jacobians]
        result = tree_unflatten(jacobians, out_spec)
        return (result, aux) if has_aux else result

    return functools.update_wrapper(wrapper, func)


def hessian(func: Callable, argnums: Any = 0) -> Callable:
    """A function that gives the second derivatives of `func`: `jacfwd(jacrev(func))`."""
    return jacfwd(jacrev(func, argnums), argnums)
