"""`torch.autograd.grad` and `torch.autograd.backward`."""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtorch._autograd import backward as walk
from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._engine.recorder import entering_backward
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.autograd_methods import check_root, initial_gradient, input_edge


class GradientEdge(NamedTuple):
    """Where a tensor's gradient goes: an output of a node. `grad` takes it as an input in the tensor's place."""

    node: Any
    output_nr: int


def _as_list(x: Any) -> list:
    return [x] if isinstance(x, (Variable, GradientEdge)) else list(x)


def _input_edge(x: Any) -> Any:
    edge = input_edge(x)
    if isinstance(x, Variable) and not x._rg:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge


def _starts(outputs: list, given: Any, graph: bool) -> tuple[list, list]:
    gradients = [None] * len(outputs) if given is None else _as_list(given)
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    for i, x in enumerate(outputs):
        if isinstance(x, GradientEdge):
            continue
        if x._view is not None:
            value_of(x)
        check_root(x, i)
    return [input_edge(x) for x in outputs], [
        initial_gradient(x, g, graph) for x, g in zip(outputs, gradients, strict=True)
    ]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of the sum of `tensors` with respect to the leaves (or `inputs`) into their `.grad`."""
    if inputs is not None and not isinstance(inputs, Variable) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots, gradients = _starts(
        _as_list(tensors), grad_variables if grad_tensors is None else grad_tensors, create_graph
    )
    keep = create_graph if retain_graph is None else retain_graph
    given = [] if inputs is None else _as_list(inputs)
    walk.backward(roots, gradients, keep, create_graph, [input_edge(x) for x in given] if given else None, given)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple:
    """The gradients of the sum of `outputs` with respect to `inputs`, as a tuple."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    outs, ins = _as_list(outputs), _as_list(inputs)
    if is_grads_batched:
        return _one_by_one(
            outs, ins, _as_list(grad_outputs), retain_graph, create_graph, allow_unused, materialize_grads
        )
    edges = [_input_edge(x) for x in ins]
    roots, gradients = _starts(outs, grad_outputs, create_graph)
    keep = create_graph if retain_graph is None else retain_graph
    entering_backward()
    captured = walk.run(roots, gradients, keep, create_graph, edges, False)
    found: list = []
    for i, (x, edge) in enumerate(zip(ins, edges, strict=True)):
        gradient = captured.get(walk.target_key(edge))
        if gradient is not None:
            found.append(gradient if create_graph and isinstance(gradient, Variable) else walk.detached(gradient))
        elif materialize_grads:
            if not isinstance(x, Variable):
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            zeros = tape.apply(TABLE["_zeros"], [], (tuple(x._aval.shape), x._aval.dtype))
            zeros._rg = create_graph
            found.append(zeros)
        elif allow_unused:
            found.append(None)
        else:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                f"allow_unused=True if this is the desired behavior."
            )
    return tuple(found)


def _one_by_one(outs: list, ins: list, batches: list, retain: bool | None, graph: bool, *unused: Any) -> tuple:
    """The gradients for each slice of `batches`, stacked: the walks are recorded together and run as one program."""
    count = batches[0]._aval.shape[0]
    rows = [
        grad(
            outs,
            ins,
            [b[i] for b in batches],
            retain or graph or i < count - 1,
            graph,
            True,
            unused[0],
            False,
            unused[1],
        )
        for i in range(count)
    ]
    return tuple(
        None if column[0] is None else tape.apply(TABLE["stack"], list(column), (0,), (("v",) * count,))
        for column in zip(*rows, strict=True)
    )
