"""`functorch`, the package beside torch, under its own name."""

import subprocess
import sys
import warnings

import pytest

import jaxtorch as torch
from jaxtorch import functorch, nn
from jaxtorch.functorch.experimental import chunk_vmap, control_flow

pytestmark = pytest.mark.filterwarnings("ignore:We've integrated functorch")


def test_modules_as_functions():
    torch.manual_seed(0)
    model, x = nn.Linear(3, 2), torch.randn(4, 3)
    f, params = functorch.make_functional(model)
    assert torch.equal(f(params, x), model(x)) and {p.device.type for p in f.parameters()} == {"meta"}
    grads = functorch.grad(lambda params: f(params, x).square().sum())(params)
    model(x).square().sum().backward()
    assert torch.equal(grads[0], model.weight.grad) and torch.equal(grads[1], model.bias.grad)
    assert not any(p.requires_grad for p in functorch.make_functional(model, disable_autograd_tracking=True)[1])


def test_shared_parameters_are_one():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    f, params = functorch.make_functional(model)
    assert len(params) == 3
    zeros = tuple(torch.zeros_like(p) for p in params)
    assert f(zeros, torch.ones(1, 2)).tolist() == [[0, 0]]


def test_buffers():
    model = nn.BatchNorm1d(2).eval()
    with pytest.raises(RuntimeError, match="`model` has buffers. Please use make_functional_with_buffers"):
        functorch.make_functional(model)
    f, params, buffers = functorch.make_functional_with_buffers(model)
    assert len(params) == 2 and len(buffers) == 3
    assert torch.equal(f(params, buffers, torch.ones(3, 2)), model(torch.ones(3, 2)))


def test_ensembles():
    models = [nn.Linear(3, 2) for _ in range(3)]
    f, params, buffers = functorch.combine_state_for_ensemble(models)
    x = torch.ones(1, 3)
    found = functorch.vmap(f, (0, 0, None))(params, buffers, x)
    torch.testing.assert_close(found, torch.stack([m(x) for m in models]))
    with pytest.raises(RuntimeError, match="to be of the same class"):
        functorch.combine_state_for_ensemble([*models, nn.Identity()])


def test_steps_and_what_is_not_there():
    assert chunk_vmap(lambda x: x * 2, chunks=2)(torch.arange(5)).tolist() == [0, 2, 4, 6, 8]
    drawn = torch.vmap(lambda x: x + torch.rand(()), randomness="same", chunk_size=2)(torch.zeros(5))
    assert len(set(drawn.tolist())) == 1
    with pytest.raises(NotImplementedError, match="make_fx is not supported"):
        functorch.make_fx(torch.sin)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        functorch.jacrev(torch.sin)
    assert "`torch.func.jacrev` instead" in str(caught[0].message) and caught[0].filename == __file__


def test_imported_by_its_name():
    script = (
        "import functorch, functorch.experimental, torch; from functorch.einops import rearrange;"
        "assert torch.func.rearrange is rearrange and functorch.__name__ == 'functorch'"
    )
    subprocess.run([sys.executable, "-m", "jaxtorch", "-c", script], check=True)


def test_map_over_the_first_dimension():
    found = control_flow.map(lambda x, y: {"s": x["a"] + y}, {"a": torch.arange(3)}, 1)
    assert found["s"].tolist() == [1, 2, 3]
    with pytest.raises(RuntimeError, match="Mapped xs can only consist of tensors"):
        control_flow.map(torch.sin, [1])
