"""Packages that answer a few questions, or say by name what they lack."""

import types

import pytest

import jaxtorch as torch
from jaxtorch import _jit_internal as internal
from jaxtorch import _utils, hub
from jaxtorch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, is_fake
from jaxtorch.fx.experimental.proxy_tensor import get_proxy_mode


@pytest.mark.parametrize(
    ("package", "name"),
    [(torch.cpu, "amp2"), (torch.accelerator, "Graph"), (torch.types, "X"),
     (torch.utils, "tensorboard2"), (torch.library, "opcheck"), (torch._C, "_nothing")],
)  # fmt: skip
def test_absent_names_are_named(package, name):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
        getattr(package, name)


def test_nested_tensors_say_what_to_use():
    with pytest.raises(NotImplementedError, match=r"torch.nested.nested_tensor is not supported .*pad_sequence"):
        torch.nested.nested_tensor([torch.ones(2)])


def test_devices():
    assert torch.cpu.is_available() and torch.cpu.device_count() == 1 and torch.cpu.current_device() == "cpu"
    with torch.cpu.stream(torch.cpu.Stream()):
        torch.cpu.current_stream().wait_stream(torch.cpu.Stream())
    if not torch.accelerator.is_available():
        assert torch.accelerator.current_accelerator() is None
        with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
            torch.accelerator.synchronize()


def test_facts():
    assert "jaxlib" in torch.__config__.show() and torch.version.cuda is None
    assert torch.__future__.get_overwrite_module_params_on_conversion() is False
    assert isinstance(1.0, torch.types._Number)


def test_hub_loads_local_models(tmp_path, monkeypatch):
    (tmp_path / "hubconf.py").write_text('def model(n=1):\n    """A model."""\n    return ["model", n]\n')
    assert hub.load(str(tmp_path), "model", 3, source="local") == ["model", 3]
    assert hub.list(str(tmp_path), source="local") == ["model"]
    assert hub.help(str(tmp_path), "model", source="local") == "A model."
    with pytest.raises(RuntimeError, match="Cannot find callable other in hubconf"):
        hub.load(str(tmp_path), "other", source="local")
    with pytest.raises(NotImplementedError, match='use source="local"'):
        hub.load("pytorch/vision", "resnet18")
    torch.save({"a": torch.ones(1)}, tmp_path / "weights.pt")
    url = (tmp_path / "weights.pt").as_uri()
    loaded = hub.load_state_dict_from_url(url, str(tmp_path / "cache"), weights_only=True)
    assert loaded["a"].item() == 1
    with pytest.raises(RuntimeError, match='invalid hash value \\(expected "0000"'):
        hub.download_url_to_file(url, str(tmp_path / "copy"), hash_prefix="0000")


def test_hooks_and_dlpack():
    hook = torch.utils.hooks.unserializable_hook(lambda g: g)
    assert hook.__torch_unserializable__
    x = torch.ones(2)
    assert torch.utils.dlpack.from_dlpack(x).tolist() == [1, 1]


@pytest.mark.filterwarnings("ignore:.*set_default_tensor_type")
@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_legacy_types_of_tensors_on_a_gpu():
    kind = torch.cuda.FloatTensor
    assert kind.is_cuda and not isinstance(torch.ones(1), kind) and repr(kind) == "<class 'torch.cuda.FloatTensor'>"
    for make in (kind, torch.cuda.sparse.LongTensor, lambda n: torch.set_default_tensor_type(kind)):
        with pytest.raises(TypeError, match="not available. Torch not compiled with CUDA enabled"):
            make(2)
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        torch.ones(1).type(kind)


def test_decorators_of_torchscript_leave_functions_alone():
    assert internal._copy_to_script_wrapper(len) is len
    yes, no = (lambda x, flag=False: "yes"), (lambda x, flag=False: "no")
    chosen = internal.boolean_dispatch("flag", 1, False, yes, no, "m", "f")
    assert (chosen(0), chosen(0, True), chosen(0, flag=True), chosen.__name__) == ("no", "yes", "yes", "f")


def test_flat_tensors_and_wrapped_exceptions():
    parts = [torch.ones(2, 3), torch.zeros(2)]
    flat = _utils._flatten_dense_tensors(parts)
    assert flat.shape == (8,)
    assert [tuple(part.shape) for part in _utils._unflatten_dense_tensors(flat, parts)] == [(2, 3), (2,)]
    assert [len(group) for group in _utils._take_tensors([*parts, torch.ones(1, dtype=torch.int64)], 24)] == [1, 1, 1]
    try:
        {}["missing"]
    except KeyError:
        wrapped = _utils.ExceptionWrapper(where="in a test")
    with pytest.raises(KeyError, match="Caught KeyError in a test.\nOriginal Traceback"):
        wrapped.reraise()


def test_module_versions():
    module = types.SimpleNamespace(__name__="m", __version__="1.12.a")
    at_least = torch.serialization.check_module_version_greater_or_equal
    assert at_least(module, (1, 2))
    assert not at_least(module, (1, 13))
    with pytest.raises(RuntimeError, match="'m' module version string is malformed '1.12.a'"):
        at_least(module, (1, 2, 3))
    with pytest.warns(UserWarning, match="but continuing assuming that requirement is met"):
        assert at_least(module, (1, 2, 3), error_if_malformed=False)


def test_quantisation_stubs_give_their_input():
    quantisation = torch.ao.quantization
    model = quantisation.QuantWrapper(torch.nn.Linear(2, 2))
    x = torch.ones(1, 2)
    assert torch.equal(model(x), model.module(x)) and [n for n, _ in model.named_children()] == [
        "quant",
        "dequant",
        "module",
    ]
    assert torch.quantization.QuantStub is quantisation.QuantStub
    with pytest.raises(TypeError, match="abstract"):
        quantisation.ObserverBase(torch.qint8)
    with pytest.raises(NotImplementedError, match="^torch.ao.quantization.prepare is not supported"):
        quantisation.prepare(model)


def test_nothing_is_fake_and_no_proxies():
    assert not is_fake(torch.ones(1)) and not isinstance(torch.ones(1), FakeTensor) and get_proxy_mode() is None
    with pytest.raises(NotImplementedError, match='use `with torch.device."meta".`'):
        FakeTensorMode()


def test_streams_and_events_of_the_cpu():
    stream, event = torch.Stream(), torch.Event(enable_timing=True)
    assert repr(stream) == "torch.Stream device_type=cpu, device_index=-1, stream_id=0" and stream.query()
    assert stream == torch.Stream("cpu") and hash(stream) == hash(torch.Stream()) and event.query()
    with stream as entered:
        assert entered is stream
    with pytest.raises(RuntimeError, match="^cpu backend doesn't support events"):
        stream.record_event(event)
    with pytest.raises(RuntimeError, match="^Cannot access accelerator device when none is available"):
        torch.Stream(0)


def test_names_of_cuda_without_it():
    assert torch.cuda.amp.common.amp_definitely_not_available() is not torch.cuda.is_available()
    assert torch.cuda.amp.grad_scaler.OptState.READY and torch.cuda.memory_stats() == {}
    assert not torch.cuda.is_current_stream_capturing() and torch.cuda.get_arch_list() == []
    with pytest.raises(RuntimeError, match="^NVTX functions not installed"):
        torch.cuda.nvtx.range_push("x")
    with pytest.raises(RuntimeError, match="^NVTX functions not installed"), torch.cuda.nvtx.range("x"):
        pass


def test_parts_of_a_tensors_text():
    x = torch.arange(3)
    body = torch._tensor_str._tensor_str(x, 0)
    assert body == "[0, 1, 2]" and torch._tensor_str._str_intern(x, tensor_contents="...") == "tensor(...)"
    assert torch._tensor_str._add_suffixes("X(" + body, ["a=1", "b=2"], 2, True) == "X([0, 1, 2],\n  a=1, b=2)"


def test_settings_of_graph_capture_can_be_changed_for_a_while():
    config = torch._dynamo.config
    with config.patch(verbose=True), config.patch({"cache_size_limit": 1}), config.patch("new", 2):
        assert config.verbose and config.cache_size_limit == 1 and config.new == 2
    assert not config.verbose and config.cache_size_limit == 8 and not hasattr(config, "new")

    @config.patch(verbose=True)
    def verbose():
        return config.verbose

    assert verbose() and not config.verbose
