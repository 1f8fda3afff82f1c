"""`grad`, `vjp`, `jvp`: derivatives of functions, through the tape.

A transform makes stand-ins for what it differentiates: an alias on the tape where the input already requires grad, a
new leaf otherwise. What it gives back must not depend on those leaves: a result from which no other leaf can be reached
is detached, and its derivative is not recorded in the first place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.grad_mode import enable_grad, is_grad_enabled
from jaxtorch._autograd.reach import depends_on_others, freed
from jaxtorch._root import torch
from jaxtorch._tensor import gradients
from jaxtorch.func._arguments import (
    chosen,
    replaced,
    require_list_of_tensors,
    require_tensors,
    split_aux,
)
from jaxtorch.utils._pytree import tree_flatten, tree_map, tree_unflatten, treespec_pprint

_JVP = "jvp(f, primals, tangents)"


def _stand_in(x: Any) -> Any:
    if not isinstance(x, torch.Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _own_leaves(stand_ins: list) -> set[int]:
    return {id(x) for x in stand_ins if x._node is None}


def _given_back(x: Any, own: set[int], tracking: bool) -> Any:
    """A result, without what the caller is not to differentiate: the transform's own leaves, or all under no_grad."""
    return freed(x, own) if tracking else x.detach()


def _pull(outputs: list, inputs: list, cotangents: list | None, keep: bool, graph: bool) -> list:
    """`autograd.grad` with zeros for what is not reached."""
    pairs = [(o, None if cotangents is None else cotangents[i]) for i, o in enumerate(outputs) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in inputs]
    outs, given = [o for o, _ in pairs], None if cotangents is None else [c for _, c in pairs]
    found = gradients.grad(outs, inputs, given, retain_graph=keep, create_graph=graph, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True)]


def grad_and_value(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function that gives gradient and value of a scalar `func`: `(grad, value)` or `(grad, (value, aux))`."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        tracking = is_grad_enabled()
        with enable_grad():
            flat, spec = tree_flatten(chosen(args, argnums))
            stand_ins = [_stand_in(x) for x in flat]
            own = _own_leaves(stand_ins)
            given = replaced(args, tree_unflatten(stand_ins, spec), argnums)
            output, aux = split_aux(func(*given, **kwargs), has_aux, "grad_and_value(f)(*args)")
            if not isinstance(output, torch.Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}"
                )
            if output.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            graph = tracking and depends_on_others([output], own)
            kept = graph or has_aux
            found = [_given_back(g, own, tracking) for g in _pull([output], stand_ins, None, kept, graph)]
        value, gradient = _given_back(output, own, tracking), tree_unflatten(found, spec)
        return (
            (gradient, (value, tree_map(lambda x: _given_back(x, own, tracking), aux)))
            if has_aux
            else (gradient, value)
        )

    return functools.update_wrapper(wrapper, func)


def grad(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function that gives the gradient of a scalar `func` by its arguments `argnums`; nests, and works under `vmap`.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(1.0))
        tensor(-0.8415)
    """

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return functools.update_wrapper(wrapper, func)


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """`(func(*primals), f)` where f gives products of cotangents with the Jacobian; an auxiliary output comes third."""
    return vjp_by(func, primals, None, has_aux)


def vjp_by(func: Callable, primals: tuple, argnums: Any, has_aux: bool) -> tuple:
    """`vjp` by the arguments `argnums` (None: by all, as a tuple, or alone if there is one)."""
    tracking = is_grad_enabled()
    with enable_grad():
        flat, spec = tree_flatten(primals if argnums is None else chosen(primals, argnums))
        stand_ins = [_stand_in(x) for x in flat]
        own = _own_leaves(stand_ins)
        new = tree_unflatten(stand_ins, spec)
        given = new if argnums is None else replaced(primals, new, argnums)
        output, aux = split_aux(func(*given), has_aux, "vjp(f, *primals)")
        outs, out_spec = tree_flatten(output)
        require_tensors(outs, "vjp(f, *primals)")
        for out in outs:
            if not (out.is_floating_point() or out.is_complex()):
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"{out.dtype}"
                )

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        flat_cotangents, found_spec = tree_flatten(cotangents)
        if found_spec != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {treespec_pprint(found_spec)}, primal output: {treespec_pprint(out_spec)}"
            )
        tracking = is_grad_enabled()
        graph = tracking if create_graph is None else create_graph
        graph = graph and depends_on_others([*outs, *flat_cotangents], own)
        found = _pull(outs, stand_ins, flat_cotangents, retain_graph, graph)
        return tree_unflatten([_given_back(g, own, tracking or graph) for g in found], spec)

    results = tree_unflatten([_given_back(x, own, tracking) for x in outs], out_spec)
    return (results, pull, tree_map(lambda x: _given_back(x, own, tracking), aux)) if has_aux else (results, pull)


class Linear:
    """A function at a point, ready to be multiplied with tangents: the derivative of its vjp by the cotangents.

    The vjp is linear in its cotangents v, so its own vjp, with tangents as cotangents, is the product J t.
    """

    def __init__(self, func: Callable, flat: list, spec: Any, rebuild: Any, has_aux: bool) -> None:
        self.tracking = is_grad_enabled()
        with enable_grad():
            self.stand_ins = [_stand_in(x) for x in flat]
            self.own = _own_leaves(self.stand_ins)
            new = tree_unflatten(self.stand_ins, spec)
            output, self.aux = split_aux(func(*rebuild(new)), has_aux, _JVP)
            self.outs, self.out_spec = tree_flatten(output)
            require_tensors(self.outs, _JVP)
            self.dummies = [torch.zeros_like(o).requires_grad_() for o in self.outs]
            self.own |= {id(v) for v in self.dummies}
            self.pulled = _pull(self.outs, self.stand_ins, self.dummies, True, True)

    def output(self) -> Any:
        """What the function gives at the point."""
        return tree_unflatten([_given_back(o, self.own, self.tracking) for o in self.outs], self.out_spec)

    def times(self, tangents: list, strict: bool = False) -> Any:
        """The product of the Jacobian with tangents."""
        tracking = is_grad_enabled()
        with enable_grad():
            graph = tracking and depends_on_others([*self.outs, *tangents], self.own)
            pairs = [(g, t) for g, t in zip(self.pulled, tangents, strict=True) if g.requires_grad]
            found: Any = [None] * len(self.dummies)
            if pairs:
                found = gradients.grad(
                    [g for g, _ in pairs],
                    self.dummies,
                    [t for _, t in pairs],
                    retain_graph=True,
                    create_graph=graph,
                    allow_unused=True,
                )
            if strict and any(f is None for f in found):
                raise RuntimeError(
                    "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is "
                    "not allowed with strict=True."
                )
            products = [torch.zeros_like(v) if f is None else f for f, v in zip(found, self.dummies, strict=True)]
        return tree_unflatten([_given_back(p, self.own, tracking) for p in products], self.out_spec)


def jvp_by(func: Callable, primals: Any, tangents: Any, argnums: Any, strict: bool, has_aux: bool) -> tuple:
    """`jvp` by the arguments `argnums` (None: by all)."""
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    if argnums is None:
        diff: Any = primals
    else:
        diff = chosen(primals, argnums)
        diff = (diff,) if isinstance(argnums, int) else diff
    flat, spec = tree_flatten(diff)
    flat_tangents, tangent_spec = tree_flatten(tangents)
    if spec != tangent_spec:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with "
            f"structure {tangent_spec}"
        )
    require_list_of_tensors(flat, _JVP, "primals")
    require_list_of_tensors(flat_tangents, _JVP, "tangents")
    for primal, tangent in zip(flat, flat_tangents, strict=True):
        if primal.shape != tangent.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(primal.shape)} while the given forward gradient is of size "
                f"{list(tangent.shape)}."
            )

    def rebuild(new: Any) -> tuple:
        if argnums is None:
            return new
        return replaced(primals, new[0] if isinstance(argnums, int) else new, argnums)

    point = Linear(func, flat, spec, rebuild, has_aux)
    products = point.times(flat_tangents, strict)
    if not has_aux:
        return point.output(), products
    return point.output(), products, tree_map(lambda x: _given_back(x, point.own, point.tracking), point.aux)


def jvp(func: Callable, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """`(func(*primals), J @ tangents)`, by differentiating the vjp by its cotangents."""
    return jvp_by(func, primals, tangents, None, strict, has_aux)


def linearize(func: Callable, *primals: Any) -> tuple:
    """`(func(*primals), f)` where f gives the products of the Jacobian at `primals` with tangents."""
    flat, spec = tree_flatten(primals)
    point = Linear(func, flat, spec, lambda new: new, False)

    def push(*tangents: Any) -> Any:
        given, given_spec = tree_flatten(tangents)
        if given_spec != spec:
            raise RuntimeError(f"Expected the tangents {given_spec} to have the same argspec as the primals {spec}")
        for i, (t, p) in enumerate(zip(given, flat, strict=True)):
            for what in ("shape", "device", "dtype"):
                if getattr(t, what) != getattr(p, what):
                    raise RuntimeError(
                        f"tangent:{i} with {what} {getattr(t, what)} in flattened pytree doesn't match the {what} "
                        f"{getattr(p, what)} of the corresponding primal."
                    )
        return point.times(given)

    return point.output(), push
