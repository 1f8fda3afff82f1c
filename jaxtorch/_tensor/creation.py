"""Factory functions: `zeros`, `ones`, `full`, `arange` and their `_like` and `new_` relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd import layout, tape
from jaxtorch._autograd.variable import Variable, alias, value_of, wrap
from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU, META
from jaxtorch._base.modes import defaults, modes
from jaxtorch._base.promotion import promote_types
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import meta
from jaxtorch._ops.checks import check_fits
from jaxtorch._ops.creation import arange_length, integral_step
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.arguments import as_device, as_dtype, check_tensors, integer, integers, number, type_name
from jaxtorch._tensor.batched import like
from jaxtorch._tensor.construct import constant, current_device, requiring
from jaxtorch._tensor.layouts import strided
from jaxtorch._tensor.out import write_made
from jaxtorch._tensor.sparse_inputs import FACTORIES
from jaxtorch._tensor.view_methods import spread


def options(dtype: Any, device: Any, layout_: Any, name: str) -> tuple:
    """The dtype (None where none is given) and the device of a factory's call."""
    if layout_ is not None and layout_ is not strided:
        raise NotImplementedError(f"{name}() with layout={layout_} is not supported by jaxtorch; use strided tensors")
    return (None if dtype is None else as_dtype(dtype, name)), current_device(
        None if device is None else as_device(device)
    )


def finish(out: Any, device: Any, requires_grad: bool, given: Any = None, name: str = "") -> Any:
    """A factory's result on its device, in `given` where there is an `out=`."""
    if device is not CPU and out._aval.device is not device:
        out = to_device(out, device)
    if given is not None:
        return write_made(name, given, out)
    return requiring(out, requires_grad)


def to_device(x: Any, device: Any) -> Any:
    """A copy of a constant on another device."""
    if device is META:
        return wrap(meta(x._aval.shape, x._aval.dtype))
    return x.to(device)


def _filled(op: str, size: Any, dtype: Any, device: Any) -> Any:
    if device is META:
        return wrap(meta(size, dtype))
    return tape.apply(TABLE[op], [], (size, dtype))


def _size(size: tuple, name: str) -> tuple[int, ...]:
    return integers(spread(size), 0, name, "size", 1) if size else ()


def _plain_factory(op: str, name: str, doc: str) -> Any:
    def factory(
        *size: Any,
        out: Any = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        names: Any = None,
        memory_format: Any = None,
    ) -> Any:
        if layout is not None and layout is not strided and name != "ones":
            wanted, dev = options(dtype, device, None, name)
            bare = FACTORIES["empty"](name, layout, _size(size, name), wanted or defaults.dtype, dev)
            return requiring(bare, requires_grad)
        wanted, dev = options(dtype, device, layout, name)
        made = _filled(op, _size(size, name), wanted or (out._aval.dtype if out is not None else defaults.dtype), dev)
        if name == "empty":
            made = uninitialized(made)
            if memory_format is not None and str(memory_format) != "torch.contiguous_format":
                _refuse_preserving(memory_format)
                made = made.contiguous(memory_format=memory_format)
        return finish(made, dev, requires_grad, out, name)

    factory.__name__ = factory.__qualname__ = name

    def with_size_keyword(*args: Any, size: Any = None, **options: Any) -> Any:
        return factory(*(args if size is None else (size,)), **options)

    with_size_keyword.__name__ = with_size_keyword.__qualname__ = name
    with_size_keyword.__doc__ = doc
    return with_size_keyword


def _refuse_preserving(memory_format: Any) -> None:
    if str(memory_format) == "torch.preserve_format":
        raise RuntimeError("Unsupported memory format Preserve")


def uninitialized(made: Any) -> Any:
    """What nobody has written to is zeros, or where algorithms have to be deterministic, what shows that."""
    if modes.deterministic and defaults.fill_uninitialized:
        dtype = made._aval.dtype
        largest = np.iinfo(dtype.numpy_dtype).max if dtype.category == dtypes.INTEGRAL else True
        made.fill_(constant(float("nan") if dtype.category > dtypes.INTEGRAL else largest, dtype, made._aval.device))
    return made


zeros = _plain_factory("_zeros", "zeros", "A tensor of zeros of shape `size`.")
ones = _plain_factory("_ones", "ones", "A tensor of ones of shape `size`.")
empty = _plain_factory("_zeros", "empty", "A tensor of shape `size`; its content is zeros here, undefined in PyTorch.")


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Any = None,
) -> Any:
    """A tensor of shape `size` filled with `fill_value`; its dtype is the value's."""
    wanted, dev = options(dtype, device, layout, "full")
    if isinstance(fill_value, Variable):
        fill_value = np.asarray(force(value_of(fill_value))).reshape(()).item()
    value = number(fill_value)
    if value is None:
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(fill_value).__name__}")
    if wanted is None:
        kind = value.aval.dtype
        wanted = (
            out._aval.dtype
            if out is not None
            else kind
            if kind.category < dtypes.FLOATING
            else (defaults.dtype if kind.category == dtypes.FLOATING else defaults.dtype.to_complex())
        )
    shape = integers(size, 1, "full", "size", 1)
    check_fits(fill_value, wanted)
    if dev is META:
        return wrap(meta(shape, wanted))
    return finish(tape.apply(TABLE["_full"], [value], (shape, wanted)), dev, requires_grad, out, "full")


def _like(input: Any, dtype: Any, layout_: Any, device: Any, name: str) -> tuple:
    check_tensors(name, input=input)
    wanted, _ = options(dtype, None, layout_, name)
    return wanted or input._aval.dtype, as_device(device) if device is not None else input._aval.device


def _follow(out: Any, input: Any, memory_format: Any) -> Any:
    if input._strides is not None and (memory_format is None or str(memory_format) == "torch.preserve_format"):
        layout.follow(out, (input,))
    return out


def _like_factory(op: str, name: str, doc: str) -> Any:
    def factory(
        input: Any,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Any:
        if isinstance(input, Variable) and (layout or input.layout) is not strided:
            wanted, dev = _like(input, dtype, None, device, name)
            return requiring(FACTORIES["like"](name, layout or input.layout, input, wanted, dev), requires_grad)
        wanted, dev = _like(input, dtype, layout, device, name)
        out = _follow(_filled(op, tuple(input._aval.shape), wanted, dev), input, memory_format)
        if name == "empty_like":
            out = uninitialized(out)
        return finish(like(out, input), dev, requires_grad)

    factory.__name__ = factory.__qualname__ = name
    factory.__doc__ = doc
    return factory


zeros_like = _like_factory("_zeros", "zeros_like", "Zeros of the shape, dtype and device of `input`.")
ones_like = _like_factory("_ones", "ones_like", "Ones of the shape, dtype and device of `input`.")
empty_like = _like_factory(
    "_zeros", "empty_like", "A tensor like `input`; its content is zeros here, undefined in PyTorch."
)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """`fill_value` in the shape, dtype and device of `input`."""
    wanted, dev = _like(input, dtype, layout, device, "full_like")
    out = full(tuple(input._aval.shape), fill_value, dtype=wanted, device=dev)
    return finish(like(_follow(out, input, memory_format), input), dev, requires_grad)


def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of given size and strides."""
    shape, st = integers(size, 0, "empty_strided", "size", 1), integers(stride, 0, "empty_strided", "stride", 2)
    needed = 1 + sum((n - 1) * s for n, s in zip(shape, st, strict=True)) if 0 not in shape else 0
    flat = zeros(needed, dtype=dtype, device=device)
    out = alias(uninitialized(flat).as_strided(shape, st))
    return requiring(out, requires_grad)


def eye(
    n: Any,
    m: Any = None,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """The identity matrix, of `n` rows and `m` columns."""
    wanted, dev = options(dtype, device, layout, "eye")
    rows = integer(n, "eye", "n", 1)
    columns = rows if m is None else integer(m, "eye", "m", 2)
    wanted = wanted or (defaults.dtype if out is None else out._aval.dtype)
    made = tape.apply(TABLE["_eye"], [], (rows, columns, wanted))
    return finish(made, dev, requires_grad, out, "eye")


def _plain_number(x: Any) -> Any:
    return (
        np.asarray(force(value_of(x))).reshape(()).item()
        if isinstance(x, Variable)
        else (x.item() if isinstance(x, np.generic) else x)
    )


def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Numbers from `start` (0) up to, not including, `end` in steps of `step` (1)."""
    if len(args) == 1 and end is None:
        end = args[0]
    elif args:
        given = dict(zip(("start", "end", "step"), args, strict=False))
        start, end, step = given["start"], given.get("end", end), given.get("step", step)
    if end is None:
        raise TypeError(
            "arange() received an invalid combination of arguments - got (), but expected one of:\n"
            " * (Number end, *, Tensor out = None, torch.dtype dtype = None)"
        )
    first, last, by = (
        _plain_number(0 if start is None else start),
        _plain_number(end),
        _plain_number(1 if step is None else step),
    )
    wanted, dev = options(dtype, device, layout, "arange")
    if wanted is None:
        wanted = (
            out._aval.dtype
            if out is not None
            else (defaults.dtype if any(isinstance(x, float) for x in (first, last, by)) else dtypes.int64)
        )
    length = arange_length(first, last, by)
    if wanted.category == dtypes.INTEGRAL:
        first, last, by = int(first), int(last), integral_step(by)
        if wanted is dtypes.int64:  # else the given numbers decide the length, and repeat where the step truncates to 0
            if by == 0:
                raise ValueError("step must be nonzero")
            length = arange_length(first, last, by)
    made = tape.apply(TABLE["_arange"], [first, by], (length, wanted))
    return finish(made, dev, requires_grad, out, "arange")


def range_(start: Any = 0, end: Any = None, step: Any = 1, **options: Any) -> Any:
    """Like `arange` with the end included (deprecated in PyTorch too)."""
    if end is None:
        start, end = 0, start
    arange_length(start, end, step)  # raises where there is no such range
    length = int((end - start) / step) + 1
    return arange(
        start, start + (length - 0.5) * step, step, dtype=options.pop("dtype", None) or defaults.dtype, **options
    )


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """`steps` numbers evenly spaced from `start` to `end`, both included."""
    wanted, dev = options(dtype, device, layout, "linspace")
    wanted = _bounds_dtype("linspace", start, end, out, wanted)
    made = tape.apply(TABLE["_linspace"], [_bound(start), _bound(end)], (_steps("linspace", start, end, steps), wanted))
    return finish(made, dev, requires_grad, out, "linspace")


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Powers of `base` with exponents evenly spaced from `start` to `end`."""
    wanted, dev = options(dtype, device, layout, "logspace")
    wanted = _bounds_dtype("logspace", start, end, out, wanted)
    made = tape.apply(
        TABLE["_logspace"], [_bound(start), _bound(end), float(base)], (_steps("logspace", start, end, steps), wanted)
    )
    return finish(made, dev, requires_grad, out, "logspace")


def _steps(name: str, start: Any, end: Any, steps: Any) -> int:
    if isinstance(steps, (float, complex)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got "
            f"({', '.join(type_name(x) for x in (start, end, steps))}), but expected one of:\n"
            " * (Tensor start, Tensor end, int steps)\n * (Number start, Number end, int steps)"
        )
    return integer(steps, name, "steps", 3)


def _bound(x: Any) -> Any:
    return x.detach() if isinstance(x, Variable) else _plain_number(x)


def _bounds_dtype(name: str, start: Any, end: Any, out: Any, wanted: dtypes.dtype | None) -> dtypes.dtype:
    found = defaults.dtype
    for x in (start, end):
        kind = x._aval.dtype if isinstance(x, Variable) else dtypes.complex64 if isinstance(x, complex) else None
        if kind is not None and kind.is_complex:
            found = promote_types(found, kind)
    if wanted is not None and found.is_complex and not wanted.is_complex:
        inner = "float" if found is dtypes.complex64 else "double"
        raise RuntimeError(
            f"torch.{name}(): inferred dtype c10::complex<{inner}> can't be safely cast to passed dtype "
            f"{wanted.scalar_name}"
        )
    return wanted or (found if out is None else out._aval.dtype)


def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A 0-dim tensor of the default dtype."""
    return full((), s, dtype=dtype or defaults.dtype, device=device, requires_grad=requires_grad)


def _triangle(name: str, which: str) -> Any:
    def indices(
        row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
    ) -> Any:
        wanted, dev = options(dtype, device, layout, name)
        statics = (integer(row), integer(col), integer(offset), wanted or dtypes.int64)
        made = tape.apply(TABLE[f"_{name}"], [], statics)
        return finish(made, dev, False)

    indices.__name__ = indices.__qualname__ = name
    indices.__doc__ = f"Row and column numbers of the {which} triangle of a matrix."
    return indices


tril_indices = _triangle("tril_indices", "lower")
triu_indices = _triangle("triu_indices", "upper")


class NewMethods:
    """`new_*` methods of Tensor: factories that take dtype and device from the tensor."""

    __slots__ = ()

    def _filled(self: Any, factory: Any, sizes: tuple, dtype: Any, device: Any, requires_grad: bool) -> Any:
        dtype, device = dtype or self._aval.dtype, device or self._aval.device
        return like(factory(*sizes, dtype=dtype, device=device, requires_grad=requires_grad), self)

    def new_zeros(
        self: Any,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        """Zeros with this tensor's dtype and device."""
        given = sizes if size is None else (size,)
        return self._filled(zeros, given, dtype, device, requires_grad)

    def new_ones(
        self: Any,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        """Ones with this tensor's dtype and device."""
        given = sizes if size is None else (size,)
        return self._filled(ones, given, dtype, device, requires_grad)

    def new_empty(
        self: Any,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        """An uninitialised tensor (zeros here) with this tensor's dtype and device."""
        given = sizes if size is None else (size,)
        return self._filled(empty, given, dtype, device, requires_grad)

    def new_full(
        self: Any,
        size: Any,
        fill_value: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        """`fill_value` with this tensor's dtype and device."""
        made = full(
            size,
            fill_value,
            dtype=dtype or self._aval.dtype,
            device=device or self._aval.device,
            requires_grad=requires_grad,
        )
        return like(made, self)

    def new_empty_strided(
        self: Any, size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        """A tensor of given size and strides with this tensor's dtype and device."""
        return empty_strided(
            size,
            stride,
            dtype=dtype or self._aval.dtype,
            device=device or self._aval.device,
            requires_grad=requires_grad,
        )


FUNCTIONS = {
    f.__name__: f
    for f in (
        zeros,
        ones,
        empty,
        full,
        zeros_like,
        ones_like,
        empty_like,
        full_like,
        empty_strided,
        eye,
        arange,
        linspace,
        logspace,
        scalar_tensor,
        tril_indices,
        triu_indices,
    )
} | {"range": range_}
