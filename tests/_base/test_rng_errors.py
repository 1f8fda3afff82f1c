"""What the host generator refuses, in PyTorch's words."""

import ml_dtypes
import numpy as np
import pytest

from jaxtorch._base.rng import HostGenerator

F16, I64, C64, U8 = np.float16, np.int64, np.complex64, np.uint8

REFUSED = [
    ("uniform", (3, 2, 1), {}, RuntimeError, "uniform_ expects to return a [from, to) range, but found from=2 > to=1"),
    ("uniform", (0, 2, 1), {}, RuntimeError, "uniform_ expects to return a [from, to) range, but found from=2 > to=1"),
    ("uniform", (3, 0, 1e6, F16), {}, RuntimeError, "to is out of bounds for c10::Half"),
    ("uniform", (3, float("nan"), 1), {}, RuntimeError, "from is out of bounds for float"),
    ("uniform", (3, -3e38, 3e38), {}, RuntimeError,
     "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result "
     "in to-from to exceed the limit"),
    ("uniform", (3,), {"dtype": I64}, NotImplementedError, "\"check_uniform_bounds\" not implemented for 'Long'"),
    ("uniform", (3,), {"dtype": ml_dtypes.float8_e5m2}, NotImplementedError,
     "\"check_uniform_bounds\" not implemented for 'Float8_e5m2'"),
    ("normal", (3, 0, -1), {}, RuntimeError, "normal expects std >= 0.0, but found std -1"),
    ("normal", (3,), {"dtype": np.bool_}, NotImplementedError, "\"normal_kernel_cpu\" not implemented for 'Bool'"),
    ("normal_tensor", (np.ones(2), -np.ones(2)), {}, RuntimeError, "normal expects all elements of std >= 0.0"),
    ("normal_tensor", (np.ones(2), np.ones(2, C64)), {}, RuntimeError,
     "normal expects standard deviation to be non-complex"),
    ("exponential", (3, 0.0), {}, RuntimeError, "exponential_ expects lambda > 0.0, but found lambda=0"),
    ("exponential", (3,), {"dtype": C64}, RuntimeError,
     "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
     "specified ComplexFloat"),
    ("cauchy", (3, 0.0, 0.0), {}, RuntimeError, "cauchy_ expects sigma > 0.0, but found sigma=0"),
    ("cauchy", (3,), {"dtype": I64}, RuntimeError,
     "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified "
     "long int"),
    ("log_normal", (3, 0.0, 0.0), {}, RuntimeError, "log_normal_ expects std > 0.0, but found std=0"),
    ("log_normal", (3,), {"dtype": I64}, NotImplementedError, "\"log_normal_cpu\" not implemented for 'Long'"),
    ("geometric", (3, 1.0), {}, RuntimeError, "geometric_ expects p to be in (0, 1), but got p=1"),
    ("geometric", (3, 0.5, np.bool_), {}, NotImplementedError, "\"geometric_cpu\" not implemented for 'Bool'"),
    ("bernoulli", (3, -0.1), {}, RuntimeError, "bernoulli_ expects p to be in [0, 1], but got p=-0.1"),
    ("bernoulli", (3, 0.1, C64), {}, NotImplementedError,
     "\"bernoulli_scalar_cpu_\" not implemented for 'ComplexFloat'"),
    ("bernoulli_tensor", (np.array([0.1, 1.5]),), {}, RuntimeError,
     "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, "
     "please report an enhancement request to PyTorch.)"),
    ("bernoulli_tensor", (np.array([1, 0]),), {}, NotImplementedError,
     "\"bernoulli_tensor_cpu_p_\" not implemented for 'Long'"),
    ("randint", (5, 5, 3), {}, RuntimeError, "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"),
    ("randint", (0, 300, 3, U8), {}, RuntimeError, "to - 1 is out of bounds for unsigned char"),
    ("randint", (-1, 3, 3, U8), {}, RuntimeError, "from is out of bounds for unsigned char"),
    ("randint", (0, 3, 3, np.bool_), {}, RuntimeError, "to - 1 is out of bounds for bool"),
    ("randint", (0, 1 << 40, 3, np.int16), {}, RuntimeError, "to - 1 is out of bounds for short int"),
    ("randint", (0, 1 << 20, 3, F16), {}, RuntimeError, "to - 1 is out of bounds for c10::Half"),
    ("randint", (0, 3, 3, C64), {}, RuntimeError,
     "check_random_bounds handles only integral, floating-point and boolean types"),
    ("random", (3, C64), {}, NotImplementedError, "\"random_kernel_cpu\" not implemented for 'ComplexFloat'"),
    ("random", (3, np.float32, 1 << 24), {}, RuntimeError,
     "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to dtype, but got "
     "from=16777216 > to_inc=16777216"),
    ("random", (3, np.int32, -(1 << 63)), {}, RuntimeError,
     "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16"),
    ("random", (3, np.uint64, 0), {}, RuntimeError, "to - 1 is out of bounds for long unsigned int"),
    ("randperm", (-1,), {}, RuntimeError, "Trying to create tensor with negative dimension -1: [-1]"),
    ("randperm", (300, U8), {}, RuntimeError, "value cannot be converted to type uint8_t without overflow"),
    ("randperm", (3000, F16), {}, RuntimeError, "n cannot be greater than 2049 for Half type."),
    ("randperm", (5, np.bool_), {}, NotImplementedError, "\"randperm\" not implemented for 'Bool'"),
    ("multinomial", (np.ones(2), 3), {}, RuntimeError,
     "cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
    ("multinomial", (np.ones(2), 0), {}, RuntimeError, "cannot sample n_sample <= 0 samples"),
    ("multinomial", (np.ones((2, 2, 2)), 1), {}, RuntimeError, "prob_dist must be 1 or 2 dim"),
    ("multinomial", (np.ones(2, I64), 1), {}, RuntimeError,
     "multinomial only supports floating-point dtypes for input, got: Long"),
    ("multinomial", (np.array([0.5, -0.5]), 1), {}, RuntimeError,
     "probability tensor contains either `inf`, `nan` or element < 0"),
    ("multinomial", (np.array([0.5, -0.5]), 2, True), {}, RuntimeError,
     "invalid multinomial distribution (encountering probability entry < 0)"),
    ("multinomial", (np.array([0.5, np.inf]), 2, True), {}, RuntimeError,
     "invalid multinomial distribution (encountering probability entry = infinity or NaN)"),
    ("multinomial", (np.zeros(2), 2, True), {}, RuntimeError,
     "invalid multinomial distribution (sum of probabilities <= 0)"),
    ("poisson", (np.array([1.0, -2.0]),), {}, RuntimeError,
     "invalid Poisson rate, expected rate to be non-negative"),
    ("standard_gamma", (np.ones(2, F16),), {}, NotImplementedError, "\"gamma_cpu\" not implemented for 'Half'"),
    ("binomial", (np.ones(2, F16), np.ones(2, F16)), {}, NotImplementedError,
     "\"binomial_cpu\" not implemented for 'Half'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "args", "kwargs", "kind", "message"), REFUSED)
def test_refused_as_pytorch_refuses(call, args, kwargs, kind, message):
    generator = HostGenerator(1)
    with pytest.raises(kind) as caught:
        getattr(generator, call)(*args, **kwargs)
    assert type(caught.value) is kind
    assert str(caught.value) == message
    # Nothing is drawn, but for the one check that PyTorch too makes number by number.
    if call != "poisson":
        assert np.array_equal(generator.get_state(), HostGenerator(1).get_state())


def test_bounds_a_float_dtype_cannot_count_to_are_warned_of():
    generator = HostGenerator(0)
    with pytest.warns(UserWarning, match=r"to - 1 is out of bounds \[-\(2\^11\), 2\^11\]. Due to precision"):
        drawn = generator.randint(0, 65504, 3, F16)
    assert drawn.tolist() == [13104.0, 42144.0, 30576.0]


def test_permutations_beyond_the_32_bit_draw_are_refused():
    with pytest.raises(NotImplementedError, match="randperm of 214748364 or more"):
        HostGenerator(0).randperm(1 << 28)
