"""`out=`: where results go, and which dtypes each function takes there.

PyTorch checks `out` in some dozen ways, by the age of a function. `RULES` names them: what is allowed, which exception
is raised otherwise, and its text. Functions not named there follow their kind: elementwise ones take any dtype that the
result may be cast to, all others the result's own dtype only.
"""

from __future__ import annotations

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.layout import is_dense
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base import dtypes
from jaxtorch._base.avals import aval
from jaxtorch._base.modes import modes
from jaxtorch._base.promotion import can_cast
from jaxtorch._base.sizes import contiguous_strides
from jaxtorch._ops.checks import CPP_NAMES
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.storage import Storage
from jaxtorch._tensor.arguments import argument_error
from jaxtorch._tensor.geometry import offset
from jaxtorch._tensor.layouts import strided

# ----- Which dtypes -----


def _same(result: dtypes.dtype, out: dtypes.dtype) -> bool:
    return result is out


def _any(result: dtypes.dtype, out: dtypes.dtype) -> bool:
    return True


class Rule(NamedTuple):
    """Texts may use {result}, {out} (Float, Long), {c_result}, {c_out} (float, long int), {name}, {part}."""

    text: str
    allows: Callable[[dtypes.dtype, dtypes.dtype], bool] = _same
    error: type[Exception] = RuntimeError
    parts: tuple[str, ...] = ()  # names of several outputs, where the text tells them apart


CASTABLE = Rule("result type {result} can't be cast to the desired output type {out}", can_cast)
EXACT = Rule("Expected out tensor to have dtype {c_result}, but got {c_out} instead")


def _bool_or_byte(result: dtypes.dtype, out: dtypes.dtype) -> bool:
    return out in (dtypes.bool_, dtypes.uint8)


def _floating(result: dtypes.dtype, out: dtypes.dtype) -> bool:
    return out.category >= dtypes.FLOATING


def _floats_alike(result: dtypes.dtype, out: dtypes.dtype) -> bool:
    return result.category < dtypes.FLOATING or out.category == dtypes.FLOATING


def _safely(what: str, *parts: str) -> Rule:
    text = f"{what}: Expected {{part}} to be safely castable from {{result}} dtype, but got {{part}} with dtype {{out}}"
    return Rule(text, can_cast, parts=parts or ("result",))


def _not_for(kernel: str, allows: Callable) -> Rule:
    return Rule(f"\"{kernel}\" not implemented for '{{out}}'", allows, NotImplementedError)


_FOUND = Rule("Found dtype {out} but expected {result}")
_FACTORY = Rule("dtype {result} does not match dtype of out parameter ({out})")
_JOINED = Rule("torch.cat(): input types can't be cast to the desired output type {out}", can_cast, TypeError)
_SCALAR_TYPE = Rule("expected scalar_type {result} but found {out}")
_SCALAR_TYPE_OF_OUT = Rule("Expected object of scalar type {result} but got scalar type {out} for argument 'out'")
_DOT = Rule("result dtype {out} does not match input dtype {result}")
_EXTREMES = Rule(
    "Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype."
)
_EXTREME = Rule(
    "Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) to be true, but got "
    "false.",
    can_cast,
)
_ALL = Rule("{name} only supports bool tensor for result, got: {out}", _bool_or_byte)
_QUANTILE = Rule("quantile() out tensor must be same dtype as the input tensor")
_SEARCH = Rule(
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
    "whether out_int32 flag is True, but we got output tensor's dtype {out} and out_int32 flag is {is_int}"
)
_MEDIAN = Rule(
    "Expected tensor for '{part}' to have the same type as tensor for argument #2 'self'; but type torch.{out}Tensor "
    "does not equal torch.{result}Tensor (while checking arguments for median)",
    parts=("values", "indices"),
)
_HISTOGRAM = Rule(
    "torch.histogram: input tensor and {part} tensor should have the same dtype, but got input {c_result} and {part} "
    "{c_out}",
    parts=("hist", "bin_edges"),
)
_SPECTRUM = Rule("{name} expects a complex output tensor, but got {out}", lambda result, out: out.is_complex)
_REAL_SPECTRUM = Rule(
    "{name} expects a floating point output tensor, but got {out}", lambda result, out: out.is_floating_point
)
_NORM = "{name} expected out tensor dtype {result} but got: {out}"

_FAMILIES: tuple[tuple[Rule, str], ...] = (
    (CASTABLE, "mean std var nn.functional.normalize lerp diff"),
    (EXACT, "max.dim min.dim isin cross linalg.cross"),
    (
        _FOUND,
        "bitwise_not ceil conj_physical frac floor neg negative round sign sgn trunc fix nn.functional.softshrink "
        "nn.functional.hardshrink hardshrink nn.functional.gelu nn.functional.softplus threshold "
        "nn.functional.threshold nn.functional.leaky_relu nn.functional.elu nn.functional.hardtanh "
        "nn.functional.hardsigmoid special.round abs absolute",
    ),
    (_FACTORY, "arange range linspace logspace randn rand ones zeros full empty eye"),
    (_JOINED, "cat concat concatenate stack hstack vstack row_stack dstack column_stack"),
    (_SCALAR_TYPE, "cummax cummin logcumsumexp"),
    (_SCALAR_TYPE_OF_OUT, "complex polar"),
    (
        Rule("expected scalar type {result} but found {out}"),
        "native_batch_norm nn.functional.logsigmoid linalg.solve_triangular",
    ),
    (_DOT, "dot vdot"),
    (_EXTREMES, "amax amin"),
    (_EXTREME, "max min"),
    (_ALL, "all any"),
    (_QUANTILE, "quantile nanquantile"),
    (_SEARCH, "searchsorted bucketize"),
    (_MEDIAN, "median nanmedian"),
    (_HISTOGRAM, "histogram histc"),
    (
        _SPECTRUM,
        "fft.fft fft.ifft fft.rfft fft.ihfft fft.fftn fft.ifftn fft.rfftn fft.ihfftn fft.fft2 fft.ifft2 "
        "fft.rfft2 fft.ihfft2",
    ),
    (_REAL_SPECTRUM, "fft.hfft fft.irfft fft.hfftn fft.irfftn fft.hfft2 fft.irfft2"),
    (Rule(_NORM.replace("{name}", "linalg.norm")), "linalg.norm"),
    (Rule(_NORM.replace("{name}", "linalg.matrix_norm")), "linalg.matrix_norm nuclear_norm"),
    (Rule("self and mat2 must have the same dtype, but got {result} and {out}"), "addbmm"),
    (Rule("addmv input tensors must have the same dtype, but got {out}, {result}, and {result}"), "mv"),
    (
        Rule("torch.frexp() expects {part} to have {c_result} dtype but got {c_out}", parts=("mantissa", "exponent")),
        "frexp",
    ),
    (Rule("output {part} of {result} but found {out}", parts=("values must be", "indices must be")), "kthvalue"),
    (Rule("heaviside is not yet implemented for tensors with different dtypes."), "heaviside"),
    (Rule("expected scalar type '{result}' but got '{out}' for {part} output", parts=("values", "indices")), "mode"),
    (Rule("Expected self.dtype() == output.dtype() to be true, but got false."), "narrow_copy"),
    (
        Rule("the output given to float_power has dtype {out} but the operation's result requires dtype {result}"),
        "float_power",
    ),
    (Rule("{name} does not support non-boolean outputs."), "signbit isposinf isneginf"),
    (Rule("nan_to_num: dtype of out: {out} should be same as input: {result}"), "nan_to_num"),
    (Rule("{name}(): self and result must have the same scalar type"), "index_select masked_select"),
    (
        Rule(
            "take(): self and out expected to have the same dtype, but got self.dtype = {result} and out.dtype = {out}"
        ),
        "take",
    ),
    (Rule("multinomial expects Long tensor out, got: {out}"), "multinomial"),
    (_not_for("normal_kernel_cpu", _floating), "normal"),
    (_not_for("bernoulli_tensor_cpu_self_", lambda result, out: not out.is_complex), "bernoulli"),
    (_not_for("nansum_cpu", _floats_alike), "nansum nanmean"),
    (_not_for("cumsum_out_cpu", lambda result, out: out is not dtypes.bool_), "cumsum"),
    (_not_for("cumprod_out_cpu", lambda result, out: out is not dtypes.bool_), "cumprod"),
    (
        Rule("", _any),
        "sum prod eq ne lt le gt ge logical_and logical_or logical_xor logical_not randint randperm "
        "cumulative_trapezoid",
    ),
    (Rule("Expected result to be of dtype uint64, but got {out}"), "hash_tensor"),
    (Rule("logsumexp(): Expected floating point type for result tensor, but got: {out}", _floating), "logsumexp"),
    (
        Rule("tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype {out}"),
        "tensordot inner",
    ),
    (Rule("Expected out type to be {result} but got {out}"), "where"),
    (Rule("mvlgamma: result type {result} can't be cast to the desired output type {out}", can_cast), "mvlgamma"),
    (Rule("ldexp can't be cast to the desired output type {out}", can_cast), "ldexp"),
    (Rule("linalg.vecdot: Expected out of dtype{result} but found {out}"), "linalg.vecdot"),
    (Rule("nonzero: Expected out tensor to have scalar type Long but got scalar type{out}"), "nonzero"),
    (Rule("nonzero_static: Expected out tensor to have scalar type Long but got scalar type{out}"), "nonzero_static"),
    (
        Rule("multi_dot(): expected out tensor to have dtype {c_result} but got {c_out}"),
        "linalg.multi_dot chain_matmul",
    ),
    (
        Rule(
            "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{result} and result has "
            "dtype {out}"
        ),
        "ormqr",
    ),
    (_safely("cholesky"), "cholesky"),
    (_safely("cholesky_inverse"), "cholesky_inverse"),
    (_safely("cholesky_solve"), "cholesky_solve"),
    (_safely("matrix_power"), "linalg.matrix_power matrix_power"),
    (_safely("linalg.pinv"), "linalg.pinv"),
    (_safely("linalg.cond"), "linalg.cond"),
    (_safely("tensorinv"), "linalg.tensorinv"),
    (_safely("tensorsolve"), "linalg.tensorsolve"),
    (_safely("torch.linalg.matrix_rank"), "linalg.matrix_rank"),
    (_safely("torch.linalg.householder_product"), "linalg.householder_product orgqr"),
    (_safely("torch.linalg.eig", "eigenvalues", "eigenvectors"), "linalg.eig"),
    (_safely("torch.linalg.eigvals", "eigenvalues"), "linalg.eigvals"),
    (_safely("torch.linalg.lstsq", "solution", "solution", "rank", "singular_values"), "linalg.lstsq"),
    (_safely("torch.geqrf", "a", "tau"), "geqrf"),
)

RULES: dict[str, Rule] = {name: rule for rule, names in _FAMILIES for name in names.split()}
# Functions that compute in the dtype of `out` when none is given.
TAKE_DTYPE_FROM_OUT = frozenset(("sum", "prod", "cumsum", "cumprod"))


def rule_of(op: Any) -> Rule:
    """What `out` may be for an op of the table."""
    found = RULES.get(op.key) or RULES.get(op.name)
    return found or (EXACT if op.promote is None else CASTABLE)


def _c_name(kind: dtypes.dtype) -> str:
    return CPP_NAMES.get(kind.name, kind.name)


def _check_dtype(name: str, rule: Rule, result: dtypes.dtype, out: dtypes.dtype, nr: int) -> None:
    if result is out or rule.allows(result, out):
        return
    raise rule.error(
        rule.text.format(
            name=name.rpartition(".")[2],
            part=rule.parts[nr] if rule.parts else "result",
            result=result.scalar_name,
            out=out.scalar_name,
            c_result=_c_name(result),
            c_out=_c_name(out),
            is_int=result is dtypes.int32,
        )
    )


# ----- Writing -----

# These read their inputs while they write: PyTorch refuses `out` on the same memory, even the same tensor.
_DISJOINT = frozenset(("gather", "take", "index_select", "masked_select", "scatter", "cat", "kthvalue"))
_SHARED = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def check_apart(op: Any, out: Any, inputs: tuple, result: Any) -> None:
    """Raise where PyTorch refuses an `out` that shares memory with an input, once it has the result's size."""
    whole = op.name in _DISJOINT
    if not (whole or op.pointwise):
        return
    several = isinstance(out, (tuple, list))
    for target, made in zip(out if several else (out,), result if several else (result,), strict=False):
        check_sources(target, _flat(inputs), whole, made._aval.shape)


def check_sources(target: Any, sources: Iterable, whole: bool = False, shape: Any = None) -> None:
    """Raise where PyTorch refuses to write into `target`, made of `shape` before, while it reads `sources`.

    Those that are the target itself may be read, unless `whole`.
    """
    if isinstance(target, Variable) and target.layout is strided:
        storage = target._storage
        for x in sources:
            if isinstance(x, Variable) and x.layout is strided and x._storage is storage and (whole or x is not target):
                if _meet(target, x, whole, target._aval.shape if shape is None else tuple(shape)):
                    raise RuntimeError(_SHARED)


def _flat(inputs: Any) -> Any:
    for x in inputs:
        if isinstance(x, Variable):
            yield x
        elif isinstance(x, (tuple, list)):
            yield from _flat(x)


def _meet(a: Variable, b: Variable, whole: bool, shape: tuple[int, ...]) -> bool:
    """Whether two dense tensors of one storage overlap; being the same does not count unless `whole`."""
    first = _place(a) if shape == a._aval.shape else (shape, contiguous_strides(shape), offset(a))
    second, size = _place(b), math.prod(shape)
    if first == second:
        return whole and size > 0
    dense = is_dense(first[0], first[1]) and is_dense(second[0], second[1])
    return dense and first[2] < second[2] + b._aval.numel and second[2] < first[2] + size


def _place(x: Variable) -> tuple:
    shape = tuple(x._aval.shape)
    return shape, x._strides if x._strides is not None else contiguous_strides(shape), offset(x)


_RESIZED = (
    "An output with one or more elements was resized since it had shape {shape}, which does not match the required "
    "output shape {wanted}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized "
    "unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero "
    "elements with t.resize_(0)."
)
_COUNTED = (
    "The number of elements in the out tensor of shape {shape} is {numel} which does not match the computed number of "
    "elements {count}. Note that this may occur as a result of rounding error. The out tensor will be resized to a "
    "tensor of shape ({count},)."
)
_COUNTING = ("arange", "fft_fftfreq", "fft_rfftfreq")
# Fill an `out` of so many elements in the order of its indices.
_IN_ANY_SHAPE = (*_COUNTING, "linspace", "logspace", "range")


def write_out(name: str, out: Any, result: Any, rule: Rule | None = None, nr: int = 0, warning: str = _RESIZED) -> Any:
    """Put results into the tensors given as `out=`."""
    rule = rule or RULES.get(name, CASTABLE)
    if isinstance(result, (tuple, list)):
        if not isinstance(out, (tuple, list)):
            raise argument_error(name.rpartition(".")[2], "out", 0, "tuple of Tensors", out)
        for i, (o, r) in enumerate(zip(out, result, strict=True)):
            write_out(name, o, r, rule, i)
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
    if not isinstance(out, Variable):
        raise argument_error(name.rpartition(".")[2], "out", 0, "Tensor", out)
    if modes.grad and (out._rg or result._rg):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of "
            f"the arguments requires grad."
        )
    _check_dtype(name, rule, result._aval.dtype, out._aval.dtype, nr)
    if out.layout is not strided:
        out.replace(result)
        return out
    if result._aval.device is not out._aval.device:
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, "
            f"{result._aval.device} and {out._aval.device}!"
        )
    if result._aval.dtype is not out._aval.dtype:
        result = tape.unary(TABLE["_to_copy"], result, (out._aval.dtype,))
    inplace.check_overlap(out)
    if out._aval.shape != result._aval.shape:
        resize_output(out, result, warning)
    else:
        inplace.write(out, value_of(result))
    return out


def write_made(name: str, out: Any, made: Any) -> Any:
    """Put what a factory made into the tensor given as `out=`, which is resized without the warning of operations."""
    warning = ""
    if name in _IN_ANY_SHAPE and isinstance(out, Variable):
        if out._aval.numel == made._aval.numel:
            made = made.reshape(out._aval.shape)
        warning = _COUNTED if name in _COUNTING else ""
    return write_out(name, out, made, warning=warning)


def resize_output(out: Variable, result: Variable, warning: str = _RESIZED) -> None:
    """Give `out` the shape and content of `result`, with PyTorch's warning when it held elements."""
    value = value_of(result)
    if warning and out._aval.numel:
        shape, wanted = list(out._aval.shape), list(value.aval.shape)
        counts = {"numel": out._aval.numel, "count": value.aval.numel}
        warnings.warn(warning.format(shape=shape, wanted=wanted, **counts), UserWarning, stacklevel=4)
    out._storage = out._vc = Storage(value)
    out._view = None
    out._strides = result._strides if result._view is None else None
    out._storage.strides = out._strides
    out._aval = aval(tuple(value.aval.shape), value.aval.dtype, value.aval.device)


def accepting_out(function: Callable, name: str = "") -> Callable:
    """A function made of others, with an `out=` argument of its own."""
    called = name or function.__name__

    @functools.wraps(function)
    def with_out(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return function(*args, **kwargs)
        return write_out(called, out, function(*args, **kwargs))

    given = inspect.signature(function)
    own = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    rest = list(given.parameters.values())
    spread = [p for p in rest if p.kind is inspect.Parameter.VAR_KEYWORD]
    with_out.__signature__ = given.replace(  # type: ignore[attr-defined]
        parameters=[*(p for p in rest if p not in spread), own, *spread]
    )
    return with_out
