"""Checkpointed calls give the same numbers, run their function again in backward, and keep nothing in between."""

import gc

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch._engine.value import Value
from jaxtorch.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def _model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3))


def _gradients(run):
    model = _model()
    x = torch.linspace(0, 1, 20).reshape(5, 4).requires_grad_()
    (run(model, x) ** 2).sum().backward()
    return [x.grad, *[p.grad for p in model.parameters()]]


@pytest.mark.parametrize(
    "run",
    [
        lambda m, x: checkpoint(m, x, use_reentrant=False),
        lambda m, x: checkpoint(m, x, use_reentrant=True),
        lambda m, x: checkpoint_sequential(m, 2, x, use_reentrant=False),
        lambda m, x: checkpoint_sequential(m, 3, x, use_reentrant=True),
        lambda m, x: checkpoint(lambda y: checkpoint(m[:4], y, use_reentrant=False), x, use_reentrant=False).tanh()[
            :, :3
        ],
    ],
    ids=["not reentrant", "reentrant", "sequential", "reentrant sequential", "nested"],
)
def test_gradients(run, request):
    plain = (lambda m, x: m[:4](x).tanh()[:, :3]) if "nested" in request.node.callspec.id else (lambda m, x: m(x))
    for a, b in zip(_gradients(run), _gradients(plain), strict=True):
        if a is None:
            assert b is None
        else:
            assert (a - b).abs().max().item() < 1e-5


@pytest.mark.parametrize("reentrant", [True, False])
def test_the_function_runs_twice(reentrant):
    calls = []

    def f(x):
        calls.append(torch.is_grad_enabled())
        return x.sin()

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(f, x, use_reentrant=reentrant)
    assert calls == [not reentrant]
    y.sum().backward()
    assert calls == [not reentrant, True]
    assert torch.allclose(x.grad, x.detach().cos())


def test_second_derivatives_and_autograd_grad():
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = checkpoint(lambda z: z.sin() * z, x, use_reentrant=False).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    g.sum().backward()
    z = x.detach()
    assert torch.allclose(g.detach(), z.sin() + z * z.cos())
    assert torch.allclose(x.grad, 2 * z.cos() - z * z.sin())


def test_keyword_arguments_and_other_values():
    x = torch.ones(2, requires_grad=True)
    out = checkpoint(lambda a, n, *, b: {"y": a * n + b}, x, 3, b=torch.ones(2), use_reentrant=False)
    out["y"].sum().backward()
    assert x.grad.tolist() == [3, 3]
    with pytest.raises(ValueError, match="Unexpected keyword arguments: b"):
        checkpoint(lambda a: a, x, b=1, use_reentrant=True)


def _kept_megabytes():
    gc.collect()
    values = [v for v in gc.get_objects() if type(v) is Value and v.data is not None and not v.aval.weak]
    return sum(v.aval.numel * v.aval.dtype.itemsize for v in values) / 2**20


def test_intermediate_values_are_not_kept():
    def f(x):
        for _ in range(10):
            x = x.sin() * x
        return x

    kept = {}
    for name, run in {"plain": f, "checkpointed": lambda x: checkpoint(f, x, use_reentrant=False)}.items():
        x = torch.ones(256, 1024, requires_grad=True)  # a megabyte
        before = _kept_megabytes()
        loss = run(x).sum()
        loss.item()
        kept[name] = _kept_megabytes() - before
        loss.backward()
        assert x.grad is not None
        torch.engine.flush()
        del loss, x
    assert kept["checkpointed"] < 4 < kept["plain"]


def test_a_function_must_do_the_same_again():
    first = [True]

    def f(x):
        if first.pop() if first else False:
            return x.sin()
        return x.sin().cos()

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(f, x, use_reentrant=False).sum()
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        y.backward()


def test_it_asks_which_variant():
    with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly"):
        checkpoint(lambda x: x * 2, torch.ones(2, requires_grad=True))
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(lambda x: x * 2, torch.ones(2), use_reentrant=True)
    with pytest.raises(NotImplementedError, match="context_fn"):
        checkpoint(lambda x: x * 2, torch.ones(2), use_reentrant=False, context_fn=lambda: (None, None))


def test_the_type_of_device_of_arguments():
    infer, default = torch.utils.checkpoint._infer_device_type, torch.utils.checkpoint.DefaultDeviceType
    assert infer(torch.ones(1)) == default.get_device_type() == "cuda"
    assert infer({"a": [torch.ones(1), torch.ones(1, device="meta")]}) == "meta"
