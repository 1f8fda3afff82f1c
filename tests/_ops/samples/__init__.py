"""Sample rows of the operation table, one file a family: what every public op is run on and held against PyTorch.

    SAMPLES = {
        "add": [S(x(2, 3), x(3)), S(x(2, 3), 2.0, alpha=3), S(x(2, 3), x(4)).raises()],
        "nn.functional.gelu": [S(x(8), approximate="tanh").tol(1e-4).twice()],
        "sum": [S(x(2, 3, dtype="int32"), 0, dtype=dt("float64"))],
    }

The key is the public name under `torch` (a method where there is no such function). `compat/record_samples.py` runs
the rows on PyTorch and writes `tests/_ops/recorded/<family>.npz`; `tests/_ops/test_samples.py` runs them on jaxtorch.
Inputs are made from a seed that depends on the op's name, the row's and the argument's position alone.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import zlib
from typing import Any

import ml_dtypes
import numpy as np

_NUMPY = {"bfloat16": np.dtype(ml_dtypes.bfloat16), "bool": np.dtype(np.bool_)}
FLOATING = frozenset(("float16", "bfloat16", "float32", "float64"))
COMPLEX = frozenset(("complex64", "complex128"))


def _brief(self: Any) -> str:
    """The fields that differ from their defaults, so that a new field leaves the recorded texts of rows as they are."""
    shown = [
        f"{f.name}={getattr(self, f.name)!r}"
        for f in dataclasses.fields(self)
        if repr(getattr(self, f.name)) != repr(f.default)
    ]
    return f"{type(self).__name__}({', '.join(shown)})"


@dataclasses.dataclass(frozen=True, repr=False)
class X:
    """A tensor argument: drawn from a seed, or `values` as they are."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    low: float = -2.0
    high: float = 2.0
    make: str = "uniform"
    grad: bool = True
    values: Any = None
    __repr__ = _brief

    @property
    def differentiable(self) -> bool:
        return self.grad and (self.dtype in FLOATING or self.dtype in COMPLEX)


@dataclasses.dataclass(frozen=True)
class Dtype:
    """A dtype argument, by name, since rows know neither torch nor jaxtorch."""

    name: str


@dataclasses.dataclass(frozen=True, repr=False)
class Row:
    """One call: arguments, and how it is checked."""

    args: tuple
    kwargs: dict[str, Any]
    tolerance: float | None = None
    second: bool = False
    error: bool = False
    undefined: tuple[int, ...] = ()
    __repr__ = _brief

    def tol(self, tolerance: float) -> Row:
        """Compare with this relative and absolute tolerance instead of the dtype's."""
        return dataclasses.replace(self, tolerance=tolerance)

    def twice(self) -> Row:
        """Compare second derivatives too."""
        return dataclasses.replace(self, second=True)

    def raises(self) -> Row:
        """PyTorch raises: compare the exception's type and the first sentence of its message."""
        return dataclasses.replace(self, error=True)

    def ignores(self, *outputs: int) -> Row:
        """Compare only shape and dtype of these outputs: PyTorch leaves their values open."""
        return dataclasses.replace(self, undefined=outputs)


def x(
    *shape: int,
    dtype: str = "float32",
    low: float | None = None,
    high: float | None = None,
    make: str = "uniform",
    grad: bool = True,
) -> X:
    """A tensor of this shape. Floats and complex parts lie in [low, high), by default [-2, 2); integers likewise in
    [-5, 5) or, unsigned, [0, 10). make: "uniform", "permutation" (no two equal), "spd" (symmetric positive definite),
    "sorted" (along the last dim).
    """
    integral = dtype not in FLOATING and dtype not in COMPLEX
    default = ((0.0, 10.0) if dtype.startswith("uint") else (-5.0, 5.0)) if integral else (-2.0, 2.0)
    return X(shape, dtype, default[0] if low is None else low, default[1] if high is None else high, make, grad)


def v(values: Any, dtype: str = "float32", grad: bool = True) -> X:
    """A tensor of exactly these values."""
    return X(np.shape(values), dtype, grad=grad, values=values)


def dt(name: str) -> Dtype:
    """The dtype of this name: `dt("float64")`."""
    return Dtype(name)


def S(*args: Any, **kwargs: Any) -> Row:
    """A sample: the arguments of one call."""
    return Row(args, kwargs)


def families() -> dict[str, dict[str, list[Row]]]:
    """The rows of every family, by the family's file name."""
    return {
        m.name: importlib.import_module(f"{__name__}.{m.name}").SAMPLES
        for m in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name)
    }


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of a torch dtype's name."""
    return _NUMPY.get(name) or np.dtype(name)


def generator(*where: Any) -> np.random.RandomState:
    """The random state of a place; RandomState, because NumPy promises that its stream never changes."""
    return np.random.RandomState(zlib.crc32("/".join(map(str, where)).encode()))


def draw(spec: X, *where: Any) -> np.ndarray:
    """The values of a tensor argument at a place (op, row, argument)."""
    target = numpy_dtype(spec.dtype)
    if spec.values is not None:
        return np.array(spec.values).astype(target)
    rng = generator(*where)
    if spec.dtype in COMPLEX:
        parts = rng.uniform(spec.low, spec.high, (2, *spec.shape))
        return (parts[0] + 1j * parts[1]).astype(target)
    if spec.dtype == "bool":
        return rng.randint(0, 2, spec.shape).astype(target)
    if spec.make == "permutation":
        size = int(np.prod(spec.shape))
        return (spec.low + rng.permutation(size).reshape(spec.shape)).astype(target)
    if spec.dtype not in FLOATING:
        drawn = rng.randint(int(spec.low), int(spec.high), spec.shape)
    else:
        drawn = rng.uniform(spec.low, spec.high, spec.shape)
    if spec.make == "sorted":
        drawn = np.sort(drawn, axis=-1)
    elif spec.make == "spd":
        drawn = drawn @ drawn.swapaxes(-1, -2) + spec.shape[-1] * np.eye(spec.shape[-1])
    return drawn.astype(target)
