"""`torch.autograd.gradcheck`: derivatives against finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.element_views import view_as_complex, view_as_real
from jaxtorch._tensor.gradients import grad


class GradcheckError(RuntimeError):
    """A derivative differs from the finite difference."""


def _iter_tensors(x: Any, only_requiring_grad: bool = False) -> Iterator[Any]:
    """The tensors in nested iterables."""
    if isinstance(x, Variable):
        if x.requires_grad or not only_requiring_grad:
            yield x
    elif isinstance(x, Iterable) and not isinstance(x, str):
        for element in x:
            yield from _iter_tensors(element, only_requiring_grad)


def _get_numerical_jacobian(
    fn: Any, inputs: Any, outputs: Any = None, target: Any = None, eps: float = 1e-3, is_forward_ad: bool = False
) -> list[tuple]:
    """For each input that requires grad, the derivatives of every output with respect to it, by differences.

    Raises:
        NotImplementedError: `target` is not `inputs`.
    """
    if target is not None and target is not inputs:
        raise NotImplementedError("torch.autograd.gradcheck with target= is not supported by jaxtorch; pass an input")
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    count = len(_outputs(fn(*given)))
    which = [i for i, x in enumerate(given) if isinstance(x, Variable) and x.requires_grad]
    return [
        tuple(from_array(_numerical(fn, given, i, out, eps), given[i].dtype) for out in range(count)) for i in which
    ]


def _outputs(result: Any) -> list:
    return [r for r in (result if isinstance(result, (tuple, list)) else (result,)) if isinstance(r, Variable)]


def _numerical(func: Any, inputs: tuple, which: int, out: int, eps: float) -> np.ndarray:
    """d output / d input as a matrix of (input elements, output elements)."""
    base = np.array(host_array(inputs[which]))
    rows = []
    for k in range(base.size):
        values = []
        for step in (eps, -eps):
            moved = base.copy()
            moved.reshape(-1)[k] += step
            args = list(inputs)
            args[which] = from_array(moved, inputs[which].dtype)
            values.append(np.array(host_array(_outputs(func(*args))[out].detach())).reshape(-1))
        rows.append((values[0] - values[1]) / (2 * eps))
    return np.array(rows).reshape(base.size, -1)


def _analytical(output: Any, x: Any) -> np.ndarray:
    columns = []
    for element in output.reshape(-1).unbind(0):
        (g,) = grad(element, x, retain_graph=True, allow_unused=True) if element.requires_grad else (None,)
        columns.append(np.zeros(x.numel()) if g is None else np.array(host_array(g)).reshape(-1))
    return np.array(columns).reshape(-1, x.numel()).T


def _as_real(func: Any, given: tuple) -> tuple[Any, tuple]:
    """The function with complex inputs that require grad, and complex outputs, as pairs of real numbers."""
    pairs = [i for i, x in enumerate(given) if isinstance(x, Variable) and x.requires_grad and x.is_complex()]

    def real(*args: Any) -> tuple:
        taken = [view_as_complex(x) if i in pairs else x for i, x in enumerate(args)]
        return tuple([view_as_real(o.resolve_conj()) if o.is_complex() else o for o in _outputs(func(*taken))])

    inputs = [
        view_as_real(x.detach().resolve_conj()).requires_grad_() if i in pairs else x for i, x in enumerate(given)
    ]
    return real, tuple(inputs)


def _checked(given: tuple) -> list[int]:
    """Which inputs require grad."""
    found = [i for i, x in enumerate(given) if isinstance(x, Variable) and x.requires_grad]
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    for i in found:
        if given[i].dtype not in (dtypes.float64, dtypes.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
    return found


def _differences(func: Any, given: tuple, checked: list[int], eps: float, rtol: float, atol: float) -> str | None:
    """What is wrong with the derivatives; None where they agree with central differences."""
    outputs = _outputs(func(*given))
    for out_index, output in enumerate(outputs):
        if not output.is_floating_point():
            continue
        for i in checked:
            numerical, analytical = _numerical(func, given, i, out_index, eps), _analytical(output, given[i])
            if not np.allclose(analytical, numerical, rtol, atol, equal_nan=True):
                if not output.requires_grad:
                    return "Numerical gradient for function expected to be zero"
                return (
                    f"Jacobian mismatch for output {out_index} with respect to input {i},\nnumerical:"
                    f"{numerical}\nanalytical:{analytical}\n"
                )
    return None


def gradcheck(
    func: Any,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: Any = None,
) -> bool:
    """Whether the gradients of `func` at float64 or complex128 inputs agree with central differences.

    Differs from PyTorch: forward mode and batched gradients are not checked, and `fast_mode` checks all the same.
    """
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = _checked(given)
    wrong = _differences(*_as_real(func, given), checked, eps, rtol, atol)
    if wrong is not None and raise_exception:
        raise GradcheckError(wrong)
    return wrong is None


def gradgradcheck(
    func: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """Whether second derivatives agree with differences of first ones."""
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = _checked(given)
    real, given = _as_real(func, given)

    def first(*xs: Any) -> Any:
        live = [x if i not in checked or x.requires_grad else x.requires_grad_() for i, x in enumerate(xs)]
        outputs = [o for o in _outputs(real(*live)) if o.requires_grad]
        total = sum((o * (0.5 + 0.1 * k)).sum() for k, o in enumerate(outputs))
        return grad(total, [live[i] for i in checked], create_graph=True, allow_unused=True)

    return gradcheck(first, given, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
