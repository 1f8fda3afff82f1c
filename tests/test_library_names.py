"""Names that other libraries import, and what they do with them when they are imported."""

import pytest

import jaxtorch as torch
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
