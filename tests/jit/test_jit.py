"""`torch.jit`: traces, and TorchScript's decorators."""

import io

import pytest

import jaxtorch as torch
from jaxtorch import jit, nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.unused = nn.Parameter(torch.ones(1))
        self.register_buffer("scale", torch.full((2,), 3.0))

    def forward(self, x):
        y = torch.relu(self.lin(x)) * self.scale
        y[0] = 0
        return y.view(x.size(0) * 2), {"shape": y.T + torch.ones(2, x.shape[0])}


def test_a_traced_module_holds_for_other_inputs_and_sizes():
    net = Net()
    traced = jit.trace(net, torch.ones(2, 3))
    assert isinstance(traced, jit.ScriptModule) and isinstance(traced, nn.Module)
    assert set(traced.state_dict()) == set(net.state_dict())
    x = torch.arange(15.0).view(5, 3)
    torch.testing.assert_close(traced(x)[0], net(x)[0])
    traced(x)[0].sum().backward()
    assert net.lin.weight.grad is not None, "parameters are shared"
    assert "torch.relu(" in traced.code


def test_branches_stay_as_they_went():
    def program(x):
        return x + 1 if x.sum() > 0 else x - 1

    with pytest.warns(jit.TracerWarning, match="Converting a tensor to a Python boolean might cause the trace"):
        traced = jit.trace(program, torch.ones(2))
    assert traced(torch.full((2,), -5.0)).tolist() == [-4.0, -4.0]


def test_a_trace_of_random_numbers_draws_again_and_says_so():
    with pytest.warns(jit.TracerWarning, match="does not match"):
        traced = jit.trace(lambda x: x + torch.rand(2), torch.ones(2))
    assert traced(torch.ones(2)).tolist() != traced(torch.ones(2)).tolist()


def test_traced_and_other_modules_in_files():
    file, net = io.BytesIO(), Net().eval()
    traced = jit.trace(net, torch.ones(2, 3))
    traced.save(file)
    extra = {"note": ""}
    file.seek(0)
    loaded = jit.load(file)
    assert isinstance(loaded, jit.ScriptModule) and not loaded.training
    torch.testing.assert_close(loaded(torch.ones(4, 3))[0], net(torch.ones(4, 3))[0])
    other = io.BytesIO()
    jit.save(jit.script(nn.Linear(1, 1)), other, _extra_files={"note": "kept"})
    other.seek(0)
    assert jit.load(other, _extra_files=extra).weight.shape == (1, 1) and extra == {"note": "kept"}


def test_tracing_is_seen_from_inside():
    seen = []

    def program(x):
        seen.append(jit.is_tracing())
        return x * 2

    jit.trace(program, (torch.ones(1),), check_trace=False)
    assert seen == [True] and not jit.is_tracing()
    with pytest.raises(NotImplementedError, match="trace_module of other methods"):
        jit.trace_module(Net(), {"other": torch.ones(1)})


def test_nested_inputs_and_views_written_to():
    def program(pair, x):
        a = pair[0]
        a[:1].add_(x)
        return a * pair[1], [a.sum()]

    traced = jit.trace(program, ((torch.zeros(2), torch.ones(2)), torch.ones(1)), check_trace=False)
    product, (total,) = traced((torch.zeros(2), torch.full((2,), 3.0)), torch.full((1,), 2.0))
    assert product.tolist() == [6.0, 0.0] and total.item() == 2.0


def test_decorators_and_small_functions():
    fn = lambda x: x  # noqa: E731
    for decorator in (jit.script, jit.ignore, jit.unused, jit.export, jit.interface, jit.script_if_tracing):
        assert decorator(fn) is fn
    assert jit.annotate(int, 3) == 3 and jit.isinstance([1], list[int]) and jit.wait(jit.fork(max, 1, 2)) == 2
    assert jit.Attribute(1, int).value == 1
    with pytest.raises(RuntimeError, match="only implemented for modules in eval mode"):
        jit.freeze(nn.Linear(1, 1))


def test_a_scripted_module_saves_itself(tmp_path):
    scripted = jit.script(nn.Linear(2, 1))
    scripted.save(str(tmp_path / "m.pt"))
    x = torch.ones(1, 2)
    assert torch.equal(jit.load(str(tmp_path / "m.pt"))(x), scripted(x))
    assert "save" not in scripted.state_dict()


def test_what_scripted_code_raises():
    @torch.jit.script
    def checked(x):
        assert x.shape[0] == 3, "three rows"
        return x

    with pytest.raises(torch.jit.Error, match="three rows"):
        checked(torch.ones(2))
