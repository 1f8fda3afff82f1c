"""Making tensors: inference of types, legacy constructors, meta tensors, copies, conversions, random state."""

import copy
import pickle

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._base import once


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, torch.int64, ()),
        (1.5, torch.float32, ()),
        (True, torch.bool, ()),
        (1j, torch.complex64, ()),
        ([1, 2.0], torch.float32, (2,)),
        ([[1], [2]], torch.int64, (2, 1)),
        ([], torch.float32, (0,)),
        ([[]], torch.float32, (1, 0)),
        ([True, 2], torch.int64, (2,)),
        (np.float64(1.5), torch.float64, ()),
        (np.int32(3), torch.int32, ()),
        (np.arange(3), torch.int64, (3,)),
        ([np.float32(1.5), 2], torch.float32, (2,)),
        ([np.float64(1.5), np.float64(2)], torch.float64, (2,)),
        ([[np.int32(1)], [np.uint8(2)]], torch.int32, (2, 1)),
        ([torch.tensor(1, dtype=torch.int16), True], torch.int16, (2,)),
        ([np.zeros(2), np.zeros(2)], torch.float64, (2, 2)),
        (range(3), torch.int64, (3,)),
        ((1, 2), torch.int64, (2,)),
        ([torch.tensor(1), torch.tensor(2)], torch.int64, (2,)),
        ([np.arange(2), np.arange(2)], torch.int64, (2, 2)),
    ],
)
@pytest.mark.filterwarnings("ignore:Creating a tensor from a list")
def test_inference(data, dtype, shape):
    made = torch.tensor(data)
    assert made.dtype is dtype and tuple(made.shape) == shape


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: torch.tensor([[1, 2], [3]]), ValueError, "expected sequence of length 2 at dim 1 (got 1)"),
        (lambda: torch.tensor([[[1, 2]], [[3]]]), ValueError, "expected sequence of length 2 at dim 2 (got 1)"),
        (lambda: torch.tensor([[1, 2], 3]), TypeError, "not a sequence"),
        (lambda: torch.from_numpy(np.array(["a"])), TypeError, "can't convert np.ndarray of type numpy.str_."),
        (
            lambda: torch.from_numpy(np.array([1], dtype=">i4")),
            ValueError,
            "given numpy array has byte order different from the native byte order.",
        ),
        (
            lambda: torch.equal(torch.ones(2), np.ones(2)),
            TypeError,
            "equal(): argument 'other' (position 2) must be Tensor, not numpy.ndarray",
        ),
        (
            lambda: torch.allclose(torch.ones(2), np.ones(2)),
            TypeError,
            "allclose(): argument 'other' (position 2) must be Tensor, not numpy.ndarray",
        ),
        (lambda: torch.tensor("a"), TypeError, "new(): invalid data type 'str'"),
        (lambda: torch.tensor([1, None]), RuntimeError, "Could not infer dtype of NoneType"),
        (lambda: torch.tensor(2**63), ValueError, "Overflow when unpacking long long"),
        (lambda: torch.tensor(2**64), ValueError, "Overflow when unpacking long long"),
        (lambda: torch.tensor(300, dtype=torch.uint8), RuntimeError, "value cannot be converted to type uint8"),
        (lambda: torch.tensor([300.5], dtype=torch.int8), RuntimeError, "value cannot be converted to type int8"),
        (
            lambda: torch.tensor(float("nan"), dtype=torch.int32),
            RuntimeError,
            "value cannot be converted to type int32",
        ),
        (lambda: torch.tensor([1j], dtype=torch.float32), TypeError, "must be real number, not complex"),
        (
            lambda: torch.tensor([torch.ones(2)]),
            ValueError,
            "only one element tensors can be converted to Python scalars",
        ),
        (lambda: torch.Tensor(2.5), TypeError, "new(): data must be a sequence (got float)"),
        (lambda: torch.full((2,), 300, dtype=torch.uint8), RuntimeError, "value cannot be converted to type uint8_t"),
        (lambda: torch.full((2,), 1j, dtype=torch.float32), RuntimeError, "value cannot be converted to type float"),
        (lambda: torch.ones(1, dtype=torch.int32).fill_(2**40), RuntimeError, "value cannot be converted to type int"),
        (
            lambda: torch.ones(1, dtype=torch.float16).fill_(1e6),
            RuntimeError,
            "value cannot be converted to type c10::Half",
        ),
        (
            lambda: torch.tensor([1], dtype=torch.int64, requires_grad=True),
            RuntimeError,
            "Only Tensors of floating point and complex dtype can require gradients",
        ),
        (lambda: torch.rand(2, -1), RuntimeError, "Trying to create tensor with negative dimension -1: [2, -1]"),
        (lambda: torch.ones(2, foo=3), TypeError, "ones() got an unexpected keyword argument 'foo'"),
        (
            lambda: torch.ones_like([1]),
            TypeError,
            "ones_like(): argument 'input' (position 1) must be Tensor, not list",
        ),
        (lambda: torch.rand_like(3), TypeError, "rand_like(): argument 'input' (position 1) must be Tensor, not int"),
        (lambda: torch.ones(2).__delitem__(0), TypeError, "Tensor does not support deleting items"),
        (
            lambda: 1 - torch.tensor(True),
            RuntimeError,
            "Subtraction, the `-` operator, with a bool tensor is not supported.",
        ),
        (
            lambda: torch.nn.functional.linear(torch.ones(1, 2).double(), torch.ones(2, 2), torch.ones(2)),
            RuntimeError,
            "mat1 and mat2 must have the same dtype, but got Double and Float",
        ),
        (lambda: torch.empty(-1), RuntimeError, "Trying to create tensor with negative dimension -1: [-1]"),
        (lambda: torch.arange(0, 5, 0), RuntimeError, "step must be nonzero"),
        (lambda: torch.arange(0, 5, 0.5, dtype=torch.int64), ValueError, "step must be nonzero"),
        (lambda: torch.arange(0, float("inf"), dtype=torch.int64), RuntimeError, "unsupported range: 0 -> inf"),
        (lambda: torch.arange(5, 0), RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        (lambda: torch.ones(3).item(), RuntimeError, "a Tensor with 3 elements cannot be converted to Scalar"),
        (lambda: bool(torch.ones(3)), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
        (lambda: torch.from_numpy([1]), TypeError, "expected np.ndarray (got list)"),
        (lambda: torch.ones(2).foo, AttributeError, "'Tensor' object has no attribute 'foo'"),
        (lambda: int(torch.ones(2)), ValueError, "only one element tensors can be converted to Python scalars"),
    ],
)
def test_errors(make, kind, message):
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("make", "dtype", "shape", "values"),
    [
        (lambda: torch.Tensor([1, 2]), torch.float32, (2,), [1, 2]),
        (lambda: torch.Tensor(2, 3), torch.float32, (2, 3), None),
        (lambda: torch.Tensor(), torch.float32, (0,), []),
        (lambda: torch.Tensor(torch.Size([2])), torch.float32, (2,), None),
        (lambda: torch.FloatTensor([1, 2]), torch.float32, (2,), [1, 2]),
        (lambda: torch.LongTensor([1]), torch.int64, (1,), [1]),
        (lambda: torch.LongTensor(2, 2), torch.int64, (2, 2), None),
        (lambda: torch.BoolTensor([0, 1]), torch.bool, (2,), [False, True]),
        (lambda: torch.ByteTensor([255]), torch.uint8, (1,), [255]),
        (lambda: torch.HalfTensor([1.5]), torch.float16, (1,), [1.5]),
        (lambda: torch.DoubleTensor(3), torch.float64, (3,), None),
        (lambda: torch.Tensor(np.array([1, 2])), torch.float32, (2,), [1, 2]),
        (lambda: torch.ones(2).new_zeros(3), torch.float32, (3,), [0, 0, 0]),
        (lambda: torch.ones(2).new_tensor([1, 2]), torch.float32, (2,), [1, 2]),
        (lambda: torch.ones(2, dtype=torch.int32).new_full((1,), 7), torch.int32, (1,), [7]),
        (lambda: torch.arange(0, 1, 0.25), torch.float32, (4,), [0, 0.25, 0.5, 0.75]),
        (lambda: torch.full((2,), 3), torch.int64, (2,), [3, 3]),
        (lambda: torch.full((1,), True), torch.bool, (1,), [True]),
        (lambda: torch.arange(0, 2, 0.5, dtype=torch.uint8), torch.uint8, (4,), [0, 0, 0, 0]),
        (lambda: torch.arange(0.9, 5.9, 1.9, dtype=torch.int32), torch.int32, (3,), [0, 1, 2]),
        (lambda: torch.arange(0.5, 3.2, 1.7, dtype=torch.int64), torch.int64, (3,), [0, 1, 2]),
        (lambda: torch.logspace(1, 0, 4, 2.0, dtype=torch.uint8), torch.uint8, (4,), [2, 1, 1, 1]),
        (lambda: torch.linspace(0, 1, 3), torch.float32, (3,), [0, 0.5, 1]),
        (lambda: torch.eye(2, dtype=torch.bool), torch.bool, (2, 2), [[True, False], [False, True]]),
        (lambda: torch.ones_like(torch.zeros(2, dtype=torch.int8)), torch.int8, (2,), [1, 1]),
        (lambda: torch.empty(2, 0), torch.float32, (2, 0), [[], []]),
        (lambda: torch.logspace(0, 2, 3), torch.float32, (3,), [1, 10, 100]),
        (lambda: torch.scalar_tensor(2), torch.float32, (), 2),
        (lambda: torch.complex(torch.ones(1), torch.ones(1)), torch.complex64, (1,), [1 + 1j]),
        (lambda: torch.tensor([1.9, -1.9]).long(), torch.int64, (2,), [1, -1]),
        (lambda: torch.tensor([0.0, 2.0]).bool(), torch.bool, (2,), [False, True]),
        (lambda: torch.tensor(3).type(torch.float64), torch.float64, (), 3),
        (lambda: torch.ones(1).type("torch.IntTensor"), torch.int32, (1,), [1]),
    ],
)
def test_values(make, dtype, shape, values):
    made = make()
    assert (made.dtype, tuple(made.shape)) == (dtype, shape)
    assert values is None or made.tolist() == values


def test_tensors_within_sequences_are_numbers():
    one = torch.tensor([[1]])
    assert torch.tensor([one, torch.tensor(2)]).tolist() == [1, 2]
    assert torch.tensor([[2, one]]).tolist() == [[2, 1]]


def test_numbers_that_wrap_or_overflow_to_infinity():
    assert torch.tensor([-1, 255], dtype=torch.uint8).tolist() == [255, 255]
    assert torch.full((1,), -1, dtype=torch.uint8).item() == 255
    assert torch.tensor([1e40]).item() == torch.tensor(70000, dtype=torch.float16).item() == float("inf")
    assert torch.full((1,), float("inf")).item() == float("inf")
    assert torch.full((1,), complex(2, 0), dtype=torch.float32).item() == 2


def test_numpy_integers_are_sizes():
    assert torch.ones(2).repeat(np.int64(3)).shape == (6,)
    assert torch.zeros(np.int64(3)).shape == torch.Tensor(np.int64(3)).shape == (3,)


def test_types_by_name():
    x = torch.ones(1)
    assert x.type() == "torch.FloatTensor" and isinstance(x, torch.FloatTensor) and not isinstance(x, torch.LongTensor)
    assert isinstance(x, torch.Tensor) and torch.is_tensor(x) and x.long().type() == "torch.LongTensor"


def test_to_gives_the_same_tensor_when_nothing_changes():
    x = torch.ones(2)
    assert x.to(torch.float32) is x and x.to("cpu") is x and x.float() is x and x.contiguous() is x and x.cpu() is x
    assert x.to(torch.float64) is not x and x.to(torch.float32, copy=True) is not x
    assert x.to(torch.zeros(1, dtype=torch.int32)).dtype is torch.int32


def test_devices_as_contexts():
    with torch.device("meta") as given:
        assert torch.get_default_device() == given == torch.device("meta")
        assert torch.ones(2).is_meta and torch.rand(2).is_meta and torch.tensor([1]).is_meta
        with torch.device("cpu"):
            assert torch.ones(2).tolist() == [1, 1]
        assert torch.nn.Linear(2, 2).weight.is_meta and not torch.ones(2, device="cpu").is_meta
    assert torch.ones(2).device.type == torch.get_default_device().type == "cpu"


def test_meta():
    x = torch.zeros(2, 3, device="meta")
    y = (x + 1) @ torch.ones(3, 4, device="meta")
    assert y.is_meta and tuple(y.shape) == (2, 4) and y.device == torch.device("meta")
    assert torch.empty_like(y, device="cpu").device.type == "cpu"
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor; no data!"):
        y.to("cpu")
    with pytest.raises(RuntimeError):
        x @ x


def test_copies():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    deep = copy.deepcopy(x)
    assert deep.requires_grad and deep.is_leaf and deep.tolist() == [1, 2] and deep.data_ptr() != x.data_ptr()
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    both = copy.deepcopy([base := torch.zeros(3), base[1:]])
    both[0].fill_(5)
    assert both[1].tolist() == [5, 5] and base.tolist() == [0, 0, 0]
    again = pickle.loads(pickle.dumps(x))
    assert again.tolist() == [1, 2] and again.requires_grad


def test_copy_broadcasts_and_converts():
    y = torch.zeros(2, 3)
    y.copy_(torch.tensor([1, 2, 3]))
    assert y.tolist() == [[1, 2, 3], [1, 2, 3]]
    z = torch.zeros(2, dtype=torch.int64)
    z.copy_(torch.tensor([1.7, -1.7]))
    assert z.tolist() == [1, -1]


def test_numpy_scalars_and_arrays_mix():
    x = torch.tensor([1.0, 2.0])
    assert (x * np.int64(3)).tolist() == [3, 6] and (x * np.float32(2)).dtype is torch.float32
    assert (x + np.float64(1)).dtype is torch.float32
    assert np.asarray(x).dtype == np.float32 and np.array(x).tolist() == [1, 2]
    assert x.numpy().dtype == np.float32 and torch.as_tensor(np.arange(2.0)).dtype is torch.float64


def test_arrays_compare_and_divide():
    t, a = torch.tensor([1.0, 4.0]), np.array([1.0, 2.0])
    assert (t == a).tolist() == (a == t).tolist() == [True, False]
    assert (a / t).tolist() == [1, 0.5] and (a / t).dtype is torch.float64
    assert (t == "a") is False and (t != "a") is True
    assert t.__eq__("a") is t.__ne__(a) is NotImplemented
    with pytest.raises(RuntimeError, match="The size of tensor a"):
        t.__eq__(np.ones(3))


def test_random_state():
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = (torch.rand(3).tolist(), torch.randn(3).tolist(), torch.randperm(5).tolist())
    torch.set_rng_state(state)
    assert (torch.rand(3).tolist(), torch.randn(3).tolist(), torch.randperm(5).tolist()) == first
    with torch.random.fork_rng():
        torch.rand(100)
        torch.manual_seed(1)
    after = torch.rand(1).item()
    torch.set_rng_state(state)
    torch.rand(3), torch.randn(3), torch.randperm(5)
    assert torch.rand(1).item() == after and torch.initial_seed() == 7
    generator = torch.Generator().manual_seed(7)
    assert torch.rand(3, generator=generator).tolist() == first[0]
    assert state.dtype is torch.uint8 and tuple(state.shape) == (5056,)


def test_random_numbers_are_pytorchs():
    torch.manual_seed(0)
    assert torch.rand(2).tolist() == [0.49625658988952637, 0.7682217955589294]
    assert torch.randint(10, (4,)).tolist() == [3, 0, 3, 9]
    assert torch.zeros(2).normal_().tolist() == [1.2644586563110352, -0.6874263882637024]


BOOLS_AS_INTS = [
    lambda x: x.softmax(True),
    lambda x: x.permute(True, False),
    lambda x: x.sum((True,)),
    lambda x: x.select(0, True),
    lambda x: x.triu(diagonal=True),
    lambda x: torch.zeros(True),
]


@pytest.mark.parametrize("call", BOOLS_AS_INTS)
def test_a_bool_is_no_int(call):
    with pytest.raises(TypeError, match=r"must be int, not bool|found element of type bool|invalid combination"):
        call(torch.ones(2, 2))


@pytest.mark.parametrize("name", ["flip", "permute", "reshape", "repeat", "expand", "tile"])
def test_a_spread_list_must_be_given(name):
    with pytest.raises(TypeError, match=rf'{name}\(\) missing 1 required positional arguments: "'):
        getattr(torch.ones(2, 2), name)()


def test_functional_and_public_lists():
    assert torch.functional.norm is torch.norm and "einsum" in torch.functional.__all__
    assert "fftshift" in torch.fft.__all__ and "erf" in torch.special.__all__
    assert torch.Storage is torch.FloatStorage


def test_arithmetic_of_two_numbers():
    assert torch.mul(2, 3).item() == 6 and torch.mul(2, 3).dtype == torch.int64
    assert torch.div(1, 2).item() == 0.5 and torch.floor_divide(7.0, 2).item() == 3
    with pytest.raises(TypeError):
        torch.atan2(1.0, 2.0)


def test_dtype_of_angle_at_every_shape():
    for shape in ((2,), (3,)):  # the second shape goes by the rule of the first
        assert torch.angle(torch.ones(shape, dtype=torch.int64)).dtype == torch.float32


def test_range_without_a_step():
    with pytest.raises(RuntimeError, match="step must be nonzero"):
        torch.range(0, 1, 0)


def test_unfold_of_a_scalar():
    assert torch.tensor(0.5).unfold(0, 0, 1).shape == (0,) and torch.tensor(0.5).unfold(0, 1, 1).tolist() == [0.5]


class Exporter:
    """Another library's tensor, known by the methods of DLPack alone."""

    def __init__(self, tensor):
        self._tensor = tensor

    def __dlpack__(self, **options):
        return self._tensor.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._tensor.__dlpack_device__()


def test_capsules_and_exporters_of_dlpack():
    capsule = torch.to_dlpack(torch.arange(3))
    assert torch.from_dlpack(capsule).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match="can be consumed only once"):
        torch.from_dlpack(capsule)
    made = torch.tensor(Exporter(torch.ones(2)), dtype=torch.float64)
    assert made.tolist() == [1.0, 1.0] and made.dtype is torch.float64


def test_lists_that_hold_themselves():
    odd = [0]
    odd.append(odd)
    with pytest.raises(TypeError, match="self-referential lists are incompatible"):
        torch.tensor(odd)


def test_a_list_of_arrays_is_slow(monkeypatch):
    monkeypatch.setattr(once, "_given", set())
    with pytest.warns(UserWarning, match="list of numpy.ndarrays is extremely slow") as told:
        assert torch.tensor([np.array([0]), np.array([1])]).tolist() == [[0], [1]]
    assert told[0].filename == __file__


def test_arrays_that_no_tensor_can_show():
    odd = np.lib.stride_tricks.as_strided(np.zeros(3), (3,), (3,))
    with pytest.raises(ValueError, match="strides not a multiple of the element byte size"):
        torch.from_numpy(odd)
    x = torch.zeros(2)
    array = x.numpy()
    with pytest.raises(RuntimeError, match="not resizable"):
        x.resize_(4)
    assert array.shape == (2,)


def test_comparisons_by_numpy_are_bytes():
    assert np.greater_equal(torch.tensor([1.0]), torch.tensor([0.0])).dtype is torch.uint8


def test_legacy_constructors_read_numbers_in_their_own_dtype():
    assert torch.DoubleTensor([1e308, 0.1]).tolist() == [1e308, 0.1]
    assert torch.HalfTensor([1e5]).isinf().all()
    assert torch.LongTensor([1.7]).tolist() == [1]
    with pytest.raises(RuntimeError, match="value cannot be converted to type uint8 without overflow"):
        torch.ByteTensor([256])


def test_the_index_of_the_cpu_is_forgotten():
    plain = torch.device("cpu")
    assert torch.empty(0, device=torch.device("cpu", 3)).device == plain
    assert torch.tensor([1], device="cpu:1").device == torch.zeros_like(torch.ones(2), device="cpu:1").device == plain
    assert torch.empty(0, device="meta:2").device == torch.device("meta")
    with torch.device("cpu:2"):
        assert torch.get_default_device() == torch.device("cpu", 2)
        assert torch.arange(3).device == plain
    x = torch.ones(2)
    assert x.to("cpu") is x and x.to("cpu:0") is not x
    assert torch.Generator(device="cpu:0").device == plain
