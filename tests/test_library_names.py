"""Names that other libraries import, and what they do with them when they are imported."""

import copy
import importlib
import time

import pytest

import jaxtorch as torch
import jaxtorch.distributed as dist
from jaxtorch import hub
from jaxtorch.library import _custom_op
from jaxtorch.utils import model_zoo


def test_ops_may_be_registered_before_they_are_declared():
    torch.library.register_fake("early_ops::twice", lambda x: x.new_empty(x.shape))
    torch.library.impl("early_ops::twice", "cpu", lambda x: x * 2)
    torch.library.Library("early_ops", "IMPL").impl("thrice", lambda x: x * 3, "CPU")
    assert not hasattr(torch.ops.early_ops, "twice") and "early_ops::thrice" in _custom_op.EARLY
    own = torch.library.Library("early_ops", "FRAGMENT")
    own.define("twice(Tensor x) -> Tensor")
    own.define("thrice(Tensor x) -> Tensor")
    assert torch.ops.early_ops.twice(torch.ones(1)).item() == 2
    assert torch.ops.early_ops.thrice(torch.ones(1)).item() == 3
    assert torch.ops.early_ops.twice(torch.ones(3, device="meta")).shape == (3,)
    own._destroy()


def test_dispatch_keys_are_names():
    key = torch._C.DispatchKey
    both = torch._C.DispatchKeySet(key.AutocastCPU) | torch._C.DispatchKeySet(key.AutocastCUDA)
    assert repr(both) == "DispatchKeySet(AutocastCPU, AutocastCUDA)" and both.has(key.AutocastCPU)
    assert not both.has(key.CPU) and str(key.CPU) == "DispatchKey.CPU"
    with pytest.raises(NotImplementedError, match="dispatches by no keys"):
        torch._C._ExcludeDispatchKeyGuard(both)


def test_onnx_says_that_nothing_is_exported():
    assert not torch.onnx.is_in_onnx_export()
    torch.onnx.register_custom_op_symbolic("a::b", torch.onnx.symbolic_helper.parse_args("v")(lambda g, x: x), 11)
    torch.onnx.unregister_custom_op_symbolic("a::b", 11)
    with pytest.raises(NotImplementedError, match="^torch.onnx.export is not supported"):
        torch.onnx.export(torch.nn.Linear(1, 1), torch.ones(1), "f")
    with pytest.raises(AttributeError, match="'torch.onnx.symbolic_opset11' has no attribute 'add'"):
        torch.onnx.symbolic_opset11.add  # noqa: B018


def test_operations_as_modules():
    functional = torch.nn.quantized.FloatFunctional()
    x, y = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.0, 1.0]])
    assert functional.add(x, y).tolist() == [[2, -1]] and functional.add_relu(x, y).tolist() == [[2, 0]]
    assert functional.mul(x, y).tolist() == x.tolist() and functional.cat([x, y], 1).shape == (1, 4)
    assert functional.add_scalar(x, 1.0).tolist() == [[2, -1]] and functional.mul_scalar(x, 2.0).tolist() == [[2, -4]]
    assert functional.matmul(x, y.T).item() == -1 and torch.ao.nn.quantized.FloatFunctional is type(functional)
    with pytest.raises(RuntimeError, match="not intended to use the 'forward'"):
        functional(x)


def test_progress_bars_without_tqdm(capsys):
    assert list(hub._Progress([1, 2], total=2)) == [1, 2]
    with hub._Progress(total=4) as bar:
        bar.set_description("x")
        bar.update(1)
        bar.write("done")
    bar.close()
    assert "25.0%" in capsys.readouterr().err and model_zoo.tqdm is hub.tqdm


@pytest.mark.parametrize(
    ("call", "sizes"),
    [
        (lambda x: x.tensor_split(indices=(1, 2), dim=1), [1, 1, 2]),
        (lambda x: torch.tensor_split(x, sections=2, dim=1), [2, 2]),
        (lambda x: torch.tensor_split(x, tensor_indices_or_sections=torch.tensor(2), dim=1), [2, 2]),
        (lambda x: x.hsplit(indices=[1]), [1, 3]),
        (lambda x: torch.hsplit(x, sections=4), [1, 1, 1, 1]),
    ],
)
def test_parts_by_pytorchs_names(call, sizes):
    assert [part.shape[1] for part in call(torch.ones(2, 4))] == sizes


def test_small_names():
    assert torch._dynamo.utils.is_compile_supported("cpu") and torch.jit.annotations.BroadcastingList2[int] is None
    assert torch.jit._script_if_tracing is torch.jit.script_if_tracing
    assert torch._custom_ops.impl is torch.library.impl


def test_a_compiled_module_holds_the_other():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2))
    model.note = 3
    compiled = torch.compile(model)
    assert isinstance(compiled, torch._dynamo.eval_frame.OptimizedModule) and torch.compile(compiled) is compiled
    assert compiled._orig_mod is model and list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    assert compiled.note == 3 and not compiled.eval().training and not model.training
    compiled.other = 5
    assert model.other == 5 and "other" not in compiled.__dict__
    assert model.train() is model and compiled.training
    copied = copy.deepcopy(compiled)
    assert copied._orig_mod is not model and torch.equal(copied(torch.ones(1, 2)), model(torch.ones(1, 2)))
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'missing'"):
        compiled.missing  # noqa: B018
    assert model.compile() is None and torch.compile(model, disable=True) is model
    assert torch.compile(len)._torchdynamo_orig_callable is len


def test_new_of_a_sparse_tensor_is_sparse():
    x = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
    assert x.new(x._indices(), x._values() * 2, x.size()).to_dense().tolist() == [[0, 0, 6], [8, 0, 0]]
    assert x.new(x.size()).is_sparse and x.new(2, 3).shape == (2, 3)


def test_stores_of_one_process():
    store = dist.TCPStore("127.0.0.1", 0, 1, True)
    below = dist.PrefixStore("a", store)
    below.set("x", "y")
    assert store.get("a/x") == below.get("x") == b"y" and below.check(["x"]) and not store.check(["x"])
    assert (store.add("n", 3), store.add("n", -1), store.get("n"), store.num_keys()) == (3, 2, b"2", 2)
    assert (store.compare_set("c", "", "1"), store.compare_set("c", "2", "3")) == (b"1", b"1")
    store.append("c", "2")
    assert store.get("c") == b"12" and store.delete_key("c") and not store.delete_key("c")
    assert below.add("m", 1) == 1 and below.delete_key("m") and below.num_keys() == 2
    with pytest.raises(dist.DistStoreError, match="no other process could set them"):
        dist.HashStore().get("z")
    with pytest.raises(NotImplementedError, match="FileStore for 2 processes"):
        dist.FileStore("f", 2)


def test_no_size_is_symbolic():
    assert not isinstance(torch.ones(2).shape[0], (torch.SymInt, torch.SymFloat, torch.SymBool))
    with pytest.raises(NotImplementedError, match="^torch.SymInt is not supported"):
        torch.SymInt(1)


def test_export_says_that_it_is_not_supported():
    batch, length = torch.export.dims("batch", "length", min=2, max=8)
    assert (batch.__name__, length.min, length.max, torch.export.Dim.AUTO.name) == ("batch", 2, 8, "AUTO")
    for name in ("export", "save", "load", "ExportedProgram"):
        with pytest.raises(NotImplementedError, match=f"^torch.export.{name} is not supported by jaxtorch"):
            getattr(torch.export, name)(torch.nn.Linear(1, 1), (torch.ones(1),))


def test_classes_can_be_listed():
    assert torch.optim.Adam in torch.optim.Optimizer.__subclasses__()
    assert torch.optim.lr_scheduler.LambdaLR in torch.optim.lr_scheduler.LRScheduler.__subclasses__()
    for part in ("activation", "container", "conv", "loss", "pooling", "rnn"):
        module = importlib.import_module(f"jaxtorch.nn.modules.{part}")
        found = [x for x in vars(module).values() if isinstance(x, type) and issubclass(x, torch.nn.Module)]
        assert len(found) == len(set(found)), part


def test_errors_of_devices():
    assert torch.cuda.OutOfMemoryError is torch.OutOfMemoryError and issubclass(torch.OutOfMemoryError, RuntimeError)
    assert issubclass(torch.AcceleratorError, RuntimeError)
    assert torch.cuda.memory.memory_allocated is torch.cuda.memory_allocated
    if not torch.cuda.is_available():
        assert torch.cuda.memory_cached() == 0 and torch.cuda.memory_stats_as_nested_dict() == {}
        with pytest.raises(AssertionError, match="not compiled with CUDA"):
            torch.cuda.set_per_process_memory_fraction(0.5)
        with torch.cuda.device_of(torch.ones(1)):
            assert torch.cuda.seed_all() is None


def test_names_that_files_take_from_each_other():
    from_conv = importlib.import_module("jaxtorch.nn.modules.conv")
    assert from_conv._pair(3) == (3, 3) and from_conv._reverse_repeat_tuple((1, 2), 2) == (2, 2, 1, 1)
    clipped = torch.distributions.transforms._clipped_sigmoid(torch.tensor([-1000.0, 1000.0]))
    assert 0 < clipped[0] and clipped[1] < 1


def test_types_of_torchscript_are_named_at_the_root():
    def move(device: str | torch.DeviceObjType) -> None: ...

    assert torch.TensorType is torch._C.TensorType and not isinstance(torch.ones(1), torch.TensorType)
    assert torch.DispatchKey is torch._C.DispatchKey and not hasattr(torch, "JitType")
    assert torch._C._mps_is_available() is torch.backends.mps.is_available() is False


def test_helpers_of_optimizers():
    helpers = torch.optim.optimizer
    w = torch.ones(2, requires_grad=True)

    class Halving(torch.optim.Optimizer):
        @helpers._use_grad_for_differentiable
        def step(self):
            assert not torch.is_grad_enabled()
            w.mul_(0.5)

    Halving([w], {"differentiable": False}).step()
    assert w.tolist() == [0.5, 0.5] and torch.is_grad_enabled()
    assert helpers._default_to_fused_or_foreach([w], False) == (False, False)
    assert helpers._default_to_fused_or_foreach([w, None], False, use_fused=True) == (True, False)
    assert helpers._get_capturable_supported_devices(supports_xla=False)[-1] == "privateuseone"


@pytest.mark.parametrize(
    "name",
    [
        "utils.checkpoint.get_device_states",
        "utils.checkpoint.set_device_states",
        "optim.optimizer.ParamsT",
        "nn.parallel.gather",
        "nn.parallel.scatter",
        "cuda._initialized",
        "_C._is_tracing",
        "library.wrap_triton",
        "_C._functorch.is_batchedtensor",
        "_functorch.vmap._maybe_remove_batch_dim",
        "utils._contextlib._DecoratorContextManager",
        "utils._pytree._list_flatten_with_keys",
        "utils._pytree._namedtuple_flatten",
        "_subclasses.fake_tensor.unset_fake_temporarily",
        "distributed.elastic.multiprocessing.errors.record",
    ],
)
def test_names_that_training_code_imports(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(f"jaxtorch.{module}"), attribute)


def test_batched_tensors_are_told():
    seen = []
    torch.vmap(lambda x: seen.append(torch._C._functorch.is_batchedtensor(x)) or x)(torch.ones(2))
    assert seen == [True] and not torch._C._functorch.is_batchedtensor(torch.ones(2))


class Named:
    """A container that goes through `vmap` by its own methods, as tensordict's do."""

    def __init__(self, x, batch):
        self.x, self.batch = x, batch

    def dim(self):
        return len(self.batch)

    def size(self, dim):
        return self.batch[dim]

    def _add_batch_dim(self, *, in_dim, vmap_level):
        add = importlib.import_module("jaxtorch._C._functorch")._add_batch_dim
        return Named(add(self.x, in_dim, vmap_level), [n for i, n in enumerate(self.batch) if i != in_dim])

    def _maybe_remove_batch_dim(self, funcname, vmap_level, batch_size, out_dim):
        remove = importlib.import_module("jaxtorch._functorch.vmap")._maybe_remove_batch_dim
        x = remove(funcname, self.x, vmap_level, batch_size, out_dim)
        return Named(x, [*self.batch[:out_dim], batch_size, *self.batch[out_dim:]])


def test_containers_may_batch_themselves():
    seen = []

    def double(one, scale):
        seen.append((one.batch, one.x.shape))
        return Named(one.x * scale, one.batch), {"sum": one.x.sum()}

    out, more = torch.vmap(double, in_dims=(1, 0))(Named(torch.ones(2, 3, 4), [2, 3]), torch.arange(3.0))
    assert seen == [([2], (2, 4))] and out.batch == [3, 2] and out.x.shape == (3, 2, 4)
    assert out.x[:, 0, 0].tolist() == [0, 1, 2] and more["sum"].tolist() == [8, 8, 8]


def test_whether_a_mode_is_entered_is_told():
    with torch.overrides.TorchFunctionMode():
        assert torch._C._is_torch_function_mode_enabled()
    assert not torch._C._is_torch_function_mode_enabled()


def test_modes_of_dispatch_can_be_derived_from_but_not_entered():
    class Mode(importlib.import_module("jaxtorch.utils._python_dispatch").TorchDispatchMode):
        pass

    with pytest.raises(NotImplementedError, match="use torch.overrides.TorchFunctionMode"), Mode():
        pass
    assert not torch.utils._python_dispatch.is_traceable_wrapper_subclass(torch.ones(1))


def test_devices_have_modules():
    assert torch.get_device_module("cpu") is torch.cpu and torch.get_device_module(torch.device("cuda")) is torch.cuda
    with pytest.raises(RuntimeError, match="Device 'nope' does not have a corresponding module"):
        torch._utils._get_device_module("nope")


def test_struct_sequences_are_told():
    told = importlib.import_module("jaxtorch.utils._pytree")
    assert told.is_structseq_instance(time.localtime()) and told.is_structseq_class(time.struct_time)
    assert not told.is_structseq_instance((1,)) and not told.is_structseq(int)


def test_tensors_are_exchanged_by_name():
    accessor = importlib.import_module("jaxtorch.nn.utils._named_member_accessor")
    net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    weight = net[0].weight
    assert accessor.swap_tensor(net[0], "weight", torch.ones(1, 2)) is weight
    assert net(torch.ones(2)).item() == pytest.approx(2 + net[0].bias.item())
    members = accessor.NamedMemberAccessor(net)
    assert members.check_keys(["0.weight", "x"]) == (["0.bias"], ["x"])
    before, missing = members.swap_tensors_dict({"0.weight": weight})
    assert before["0.weight"].tolist() == [[1, 1]] and not missing and members.get_tensor("0.weight") is weight
    with pytest.raises(RuntimeError, match="Missing key.s.: '0.x'"):
        members.swap_tensors_dict({"0.bias": torch.ones(1), "0.x": weight})
    assert isinstance(net[0].bias, torch.nn.Parameter)
    for name, error in (("a.b", KeyError), ("", KeyError), ("none", AttributeError)):
        with pytest.raises(error):
            accessor.swap_tensor(net[0], name, weight)


def test_functions_of_triton_kernels_are_custom_ops():
    @torch.library.triton_op("kernels::twice", mutates_args={})
    def twice(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    assert twice(torch.ones(1)).item() == torch.ops.kernels.twice(torch.ones(1)).item() == 2


def test_no_device_has_a_random_stream_of_its_own():
    devices, states = torch.utils.checkpoint.get_device_states(torch.ones(1), 2)
    assert (devices, states) == ([], [])
    torch.utils.checkpoint.set_device_states(devices, states)


def test_modules_are_applied_in_parallel():
    a, b = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    x = torch.ones(1, 2)
    for out, module in zip(torch.nn.parallel.parallel_apply([a, b], [x, (x,)]), [a, b], strict=True):
        assert torch.equal(out, module(x))
    with pytest.raises(AssertionError, match="The number of modules 2 is not equal to the number of inputs 1"):
        torch.nn.parallel.parallel_apply([a, b], [x])
    assert torch.nn.parallel.replicate(a, ["cpu"]) == [a]


V = torch.torch_version.TorchVersion


@pytest.mark.parametrize(
    "holds",
    [
        type(torch.__version__) is V,
        torch.__version__ >= "2.4",
        torch.__version__ > (1, 13),
        "2.4" <= torch.__version__,
        not torch.__version__ < "1.10.0",
        V("1.10.0a") > (1, 2),
        V("1.10.0") > "1.10.0rc1" > "1.10.0a2",
        V("1.10.0rc1") > V("1.10.0a2") > V("1.10.0.dev3"),
        V("1.10.0+cpu") > "1.10",
        V("1.10") == "1.10.0",
        not V("1.10") == "1.10.0+cpu",
        V("1.10-1") > "1.10.0",
        V("1.10.post1") > "1.10+cpu",
        V("parrot") > "ape",
        V("2.0") in {"2.0"},
        str.__eq__(V("2.0").split(".")[0], "2"),
    ],
)
def test_versions_compare_as_versions(holds):
    assert holds
