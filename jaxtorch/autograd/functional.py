"""`torch.autograd.functional`: Jacobians and products with them, by repeated backward passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.grad_mode import enable_grad, is_grad_enabled, set_grad_enabled
from jaxtorch._autograd.variable import Variable
from jaxtorch._tensor.composites import stack
from jaxtorch._tensor.creation import zeros_like
from jaxtorch._tensor.gradients import grad

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]

_RESULTS = "outputs of the user-provided function"
_STRICT = " This is not allowed in strict mode."

# What strict mode says where a result turns out not to depend on what it is differentiated by.
_WITHOUT_GRAPH = {
    "outputs": "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {} is independent of the inputs of the user-provided function."
    + _STRICT,
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to "
    "input {} is independent of the input. This is not allowed in strict mode. You should ensure that your function is "
    "twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example).",
    "hessian": "The hessian of the user-provided function with respect to input {} is independent of the input. This "
    "is not allowed in strict mode. You should ensure that your function is thrice differentiable and that the hessian "
    "depends on the inputs.",
}
_ABSENT = {
    "back": "The output of the user-provided function is independent of input {}." + _STRICT,
    "back_trick": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using "
    "the double backward trick to compute forward mode gradients." + _STRICT,
    "double_back": "The jacobian of the user-provided function is independent of input {}." + _STRICT,
    "double_back_trick": "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. "
    "This is not allowed in strict mode as it prevents from using the double backward trick to replace forward mode "
    "AD.",
}


# ----- Arguments and results -----


def _as_tuple(x: Any, what: str, function: str) -> tuple[bool, tuple]:
    several = isinstance(x, tuple)
    found = x if several else (x,)
    for i, item in enumerate(found):
        if not isinstance(item, Variable):
            which = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the {which} has "
                f"type {type(item)}."
            )
    return several, found


def _prepared(inputs: tuple, create_graph: bool, wanted: bool = True) -> tuple:
    """New tensors, so that those the function closes over are told apart from its arguments."""
    return tuple(
        [x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(wanted) for x in inputs]
    )


def _vector(v: Any, like: tuple, several: bool, function: str, create_graph: bool, source: str) -> tuple | None:
    """The vector of a product, which has the shapes of `like`."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if the {source} is a single Tensor with a single element."
                if source.startswith("input")
                else f"The vector v can only be None if the {source} returns a single Tensor with a single element."
            )
        return None
    given = _prepared(_as_tuple(v, "v", function)[1], create_graph, False)
    if len(given) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(given)}."
            if several
            else "The given v should contain a single Tensor."
        )
    for i, (x, other) in enumerate(zip(given, like, strict=True)):
        if x.shape != other.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {other.shape} but got {x.shape}.")
    return given


def _require_graph(values: tuple, kind: str, strict: bool) -> None:
    for i, x in enumerate(values if strict else ()):
        if x is None:
            raise RuntimeError(_ABSENT["back"].format(i))
        if not x.requires_grad:
            raise RuntimeError(_WITHOUT_GRAPH[kind].format(i))


def _gradients(outputs: tuple, inputs: tuple, cotangents: Any = None, graph: bool = False, keep: Any = None) -> tuple:
    """`grad` that takes outputs without a graph: they add nothing."""
    pairs = zip(outputs, cotangents or (None,) * len(outputs), strict=True)
    live = [(o, c) for o, c in pairs if o is not None and o.requires_grad]
    if not live:
        return (None,) * len(inputs)
    found, weights = zip(*live, strict=True)
    return grad(found, inputs, weights, retain_graph=keep, create_graph=graph, allow_unused=True)


def _filled(gradients: tuple, like: tuple, strict: bool, create_graph: bool, stage: str) -> tuple:
    """Zeros for gradients that are not there, which strict mode refuses."""
    done = []
    for i, (g, x) in enumerate(zip(gradients, like, strict=True)):
        if g is None and strict:
            raise RuntimeError(_ABSENT[stage].format(i))
        if g is not None and strict and create_graph and not g.requires_grad:
            what = "hessian" if stage.startswith("double") else "jacobian"
            raise RuntimeError(
                f"The {what} of the user-provided function is independent of input {i}. This is not allowed in strict "
                "mode when create_graph=True."
            )
        done.append(zeros_like(x) if g is None else g)
    return tuple(done)


def _finished(several: bool, values: tuple, create_graph: bool) -> Any:
    done = values if create_graph else tuple([x.detach() for x in values])
    return done if several else done[0]


def _products(create_graph: bool) -> Any:
    """The grad mode in which the last product is taken: the caller's, unless it is to be differentiated."""
    return set_grad_enabled(create_graph or is_grad_enabled())


# ----- Products -----


def vjp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(outputs, product of `v` with the Jacobian of `func` at `inputs`)."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "vjp")
        given = _prepared(given, create_graph)
        out_several, outputs = _as_tuple(func(*given), _RESULTS, "vjp")
        _require_graph(outputs, "outputs", strict)
        vector = _vector(v, outputs, out_several, "vjp", create_graph, "user-provided function")
    with _products(create_graph):
        found = _filled(_gradients(outputs, given, vector, create_graph), given, strict, create_graph, "back")
    return _finished(out_several, outputs, create_graph), _finished(several, found, create_graph)


def jvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(outputs, product of the Jacobian of `func` at `inputs` with `v`), by the double-backward trick."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jvp")
        given = _prepared(given, create_graph)
        vector = _vector(v, given, several, "jvp", create_graph, "input to the user-provided function")
        out_several, outputs = _as_tuple(func(*given), _RESULTS, "jvp")
        _require_graph(outputs, "outputs", strict)
        dummies = tuple([zeros_like(o).requires_grad_() for o in outputs])
        first = _gradients(outputs, given, dummies, True)
        _require_graph(first, "grad_inputs", strict)
    with _products(create_graph):
        found = _gradients(first, dummies, vector, create_graph)
        found = _filled(found, outputs, strict, create_graph, "back_trick")
    return _finished(out_several, outputs, create_graph), _finished(out_several, found, create_graph)


def _scalar(func: Callable, given: tuple, function: str, strict: bool) -> Any:
    """The one number that a function gives whose second derivatives are wanted."""
    several, outputs = _as_tuple(func(*given), _RESULTS, function)
    _require_graph(outputs, "outputs", strict)
    if several:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    return outputs[0]


def _hessian_product(
    func: Callable, inputs: Any, v: Any, create_graph: bool, strict: bool, function: str, twice: bool
) -> tuple:
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", function)
        given = _prepared(given, create_graph)
        vector = _vector(v, given, several, function, create_graph, "input to the user-provided function")
        out = _scalar(func, given, function, strict)
        first = _gradients((out,), given, None, True)
        _require_graph(first, "jacobian", strict)
        if twice:
            dummies = tuple([zeros_like(x).requires_grad_() for x in given])
            second = _gradients(first, given, dummies, True)
            _require_graph(second, "hessian", strict)
    with _products(create_graph):
        if twice:
            found = _gradients(second, dummies, vector, create_graph)
        else:
            found = _gradients(first, given, vector, create_graph)
        found = _filled(found, given, strict, create_graph, "double_back_trick" if twice else "double_back")
    return _finished(False, (out,), create_graph), _finished(several, found, create_graph)


def vhp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(output, product of `v` with the Hessian of a scalar function)."""
    return _hessian_product(func, inputs, v, create_graph, strict, "vhp", False)


def hvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(output, product of the Hessian of a scalar function with `v`), by the double-backward trick; `vhp` is faster."""
    return _hessian_product(func, inputs, v, create_graph, strict, "hvp", True)


# ----- Whole matrices -----


def _check_ways(create_graph: bool, strict: bool, vectorize: bool, strategy: str) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    name = "torch.autograd.functional.jacobian"
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                f'{name}: `create_graph=True` and `strategy="forward-mode"` are not supported together (yet). Please '
                'either set `create_graph=False` or `strategy="reverse-mode"`.'
            )
        if strict:
            raise RuntimeError(
                f'{name}: `strict=True` and `strategy="forward-mode"` are not supported together (yet). Please either '
                'set `strict=False` or `strategy="reverse-mode"`.'
            )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
                "`vectorize=True`."
            )


def _row(output: Any, i: int, given: tuple, create_graph: bool, strict: bool) -> tuple:
    """One output's derivatives, by each input."""
    parts: list[list] = [[] for _ in given]
    for element in output.reshape(-1).unbind(0):
        for k, g in enumerate(_gradients((element,), given, None, create_graph, True)):
            if g is None and strict:
                raise RuntimeError(f"Output {i} of the user-provided function is independent of input {k}." + _STRICT)
            if g is not None and strict and create_graph and not g.requires_grad:
                raise RuntimeError(
                    f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode when create_graph=True."
                )
            parts[k].append(zeros_like(given[k]) if g is None else g)
    shapes = [(*output.shape, *x.shape) for x in given]
    return tuple(
        [
            stack(part, 0).reshape(shape) if part else x.new_zeros(shape)
            for part, shape, x in zip(parts, shapes, given, strict=True)
        ]
    )


def jacobian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func` at `inputs`: for each output and input, of shape (*output, *input).

    Differs from PyTorch: `vectorize` and `strategy` change nothing but what is refused.
    """
    _check_ways(create_graph, strict, vectorize, strategy)
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jacobian")
        given = _prepared(given, create_graph)
        out_several, outputs = _as_tuple(func(*given), _RESULTS, "jacobian")
        _require_graph(outputs, "outputs", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        rows = [_row(out, i, given, create_graph, strict) for i, out in enumerate(outputs)]
    done = tuple([_finished(several, row, create_graph) for row in rows])
    return done if out_several else done[0]


def hessian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function at `inputs`."""
    several, given = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def first(*xs: Any) -> tuple:
        if outer_jacobian_strategy == "forward-mode":
            xs = tuple([x.requires_grad_() for x in xs])
        row = jacobian(lambda *ys: _scalar(func, ys, "hessian", strict).squeeze(), xs, create_graph=True)
        _require_graph(row, "jacobian", strict)
        return row

    found = jacobian(first, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if several else found[0][0]
