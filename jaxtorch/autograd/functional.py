"""`torch.autograd.functional`: Jacobians and products with them, by repeated backward passes."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.grad_mode import enable_grad
from jaxtorch._autograd.variable import Variable
from jaxtorch._tensor.composites import stack
from jaxtorch._tensor.creation import ones_like, zeros_like
from jaxtorch._tensor.gradients import grad


def _as_tuple(x: Any, what: str, function: str) -> tuple[bool, tuple]:
    if isinstance(x, (tuple, list)):
        return True, tuple(x)
    if not isinstance(x, Variable):
        raise TypeError(
            f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the given {what} has "
            f"type {type(x)}."
        )
    return False, (x,)


def _prepared(inputs: tuple, create_graph: bool) -> tuple:
    return tuple(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in inputs)


def _gradients(outputs: Any, inputs: tuple, cotangents: Any, create_graph: bool) -> tuple:
    found = grad(outputs, inputs, cotangents, retain_graph=True, create_graph=create_graph, allow_unused=True)
    return tuple(zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True))


def _unpack(is_tuple: bool, values: tuple) -> Any:
    return values if is_tuple else values[0]


def vjp(func: Any, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(outputs, product of `v` with the Jacobian of `func` at `inputs`)."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "vjp")
        given = _prepared(given, create_graph)
        out_several, outputs = _as_tuple(func(*given), "outputs of the user-provided function", "vjp")
        if v is None and (len(outputs) != 1 or outputs[0].numel() != 1):
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a "
                "single element."
            )
        cotangents = tuple(ones_like(o) for o in outputs) if v is None else _as_tuple(v, "v", "vjp")[1]
        products = _gradients(outputs, given, cotangents, create_graph)
    return _finished(out_several, outputs, create_graph), _finished(several, products, create_graph)


def _finished(several: bool, values: tuple, create_graph: bool) -> Any:
    return _unpack(several, values if create_graph else tuple(x.detach() for x in values))


def jvp(func: Any, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(outputs, product of the Jacobian of `func` at `inputs` with `v`), by the double-backward trick."""
    with enable_grad():
        _, given = _as_tuple(inputs, "inputs", "jvp")
        given = _prepared(given, create_graph)
        tangents = tuple(ones_like(x) for x in given) if v is None else _as_tuple(v, "v", "jvp")[1]
        out_several, outputs = _as_tuple(func(*given), "outputs of the user-provided function", "jvp")
        dummies = tuple(zeros_like(o).requires_grad_() for o in outputs)
        first = _gradients(outputs, given, dummies, True)
        found = grad(first, dummies, tangents, create_graph=create_graph, allow_unused=True)
        products = tuple(zeros_like(o) if g is None else g for g, o in zip(found, outputs, strict=True))
    return _finished(out_several, outputs, create_graph), _finished(out_several, products, create_graph)


def jacobian(
    func: Any,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func` at `inputs`: for each output and input, of shape (*output, *input)."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jacobian")
        given = _prepared(given, create_graph)
        out_several, outputs = _as_tuple(func(*given), "outputs of the user-provided function", "jacobian")
        rows = []
        for out in outputs:
            parts: list[list] = [[] for _ in given]
            for element in out.reshape(-1).unbind(0):
                if element.requires_grad:
                    for part, g in zip(parts, _gradients(element, given, None, create_graph), strict=True):
                        part.append(g)
                else:
                    for part, x in zip(parts, given, strict=True):
                        part.append(zeros_like(x))
            rows.append(tuple(stack(part, 0).view(*out.shape, *x.shape) for part, x in zip(parts, given, strict=True)))
    done = tuple(_finished(several, row, create_graph) for row in rows)
    return _unpack(out_several, done)


def hessian(
    func: Any,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function at `inputs`."""
    several, given = _as_tuple(inputs, "inputs", "hessian")

    def first(*xs: Any) -> Any:
        out = func(*xs)
        if not isinstance(out, Variable) or out.numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return _gradients(out.reshape(()), xs, None, True)

    found = jacobian(first, given, create_graph)
    return tuple(found) if several else found[0][0]


def vhp(func: Any, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(output, product of `v` with the Hessian of a scalar function)."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "vhp")
        given = _prepared(given, create_graph)
        vector = tuple(ones_like(x) for x in given) if v is None else _as_tuple(v, "v", "vhp")[1]
        out = func(*given)
        products = _gradients(_gradients(out, given, None, True), given, vector, create_graph)
    return (out if create_graph else out.detach()), _finished(several, products, create_graph)


hvp = vhp  # the Hessian is symmetric
