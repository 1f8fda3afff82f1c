"""`torch.autograd.gradcheck`: derivatives against finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import complex128, float64
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.creation import zeros_like
from jaxtorch._tensor.element_views import view_as_real
from jaxtorch._tensor.gradients import grad
from jaxtorch.autograd import forward_ad


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
    given = _as_tuple(inputs)
    return [
        tuple(from_array(m, given[i].dtype) for m in _numerical(fn, given, i, eps, _tensors_of))
        for i in _checked(given)
    ]


def _as_tuple(x: Any) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _checked(given: tuple) -> list[int]:
    return [i for i, x in enumerate(given) if isinstance(x, Variable) and x.requires_grad]


def _tensors_of(result: Any) -> list:
    return [r for r in (result if isinstance(result, (tuple, list)) else (result,)) if isinstance(r, Variable)]


def _real_outputs(result: Any) -> list:
    """The outputs that a derivative is taken of; of a complex one its two parts."""
    return [
        part
        for out in _tensors_of(result)
        if out.requires_grad
        for part in ((out.real, out.imag) if out.is_complex() else (out,))
    ]


class _Moved:
    """An input while it is moved: in place, since a function may read it as a parameter of a module, say."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.base = np.array(host_array(x.detach()))

    def __enter__(self) -> Any:
        return self.to

    def to(self, change: np.ndarray) -> None:
        with no_grad():
            self.x.data.copy_(from_array(self.base + change, self.x.dtype))

    def __exit__(self, *exc: Any) -> None:
        self.to(np.zeros_like(self.base))


def _read(outputs: list) -> list[np.ndarray]:
    return [np.array(host_array(o.detach()), np.float64 if not o.is_complex() else None).reshape(-1) for o in outputs]


def _difference(func: Callable, inputs: tuple, to: Callable, step: np.ndarray, eps: float, outputs: Callable) -> list:
    """The derivative of every output along a direction, by a central difference."""
    to(step * eps)
    above = _read(outputs(func(*inputs)))
    to(step * -eps)
    below = _read(outputs(func(*inputs)))
    return [(a - b) / (2 * eps) for a, b in zip(above, below, strict=True)]


def _numerical(func: Callable, inputs: tuple, which: int, eps: float, outputs: Callable) -> list[np.ndarray]:
    """For every output, d output / d input as a matrix of (input elements, output elements).

    By a complex input it is d / d real + i d / d imag, PyTorch's gradient.
    """
    rows: list[list] = []
    with _Moved(inputs[which]) as to:
        base = np.zeros(tuple(inputs[which].shape), host_array(inputs[which].detach()).dtype)
        for k in range(base.size):
            step = base.copy()
            step.reshape(-1)[k] = 1
            found = _difference(func, inputs, to, step, eps, outputs)
            if np.iscomplexobj(base):
                imaginary = _difference(func, inputs, to, step * 1j, eps, outputs)
                found = [a + 1j * b for a, b in zip(found, imaginary, strict=True)]
            rows.append(found)
    count = len(rows[0]) if rows else len(outputs(func(*inputs)))
    return [np.array([row[out] for row in rows]).reshape(base.size, -1 if rows else 0) for out in range(count)]


def _analytical(output: Any, x: Any) -> np.ndarray:
    columns = []
    for element in output.reshape(-1).unbind(0):
        (g,) = grad(element, x, retain_graph=True, allow_unused=True)
        columns.append(np.zeros(x.numel()) if g is None else np.array(host_array(g)).reshape(-1))
    return np.array(columns).reshape(len(columns), x.numel()).T


def _mismatch(out: int, which: int, numerical: Any, analytical: Any) -> str:
    return (
        f"Jacobian mismatch for output {out} with respect to input {which},\n"
        f"numerical:{numerical}\nanalytical:{analytical}\n"
    )


def _expect_zero(func: Callable, given: tuple, i: int, eps: float, atol: float, rtol: float) -> str | None:
    """Outputs without history may not change with an input."""
    wrong = any(np.abs(m).max(initial=0) > eps for m in _numerical(func, given, i, eps, _tensors_of))
    return "Numerical gradient for function expected to be zero" if wrong else None


def _compare(func: Callable, given: tuple, i: int, eps: float, atol: float, rtol: float) -> str | None:
    """All derivatives by one input, element by element; gives what is wrong."""
    numerical = _numerical(func, given, i, eps, _real_outputs)
    for out, (output, expected) in enumerate(zip(_real_outputs(func(*given)), numerical, strict=True)):
        found = _analytical(output, given[i])
        if not np.allclose(found, expected, rtol, atol):
            return _mismatch(out, i, expected, found)
    return None


def _compare_projection(func: Callable, given: tuple, i: int, eps: float, atol: float, rtol: float) -> str | None:
    """The derivative along one random direction, of one random combination of each output."""
    random = np.random.default_rng(0)
    x = given[i]
    direction = random.standard_normal(tuple(x.shape))
    if x.is_complex():
        direction = direction + 1j * random.standard_normal(tuple(x.shape))
    size = np.linalg.norm(direction.reshape(-1))
    direction = direction / size if size else direction
    with _Moved(x) as to:
        numerical = _difference(func, given, to, direction, eps, _real_outputs)
    for out, (output, expected) in enumerate(zip(_real_outputs(func(*given)), numerical, strict=True)):
        weights = random.standard_normal(tuple(output.shape))
        (g,) = grad(
            output,
            x,
            from_array(weights.astype(output.dtype.numpy_dtype), output.dtype),
            retain_graph=True,
            allow_unused=True,
        )
        slope = 0.0 if g is None else np.sum((np.conj(direction) * host_array(g)).real)
        wanted = float(expected @ weights.reshape(-1))
        # The tolerance of one element grows with how many of them are summed.
        spread = float(np.abs(weights).sum())
        if not np.allclose(slope, wanted, rtol, atol * max(1.0, spread)):
            return _mismatch(out, i, wanted, slope)
    return None


def _tangents(func: Callable, given: tuple, i: int, step: np.ndarray) -> list[np.ndarray]:
    """How every output that has a gradient moves with an input, by forward mode; of a complex one its two parts."""
    differentiable = [out.requires_grad for out in _tensors_of(func(*given))]
    inputs = list(given)
    with forward_ad.dual_level():
        for j in _checked(given):
            x = given[j].detach()
            move = zeros_like(x) if j != i else from_array(step.astype(x.dtype.numpy_dtype), x.dtype)
            inputs[j] = forward_ad.make_dual(x, move)
        outputs = _tensors_of(func(*inputs))
        found = []
        for out in (out for out, counts in zip(outputs, differentiable, strict=True) if counts):
            tangent = forward_ad.unpack_dual(out).tangent
            tangent = zeros_like(out) if tangent is None else tangent
            found += [tangent.real, tangent.imag] if out.is_complex() else [tangent]
        return _read(found)


def _compare_forward(func: Callable, given: tuple, i: int, eps: float, atol: float, rtol: float) -> str | None:
    """All derivatives by one input in forward mode, a direction at a time."""
    x = given[i]
    base = np.zeros(tuple(x.shape), host_array(x.detach()).dtype)
    for k in range(base.size):
        for unit in (1, 1j) if x.is_complex() else (1,):
            step = base.copy()
            step.reshape(-1)[k] = unit
            with _Moved(x) as to:
                numerical = _difference(func, given, to, step, eps, _real_outputs)
            for out, (found, expected) in enumerate(zip(_tangents(func, given, i, step), numerical, strict=True)):
                if not np.allclose(found, expected, rtol, atol):
                    wrong = _mismatch(out, i, expected, found)
                    return wrong.replace("Jacobian mismatch", "Jacobian computed with forward mode mismatch")
    return None


def _check_inputs(given: tuple, checked: list[int]) -> None:
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    for i in checked:
        if given[i].dtype not in (float64, complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )


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
    """Whether the gradients of `func` at float64 inputs agree with central differences.

    Inputs are moved in place, so that `func` may take them as arguments or hold them. `fast_mode` compares along one
    random direction. Differs from PyTorch: batched and undefined gradients are not checked.
    """
    if not (check_backward_ad or check_forward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    given = _as_tuple(inputs)
    checked = _checked(given)
    _check_inputs(given, checked)
    backward = _compare_projection if fast_mode else _compare
    comparisons = [backward] * check_backward_ad + [_compare_forward] * check_forward_ad
    if not _real_outputs(func(*given)):
        comparisons = [_expect_zero]
    for compare in comparisons:
        for i in checked:
            wrong = compare(func, given, i, eps, atol, rtol)
            if wrong is not None:
                if not raise_exception:
                    return False
                raise GradcheckError(wrong)
    return True


def _drawn_like(output: Any) -> Any:
    """Uniform on [-1, 1), from the default generator as in PyTorch: what a program draws later stays the same."""
    drawn = zeros_like(output).detach()
    (view_as_real(drawn) if drawn.is_complex() else drawn).uniform_(-1, 1)
    return drawn.requires_grad_()


def gradgradcheck(
    func: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    fast_mode: bool = False,
    **options: Any,
) -> bool:
    """Whether second derivatives agree with differences of first ones, by the inputs and by the gradients given."""
    given = _as_tuple(inputs)
    checked = _checked(given)
    if grad_outputs is None:
        outputs = [o for o in _tensors_of(func(*given)) if o.requires_grad]
        cotangents = tuple(_drawn_like(o) for o in outputs)
    else:
        cotangents = _as_tuple(grad_outputs)

    def first(*everything: Any) -> Any:
        xs, gs = everything[: len(given)], everything[len(given) :]
        outputs = [o for o in _tensors_of(func(*xs)) if o.requires_grad]
        found = grad(outputs, [xs[i] for i in checked], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    everything = (*given, *cotangents)
    return gradcheck(
        first, everything, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, fast_mode=fast_mode
    )
