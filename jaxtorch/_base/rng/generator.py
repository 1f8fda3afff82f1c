"""`HostGenerator`: the samplers of PyTorch's CPU generator over NumPy arrays, with its seeds, state and lock."""

from __future__ import annotations

import functools
import math
import secrets
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from jaxtorch._base.rng import checks, counting, discrete, gamma
from jaxtorch._base.rng.checks import ALL_FLOATS, BOOL, COMPLEX, INTEGERS, require
from jaxtorch._base.rng.continuous import fill_cauchy, fill_exponential, fill_geometric
from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.integers import fill_between, fill_unbounded
from jaxtorch._base.rng.normal import fill_normal, fill_singly
from jaxtorch._base.rng.permutation import permutation
from jaxtorch._base.rng.rounding import BF16, F16, F32, F64, FLOATS, from_float32, from_float64
from jaxtorch._base.rng.uniform import fill_uniform

DEFAULT_SEED = 67280421310721  # c10's default_rng_seed_val

Shape = int | tuple[int, ...]
_Method = TypeVar("_Method", bound=Callable[..., Any])
_REAL = (*FLOATS, *INTEGERS)


def _locked(method: _Method) -> _Method:
    """Run a method under the generator's lock: two threads' draws never interleave."""

    @functools.wraps(method)
    def run(self, *args, **kwargs):
        with self._lock:
            result = method(self, *args, **kwargs)
        if watch.draws is not None:
            watch.draws.append(Draw(self, method.__name__, args, kwargs, result))
        return result

    return run  # type: ignore[return-value]


class Draw(NamedTuple):
    """One call of a generator, and what it gave."""

    generator: HostGenerator
    method: str
    args: tuple
    kwargs: dict[str, Any]
    result: Any

    def again(self) -> Any:
        """The same call, which draws the numbers that come next."""
        return getattr(self.generator, self.method)(*self.args, **self.kwargs)


class _Watch(threading.local):
    draws: list[Draw] | None = None  # where this thread's calls are noted, while somebody wants to know


watch = _Watch()


class HostGenerator:
    """A stream of random numbers equal, bit for bit, to that of a PyTorch CPU generator with the same seed.

    Samplers return arrays filled in memory order, which is the order PyTorch fills a tensor in. A shape is an int or a
    tuple. Wrong arguments raise what PyTorch raises, before anything is drawn.

        >>> HostGenerator().manual_seed(0).uniform(2)
        array([0.4962566, 0.7682218], dtype=float32)
    """

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._lock = threading.RLock()
        self._engine = MersenneTwister(_unsigned(seed))

    # ----- seeds and state -----

    @_locked
    def manual_seed(self, seed: int) -> HostGenerator:
        """Restart the stream from a seed in [-2**63, 2**64), a negative one counting from 2**64; ValueError else."""
        self._engine.reseed(_unsigned(seed))
        return self

    def seed(self) -> int:
        """Restart the stream from a seed the system's entropy gives, and return it."""
        value = secrets.randbits(64)
        self.manual_seed(value)
        return value

    def initial_seed(self) -> int:
        """The seed the stream started from."""
        return self._engine.seed_value

    @_locked
    def get_state(self) -> np.ndarray:
        """The position in the stream as 5056 uint8, in the layout of `torch.get_rng_state()`."""
        return self._engine.pack()

    @_locked
    def set_state(self, state: np.ndarray) -> HostGenerator:
        """Take up a position that this or PyTorch's `get_state` gave; RuntimeError for other bytes."""
        self._engine.unpack(state)
        return self

    def clone(self) -> HostGenerator:
        """A new generator at the same position."""
        return _at(self.get_state())

    def __reduce__(self):
        return _at, (self.get_state(),)

    # ----- reals -----

    @_locked
    def uniform(self, shape: Shape, low: float = 0.0, high: float = 1.0, dtype=F32) -> np.ndarray:
        """Numbers in [low, high) of a float or complex dtype: `rand`, `uniform_`."""
        out, parts = _empty(shape, dtype)
        checks.uniform_bounds(low, high, parts.dtype)
        fill_uniform(self._engine, parts, float(low), float(high))
        return out

    @_locked
    def normal(self, shape: Shape, mean: float = 0.0, std: float = 1.0, dtype=F32, contiguous=True) -> np.ndarray:
        """Normals of a float or complex dtype: `randn`, `normal_`.

        PyTorch fills a non-contiguous tensor in another way than a contiguous one; contiguous says which is wanted.
        """
        if not std >= 0.0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        out, parts = _empty(shape, dtype)
        if not parts.size:
            return out
        require(parts.dtype, FLOATS, "normal_kernel_cpu")
        if out.dtype in COMPLEX:
            std = std / math.sqrt(2.0)  # each part has half the variance
        fill_normal(self._engine, parts, float(mean), float(std), contiguous)
        return out

    @_locked
    def normal_tensor(self, mean: np.ndarray | float, std: np.ndarray | float) -> np.ndarray:
        """`torch.normal` with a mean and a standard deviation an element, broadcast; the dtype is the mean's.

        At least one of the two is an array. The dtype is that of std where the mean is a number.
        """
        if isinstance(std, np.ndarray):
            if std.dtype.kind == "c":
                raise RuntimeError("normal expects standard deviation to be non-complex")
            if not np.all(std >= 0):
                raise RuntimeError("normal expects all elements of std >= 0.0")
        model = mean if isinstance(mean, np.ndarray) else std
        assert isinstance(model, np.ndarray)
        if not isinstance(std, np.ndarray):
            out = self.normal(model.shape, 0.0, std, model.dtype)
        else:
            out = self.normal(np.broadcast_shapes(np.shape(mean), std.shape), 0.0, 1.0, model.dtype)
            out = _combine(np.multiply, out, std)
        return _combine(np.add, out, mean if isinstance(mean, np.ndarray) else np.asarray(mean, out.dtype))

    @_locked
    def exponential(self, shape: Shape, rate: float = 1.0, dtype=F32) -> np.ndarray:
        """`exponential_(rate)`."""
        if not rate > 0.0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
        out = np.empty(shape, dtype)
        if out.size:
            _continuous("Exponential", out.dtype, checks.scalar_name)
            require(out.dtype, FLOATS, "exponential_cpu")
            fill_exponential(self._engine, out.reshape(-1), float(rate))
        return out

    @_locked
    def cauchy(self, shape: Shape, median: float = 0.0, sigma: float = 1.0, dtype=F32) -> np.ndarray:
        """`cauchy_(median, sigma)`."""
        if not sigma > 0.0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
        out = np.empty(shape, dtype)
        _continuous("Cauchy", out.dtype, checks.c_name)
        require(out.dtype, FLOATS, "cauchy_cpu")
        endless = math.isinf(median)
        fill_cauchy(self._engine, out.reshape(-1), 0.0 if endless else float(median), float(sigma))
        if endless:  # the numbers drawn move it nowhere
            out.fill(median)
        return out

    @_locked
    def log_normal(self, shape: Shape, mean: float = 1.0, std: float = 2.0, dtype=F32) -> np.ndarray:
        """`log_normal_(mean, std)`."""
        if not std > 0.0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
        out = np.empty(shape, dtype)
        if out.size:
            require(out.dtype, FLOATS, "log_normal_cpu")
            with np.errstate(over="ignore"):
                fill_singly(self._engine, out.reshape(-1), float(mean), float(std), log=True)
        return out

    @_locked
    def standard_gamma(self, alpha: np.ndarray) -> np.ndarray:
        """`torch._standard_gamma`: a Gamma(alpha, 1) number an element. About 3 us each: a loop in Python."""
        require(alpha.dtype, (F32, F64), "gamma_cpu")
        return gamma.standard_gamma(self._engine, alpha.reshape(-1)).reshape(alpha.shape)

    @_locked
    def dirichlet(self, alpha: np.ndarray) -> np.ndarray:
        """`torch._sample_dirichlet` over the last dimension. A loop in Python, as `standard_gamma`.

        In float64 the last bits may differ: PyTorch's sum over a row adds in an order that depends on the processor.
        """
        require(alpha.dtype, (F32, F64), "dirichlet")
        return gamma.dirichlet(self._engine, alpha)

    # ----- integers -----

    @_locked
    def randint(self, low: int, high: int, shape: Shape, dtype=np.int64) -> np.ndarray:
        """Integers in [low, high), of any real dtype."""
        out = np.empty(shape, dtype)
        fill_between(self._engine, out.reshape(-1), low, high)
        return out

    @_locked
    def random(self, shape: Shape, dtype=np.int64, low: int | None = None, high: int | None = None) -> np.ndarray:
        """`random_`: without bounds, or from low up to high, or to the dtype's end where only low is given."""
        out = np.empty(shape, dtype)
        if low is None:
            if out.size:
                fill_unbounded(self._engine, out.reshape(-1))
        else:
            fill_between(self._engine, out.reshape(-1), low, high)
        return out

    @_locked
    def randperm(self, n: int, dtype=np.int64) -> np.ndarray:
        """A random order of range(n)."""
        dtype = np.dtype(dtype)
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
        checks.countable(n, dtype)
        require(dtype, _REAL, "randperm")
        order = permutation(self._engine, n)
        if dtype in FLOATS and dtype != F64:
            return from_float32(order.astype(F32), dtype)
        return order.astype(dtype, copy=False)

    # ----- choices -----

    @_locked
    def bernoulli(self, shape: Shape, p: float, dtype=F32) -> np.ndarray:
        """`bernoulli_(p)` with a number: ones with probability p, of any real dtype."""
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        out = np.empty(shape, dtype)
        if out.size:
            require(out.dtype, (*_REAL, BOOL), "bernoulli_scalar_cpu_")
            discrete.fill_bernoulli(self._engine, out.reshape(-1), float(p))
        return out

    @_locked
    def bernoulli_tensor(self, p: np.ndarray, dtype=None) -> np.ndarray:
        """`torch.bernoulli(p)`: a probability an element; `bernoulli_(p)` of a dtype where one is given."""
        out = np.empty(p.shape, p.dtype if dtype is None else dtype)
        if out.size:
            require(out.dtype, (*_REAL, BOOL), "bernoulli_tensor_cpu_self_")
            require(p.dtype, FLOATS, "bernoulli_tensor_cpu_p_")
            discrete.fill_bernoulli_each(self._engine, out.reshape(-1), p.reshape(-1))
        return out

    def dropout_mask(self, shape: Shape, p: float) -> np.ndarray:
        """What `F.dropout(x, p)` keeps, as bool. It draws nothing, and needs no mask, for p of 0 or 1 or an empty x."""
        return self.bernoulli(shape, 1.0 - p, np.bool_)

    @_locked
    def geometric(self, shape: Shape, p: float, dtype=F32) -> np.ndarray:
        """`geometric_(p)`: trials up to the first success, of any real dtype."""
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
        out = np.empty(shape, dtype)
        if out.size:
            require(out.dtype, _REAL, "geometric_cpu")
            fill_geometric(self._engine, out.reshape(-1), float(p))
        return out

    @_locked
    def multinomial(self, weights: np.ndarray, count: int, replacement: bool = False) -> np.ndarray:
        """`torch.multinomial`: count indices for one row of weights or for each of several, as int64."""
        return discrete.multinomial(self._engine, weights, count, replacement)

    @_locked
    def poisson(self, rate: np.ndarray) -> np.ndarray:
        """`torch.poisson`: a count for each rate. About 1 us each: a loop in Python."""
        require(rate.dtype, FLOATS, "poisson_cpu")
        return from_float64(counting.poisson(self._engine, rate.reshape(-1)), rate.dtype).reshape(rate.shape)

    @_locked
    def binomial(self, count: np.ndarray, p: np.ndarray) -> np.ndarray:
        """`torch.binomial` of two arrays of one dtype and shape. About 2 us each: a loop in Python.

        In float32, where a count * p below 10 takes libm's float32 `log1p`, NumPy's stands in for it.
        """
        require(count.dtype, (F32, F64), "binomial_cpu")
        drawn = counting.binomial(self._engine, count.reshape(-1), p.reshape(-1))
        return drawn.astype(count.dtype).reshape(count.shape)


def _at(state: np.ndarray) -> HostGenerator:
    return HostGenerator(0).set_state(state)


def _unsigned(seed: int) -> int:
    if not -(1 << 63) <= seed < 1 << 64:
        raise ValueError("Overflow when unpacking long long")
    return seed % (1 << 64)


def _continuous(name: str, dtype: np.dtype, spell: Callable[[np.dtype], str]) -> None:
    if dtype not in ALL_FLOATS:
        raise RuntimeError(f"{name} distribution is a continuous probability distribution. dtype must be a floating "
                           f"point but you specified {spell(dtype)}")  # fmt: skip


def _empty(shape: Shape, dtype) -> tuple[np.ndarray, np.ndarray]:
    """A new array and the flat real numbers it is made of."""
    out = np.empty(shape, dtype)
    flat = out.reshape(-1)
    part = COMPLEX.get(flat.dtype)
    return out, flat if part is None else flat.view(part)


def _combine(ufunc: np.ufunc, out: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`out.mul_(other)` or `out.add_(other)` in PyTorch's precision: a 0-d array does not widen, a longer one may."""
    if out.dtype in (F16, BF16):
        wide = F32 if other.ndim == 0 or other.dtype != F64 else F64
        result = ufunc(out.astype(wide), other.astype(wide))
        return from_float64(result, out.dtype) if wide == F64 else from_float32(result, out.dtype)
    if other.ndim == 0:
        other = other.astype(out.dtype)
    return ufunc(out, other).astype(out.dtype, copy=False)


# The stream of the calls that name no generator. PyTorch seeds it from the system's entropy.
default_generator = HostGenerator(secrets.randbits(64))
