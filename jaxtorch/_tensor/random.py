"""Random tensors: draws from the host stream (PyTorch's CPU generator, bit for bit), which enter programs as leaves.

Tensors are filled in memory order, as PyTorch's kernels do. Under a JAX trace the draw is a constant of that trace.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._base.batching import active
from jaxtorch._base.devices import CPU, META
from jaxtorch._base.devices import device as device_
from jaxtorch._base.modes import defaults, modes
from jaxtorch._base.rng import HostGenerator, default_generator
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.shape import check_size
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.arguments import as_device, as_dtype, check_tensors, floating, integer, integers
from jaxtorch._tensor.batched import check_randomness, drawn
from jaxtorch._tensor.construct import array_value, current_device, from_array, requiring
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.layouts import preserve_format
from jaxtorch._tensor.out import write_made, write_out
from jaxtorch._tensor.view_methods import normal as normal_strides
from jaxtorch._tensor.view_methods import spread


class Generator:
    """A source of random numbers with a state of its own: `torch.Generator()`."""

    def __init__(self, device: Any = "cpu", *, host: HostGenerator | None = None) -> None:
        self.device = CPU if device is None else as_device(device)
        self._host = host or HostGenerator()

    def manual_seed(self, seed: Any) -> Generator:
        """Restart the stream from a seed."""
        self._host.manual_seed(integer(seed, "manual_seed", "seed"))
        return self

    def seed(self) -> int:
        """Restart from a seed of the system's, which is given back."""
        return self._host.seed()

    def initial_seed(self) -> int:
        """The seed the stream was last started from."""
        return self._host.initial_seed()

    def get_state(self) -> Any:
        """The state as a byte tensor, in PyTorch's own layout."""
        return from_array(self._host.get_state(), dtypes.uint8)

    def set_state(self, new_state: Any) -> None:
        """Take up a state that `get_state` gave, here or in PyTorch."""
        if not isinstance(new_state, Variable) or new_state._aval.dtype is not dtypes.uint8:
            kind = type(new_state).__name__ if not isinstance(new_state, Variable) else f"{new_state._aval.dtype}"
            raise TypeError(f"expected a torch.ByteTensor, but got {kind}")
        self._host.set_state(np.array(host_array(new_state)))

    def clone_state(self) -> Generator:
        """A generator at the same position."""
        return Generator(self.device, host=self._host.clone())

    def __getstate__(self) -> Any:
        return self._host.get_state()

    def __setstate__(self, state: Any) -> None:
        self.device, self._host = CPU, HostGenerator().set_state(state)


default = Generator(host=default_generator)


def host_of(generator: Any, each_example: bool = False) -> HostGenerator:
    """The stream of a `generator=` argument; `each_example`: the caller draws for each example of a `vmap`."""
    if active.levels:
        check_randomness(each_example)
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator._host


# ----- Factories -----


def _made(array: np.ndarray, dtype: dtypes.dtype, dev: device_, requires_grad: bool, out: Any, name: str) -> Any:
    made = from_array(array, dtype, dev)
    if out is not None:
        return write_made(name, out, made)
    return requiring(made, requires_grad)


def _options(dtype: Any, device: Any, out: Any, default_dtype: dtypes.dtype) -> tuple[dtypes.dtype, device_]:
    wanted = as_dtype(dtype) if dtype is not None else out._aval.dtype if out is not None else default_dtype
    return wanted, current_device(None if device is None else as_device(device))


def _drawn_factory(name: str, draw: Any, doc: str) -> Any:
    def factory(
        *size: Any,
        generator: Any = None,
        out: Any = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        names: Any = None,
    ) -> Any:
        shape = integers(spread(size), 0, name, "size", 1) if size else ()
        check_size(shape)
        wanted, dev = _options(dtype, device, out, defaults.dtype)
        if dev is META:
            return _made(np.zeros(shape), wanted, dev, requires_grad, out, name)
        host = host_of(generator, True)
        return drawn(lambda s: _made(draw(host, s, wanted), wanted, dev, requires_grad, out, name), shape)

    factory.__name__ = factory.__qualname__ = name

    def with_size(*args: Any, size: Any = None, **options: Any) -> Any:
        return factory(*(args if size is None else (size,)), **options)

    with_size.__name__ = with_size.__qualname__ = name
    with_size.__doc__ = doc
    return with_size


def _uniform(host: HostGenerator, shape: Any, dtype: dtypes.dtype) -> np.ndarray:
    return host.uniform(shape, dtype=dtype.numpy_dtype)


def _normal(host: HostGenerator, shape: Any, dtype: dtypes.dtype) -> np.ndarray:
    return host.normal(shape, dtype=dtype.numpy_dtype)


rand = _drawn_factory("rand", _uniform, "Numbers drawn uniformly from [0, 1).")
randn = _drawn_factory("randn", _normal, "Numbers drawn from the standard normal distribution.")


def _ordered(shape: Any, strides: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape in memory order, and the axes that bring it back."""
    order = tuple(sorted(range(len(shape)), key=lambda d: (-strides[d], d)))
    return tuple(shape[d] for d in order), tuple(int(d) for d in np.argsort(order))


def _like(input: Any, draw: Any, dtype: Any, device: Any, requires_grad: bool, memory_format: Any) -> Any:
    wanted = input._aval.dtype if dtype is None else as_dtype(dtype)
    dev = input._aval.device if device is None else as_device(device)
    shape = tuple(input._aval.shape)
    strides = input._strides if memory_format in (None, preserve_format) else None
    if dev is META:
        return from_array(np.zeros(shape), wanted, dev)
    if strides is None or active.levels or any(s == 0 for s in strides):
        return drawn(lambda s: _made(draw(s, wanted), wanted, dev, requires_grad, None, ""), shape)
    memory, back = _ordered(shape, strides)
    out = from_array(np.transpose(draw(memory, wanted), back), wanted, dev)
    dense = np.empty(memory, np.int8)
    out._strides = out._storage.strides = normal_strides(shape, tuple(np.transpose(dense, back).strides))
    return requiring(out, requires_grad)


def rand_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Uniform numbers in the shape of `input`."""
    check_tensors("rand_like", input=input)
    host = host_of(generator, True)
    return _like(input, lambda shape, kind: _uniform(host, shape, kind), dtype, device, requires_grad, memory_format)


def randn_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Standard normal numbers in the shape of `input`."""
    check_tensors("randn_like", input=input)
    host = host_of(generator, True)
    return _like(input, lambda shape, kind: _normal(host, shape, kind), dtype, device, requires_grad, memory_format)


def _bounds(args: tuple, low: Any, high: Any, size: Any, name: str) -> tuple[int, int, Any]:
    given = list(args)
    if size is None and given and isinstance(given[-1], (tuple, list)):
        size = given.pop()
    if high is None:
        high = given.pop()
    if low is None:
        low = given.pop() if given else 0
    return integer(low, name, "low"), integer(high, name, "high"), size


def randint(
    *args: Any,
    low: Any = None,
    high: Any = None,
    size: Any = None,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Integers drawn uniformly from [low, high): `randint(high, size)` or `randint(low, high, size)`."""
    first, last, shape = _bounds(args, low, high, size, "randint")
    if shape is None:
        raise TypeError("randint() received an invalid combination of arguments: 'size' is missing")
    wanted, dev = _options(dtype, device, out, dtypes.int64)
    if first >= last:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={first} >= to={last}")
    host, size = host_of(generator, True), integers(shape, 0, "randint", "size")
    check_size(size)

    def make(s: tuple) -> Any:
        return _made(host.randint(first, last, s, wanted.numpy_dtype), wanted, dev, requires_grad, out, "randint")

    return drawn(make, size)


def randint_like(
    input: Any,
    *args: Any,
    low: Any = None,
    high: Any = None,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Integers from [low, high) in the shape and dtype of `input`."""
    check_tensors("randint_like", input=input)
    first, last, _ = _bounds(args, low, high, (), "randint_like")
    host = host_of(generator, True)
    return _like(
        input,
        lambda shape, kind: host.randint(first, last, shape, kind.numpy_dtype),
        dtype,
        device,
        requires_grad,
        memory_format,
    )


def randperm(
    n: Any,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The integers below `n` in random order."""
    wanted, dev = _options(dtype, device, out, dtypes.int64)
    array = host_of(generator).randperm(integer(n, "randperm", "n", 1), wanted.numpy_dtype)
    return _made(array, wanted, dev, requires_grad, out, "randperm")


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Normal numbers with a mean and a standard deviation per element, or one of each and a `size`."""
    host = host_of(generator)
    if size is not None or not (isinstance(mean, Variable) or isinstance(std, Variable)):
        wanted, dev = _options(dtype, device, out, defaults.dtype)
        shape = integers(() if size is None else size, 1, "normal", "size")
        check_size(shape)
        if out is not None and out._aval.dtype is not wanted:
            raise RuntimeError(
                f"dtype {wanted.scalar_name} does not match dtype of out parameter ({out._aval.dtype.scalar_name})"
            )
        array = host.normal(shape, floating(mean), floating(std), wanted.numpy_dtype)
        return _made(array, wanted, dev, requires_grad, out, "normal")
    sources = [x for x in (mean, std) if isinstance(x, Variable)]
    if out is not None and len(sources) == 1:  # PyTorch adds the mean in place
        broadcast_shapes(tuple(sources[0]._aval.shape), tuple(out._aval.shape))
    if len(sources) == 2:
        broadcast_shapes(tuple(mean._aval.shape), tuple(std._aval.shape))
    array = host.normal_tensor(
        *[np.asarray(host_array(x)) if isinstance(x, Variable) else float(x) for x in (mean, std)]
    )
    made = from_array(array, sources[0]._aval.dtype, CPU)
    return write_out("normal", out, made) if out is not None else _from_sources("normal", made, sources)


# ----- Draws that depend on tensors -----


def _from_sources(name: str, drawn: Any, sources: list) -> Any:
    """Draws from distributions given by tensors have a gradient: zero."""
    if not (modes.grad and any(x._rg for x in sources)):
        return drawn
    return tape.apply(TABLE[f"_{name}_drawn"], [drawn, *sources], (), ("v", ("v",) * len(sources)))


def bernoulli(input: Any, p: Any = None, *, generator: Any = None, out: Any = None) -> Any:
    """Ones with the probabilities in `input` (or with probability `p`)."""
    host, kind = host_of(generator), input._aval.dtype
    if p is not None:
        return from_array(host.bernoulli(tuple(input._aval.shape), floating(p), kind.numpy_dtype), kind)
    probabilities = np.array(host_array(input))
    if probabilities.size and not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  "
            "If so, please report an enhancement request to PyTorch.)"
        )
    made = _made(host.bernoulli_tensor(probabilities), kind, input._aval.device, False, out, "bernoulli")
    return made if out is not None else _from_sources("bernoulli", made, [input])


def multinomial(
    input: Any, num_samples: Any, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Indices drawn from each row of weights."""
    if input._aval.dtype.category != dtypes.FLOATING:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {input._aval.dtype.scalar_name}"
        )
    if out is not None and out._aval.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out._aval.dtype.scalar_name}")
    weights, count = host_array(input), integer(num_samples, "multinomial", "num_samples", 2)
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    array = host_of(generator).multinomial(weights, count, bool(replacement))
    return _made(array, dtypes.int64, input._aval.device, False, out, "multinomial")


def poisson(input: Any, generator: Any = None) -> Any:
    """Counts with the rates in `input`."""
    made = from_array(host_of(generator).poisson(np.array(host_array(input))), input._aval.dtype)
    return _from_sources("poisson", made, [input])


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """Successes out of `count` trials of probability `prob`."""
    counts, chances = np.broadcast_arrays(host_array(count), host_array(prob))
    return from_array(host_of(generator).binomial(np.array(counts), np.array(chances)), count._aval.dtype)


# ----- In-place samplers -----


def _fill(target: Any, draw: Any) -> Any:
    """Write `draw(shape in memory order)` into a tensor."""
    inplace.check_writable(target)
    shape, strides, kind = tuple(target._aval.shape), target._strides, target._aval.dtype
    if target._aval.device is META:
        return target
    if strides is None:
        array = draw(shape)
    else:
        memory, back = _ordered(shape, strides)
        array = np.transpose(draw(memory), back)
    inplace.write(target, array_value(array, kind, target._aval.device), None)
    return target


class RandomMethods:
    """In-place samplers of Tensor."""

    __slots__ = ()

    def uniform_(self: Any, from_: Any = 0.0, to: Any = 1.0, *, generator: Any = None, **bounds: Any) -> Any:
        """Fill with numbers drawn uniformly from [from, to)."""
        low, high, host, kind = floating(bounds.get("from", from_)), floating(to), host_of(generator), self._aval.dtype
        return _fill(self, lambda shape: host.uniform(shape, low, high, kind.numpy_dtype))

    def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0, *, generator: Any = None) -> Any:
        """Fill with normal numbers."""
        middle, spread_, host, kind = floating(mean), floating(std), host_of(generator), self._aval.dtype
        whole = self._strides is None
        return _fill(self, lambda shape: host.normal(shape, middle, spread_, kind.numpy_dtype, whole))

    def random_(self: Any, from_: Any = None, to: Any = ..., *, generator: Any = None, **bounds: Any) -> Any:
        """Fill with integers: of the dtype's whole range, from [0, to), from [from, to), or from `from` on."""
        low, high, host, kind = bounds.get("from", from_), to, host_of(generator), self._aval.dtype
        if high is ...:
            low, high = (low, None) if low is None or "from" in bounds else (0, low)
        if low is None and high is not None:
            low = 0
        if low is not None and high is not None and low >= high:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
        return _fill(self, lambda shape: host.random(shape, kind.numpy_dtype, low, high))

    def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
        """Fill with ones of probability `p` (a number or a tensor)."""
        host, kind = host_of(generator), self._aval.dtype
        if isinstance(p, Variable):
            chances = np.broadcast_to(host_array(p), tuple(self._aval.shape))
            return _fill(self, lambda shape: host.bernoulli_tensor(np.array(chances).reshape(shape), kind.numpy_dtype))
        chance = floating(p)
        return _fill(self, lambda shape: host.bernoulli(shape, chance, kind.numpy_dtype))

    def exponential_(self: Any, lambd: Any = 1.0, *, generator: Any = None) -> Any:
        """Fill with exponentially distributed numbers."""
        rate, host, kind = floating(lambd), host_of(generator), self._aval.dtype
        return _fill(self, lambda shape: host.exponential(shape, rate, kind.numpy_dtype))

    def cauchy_(self: Any, median: Any = 0.0, sigma: Any = 1.0, *, generator: Any = None) -> Any:
        """Fill with Cauchy distributed numbers."""
        middle, width, host, kind = floating(median), floating(sigma), host_of(generator), self._aval.dtype
        return _fill(self, lambda shape: host.cauchy(shape, middle, width, kind.numpy_dtype))

    def log_normal_(self: Any, mean: Any = 1.0, std: Any = 2.0, *, generator: Any = None) -> Any:
        """Fill with numbers whose logarithm is normal."""
        middle, width, host, kind = floating(mean), floating(std), host_of(generator), self._aval.dtype
        return _fill(self, lambda shape: host.log_normal(shape, middle, width, kind.numpy_dtype))

    def geometric_(self: Any, p: Any, *, generator: Any = None) -> Any:
        """Fill with the number of trials up to the first success."""
        chance, host, kind = floating(p), host_of(generator), self._aval.dtype
        return _fill(self, lambda shape: host.geometric(shape, chance, kind.numpy_dtype))

    def multinomial(self: Any, num_samples: Any, replacement: bool = False, *, generator: Any = None) -> Any:
        """Indices drawn from each row of weights."""
        return multinomial(self, num_samples, replacement, generator=generator)

    def bernoulli(self: Any, p: Any = None, *, generator: Any = None) -> Any:
        """Ones with the probabilities in the tensor (or with probability `p`)."""
        return bernoulli(self, p, generator=generator)


# ----- Seeds and states of the default generator -----


def manual_seed(seed: Any) -> Generator:
    """Restart the default stream from a seed, anything that `int` takes; gives the default generator."""
    return default.manual_seed(int(seed))


def seed() -> int:
    """Restart the default stream from a seed of the system's."""
    return default.seed()


def initial_seed() -> int:
    """The seed the default stream was last started from."""
    return default.initial_seed()


def get_rng_state() -> Any:
    """The default generator's state as a byte tensor."""
    return default.get_state()


def set_rng_state(new_state: Any) -> None:
    """Set the default generator's state."""
    default.set_state(new_state)


FUNCTIONS = {
    f.__name__: f
    for f in (
        rand,
        randn,
        rand_like,
        randn_like,
        randint,
        randint_like,
        randperm,
        normal,
        bernoulli,
        multinomial,
        poisson,
        binomial,
        manual_seed,
        seed,
        initial_seed,
        get_rng_state,
        set_rng_state,
    )
}
