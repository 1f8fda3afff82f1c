"""The `torch.dtype` objects: one immutable instance each, with the NumPy dtype XLA uses for it."""

from __future__ import annotations

import ml_dtypes
import numpy as np

BOOL, INTEGRAL, FLOATING, COMPLEX = range(4)


class dtype:
    """An element type, e.g. `torch.float32`.

    Instances are singletons: compare with `is` or `==`. `numpy_dtype` is the NumPy dtype of the buffers.
    """

    __slots__ = (
        "name",
        "numpy_dtype",
        "category",
        "scalar_name",
        "itemsize",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "differentiable",
    )

    def __init__(self, name: str, numpy_dtype, category: int, scalar_name: str) -> None:
        self.name = name
        self.numpy_dtype = np.dtype(numpy_dtype)
        self.category = category
        self.scalar_name = scalar_name
        self.itemsize = self.numpy_dtype.itemsize
        self.is_floating_point = category == FLOATING
        self.is_complex = category == COMPLEX
        self.is_signed = category >= FLOATING or (category == INTEGRAL and not name.startswith("uint"))
        self.differentiable = category >= FLOATING

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return _by_name, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo) -> dtype:
        return self

    def to_real(self) -> dtype:
        """The real dtype with this dtype's precision."""
        return _TO_REAL.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype with this dtype's precision."""
        if self.category == COMPLEX:
            return self
        return complex128 if self is float64 else complex64


class _NameOnly(dtype):
    """A dtype that programs may name and compare; no tensor has it, so asking for its buffers' type raises."""

    __slots__ = ("_instead",)

    def __init__(self, name: str, itemsize: int, category: int, scalar_name: str, instead: str) -> None:
        self.name, self.itemsize, self.category, self.scalar_name = name, itemsize, category, scalar_name
        self.is_floating_point, self.is_complex = category == FLOATING, category == COMPLEX
        self.is_signed = not name.startswith(("uint", "quint", "bits"))
        self.differentiable = False
        self._instead = instead

    @property
    def numpy_dtype(self) -> np.dtype:
        raise NotImplementedError(f"torch.{self.name} is not supported by jaxtorch; use {self._instead}")


_NameOnly.__name__ = _NameOnly.__qualname__ = "dtype"


def _by_name(name: str) -> dtype:
    return DTYPES[name] if name in DTYPES else NAME_ONLY[name]


float32 = dtype("float32", np.float32, FLOATING, "Float")
float64 = dtype("float64", np.float64, FLOATING, "Double")
float16 = dtype("float16", np.float16, FLOATING, "Half")
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, FLOATING, "BFloat16")
float8_e4m3fn = dtype("float8_e4m3fn", ml_dtypes.float8_e4m3fn, FLOATING, "Float8_e4m3fn")
float8_e5m2 = dtype("float8_e5m2", ml_dtypes.float8_e5m2, FLOATING, "Float8_e5m2")
float8_e4m3fnuz = dtype("float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz, FLOATING, "Float8_e4m3fnuz")
float8_e5m2fnuz = dtype("float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz, FLOATING, "Float8_e5m2fnuz")
float8_e8m0fnu = dtype("float8_e8m0fnu", ml_dtypes.float8_e8m0fnu, FLOATING, "Float8_e8m0fnu")
uint8 = dtype("uint8", np.uint8, INTEGRAL, "Byte")
uint16 = dtype("uint16", np.uint16, INTEGRAL, "UInt16")
uint32 = dtype("uint32", np.uint32, INTEGRAL, "UInt32")
uint64 = dtype("uint64", np.uint64, INTEGRAL, "UInt64")
int8 = dtype("int8", np.int8, INTEGRAL, "Char")
int16 = dtype("int16", np.int16, INTEGRAL, "Short")
int32 = dtype("int32", np.int32, INTEGRAL, "Int")
int64 = dtype("int64", np.int64, INTEGRAL, "Long")
bool_ = dtype("bool", np.bool_, BOOL, "Bool")
complex64 = dtype("complex64", np.complex64, COMPLEX, "ComplexFloat")
complex128 = dtype("complex128", np.complex128, COMPLEX, "ComplexDouble")

DTYPES: dict[str, dtype] = {
    d.name: d
    for d in (
        float32,
        float64,
        float16,
        bfloat16,
        float8_e4m3fn,
        float8_e5m2,
        float8_e4m3fnuz,
        float8_e5m2fnuz,
        float8_e8m0fnu,
        uint8,
        uint16,
        uint32,
        uint64,
        int8,
        int16,
        int32,
        int64,
        bool_,
        complex64,
        complex128,
    )
}
_SUB_BYTE: dict[str, dtype] = {
    f"{sign}int{bits}": _NameOnly(f"{sign}int{bits}", 1, INTEGRAL, f"{sign.upper()}Int{bits}", f"torch.{sign}int8")
    for sign in ("", "u")
    for bits in range(1, 8)
}
NAME_ONLY: dict[str, dtype] = _SUB_BYTE | {
    d.name: d
    for d in (
        _NameOnly("complex32", 4, COMPLEX, "ComplexHalf", "torch.complex64"),
        _NameOnly("float4_e2m1fn_x2", 1, FLOATING, "Float4_e2m1fn_x2", "torch.float8_e4m3fn"),
        _NameOnly("qint8", 1, INTEGRAL, "QInt8", "torch.int8 and a scale of your own"),
        _NameOnly("quint8", 1, INTEGRAL, "QUInt8", "torch.uint8 and a scale of your own"),
        _NameOnly("qint32", 4, INTEGRAL, "QInt32", "torch.int32 and a scale of your own"),
        _NameOnly("quint4x2", 1, INTEGRAL, "QUInt4x2", "torch.uint8 and a scale of your own"),
        _NameOnly("quint2x4", 1, INTEGRAL, "QUInt2x4", "torch.uint8 and a scale of your own"),
        _NameOnly("bits1x8", 1, INTEGRAL, "Bits1x8", "torch.uint8"),
        _NameOnly("bits2x4", 1, INTEGRAL, "Bits2x4", "torch.uint8"),
        _NameOnly("bits4x2", 1, INTEGRAL, "Bits4x2", "torch.uint8"),
        _NameOnly("bits8", 1, INTEGRAL, "Bits8", "torch.uint8"),
        _NameOnly("bits16", 2, INTEGRAL, "Bits16", "torch.uint16"),
    )
}
ALIASES = {
    "bit": NAME_ONLY["uint1"],
    "chalf": NAME_ONLY["complex32"],
    "float": float32,
    "double": float64,
    "half": float16,
    "short": int16,
    "int": int32,
    "long": int64,
    "cfloat": complex64,
    "cdouble": complex128,
}
FROM_NUMPY: dict[np.dtype, dtype] = {d.numpy_dtype: d for d in DTYPES.values()}
LOW_PRECISION = frozenset((float16, bfloat16))
_TO_REAL = {complex64: float32, complex128: float64}


def from_numpy_dtype(numpy_dtype) -> dtype:
    """The torch dtype of a NumPy (or JAX) dtype; TypeError as `torch.from_numpy` gives."""
    given = np.dtype(numpy_dtype)
    found = FROM_NUMPY.get(given)
    if found is None and not given.isnative and given.newbyteorder("=") in FROM_NUMPY:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{given.type.__name__}. The only supported types are: float64, "
            f"float32, "
            "float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found
