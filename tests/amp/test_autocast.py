"""`torch.autocast`: which functions cast, what it leaves alone, and scaled losses."""

import pickle

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.nn import functional as F

BF16, F32 = torch.bfloat16, torch.float32


def t(*shape):
    return torch.ones(shape)


def low(*shape):
    return torch.ones(shape, dtype=BF16)


# As PyTorch gives them.
DTYPES = {
    "linear": (lambda: nn.Linear(3, 4)(t(2, 3)), BF16),
    "conv": (lambda: nn.Conv2d(3, 4, 2)(t(2, 3, 5, 5)), BF16),
    "transposed conv": (lambda: nn.ConvTranspose2d(3, 4, 2)(t(2, 3, 5, 5)), BF16),
    "operator": (lambda: t(2, 3) @ t(3, 2), BF16),
    "method": (lambda: t(2, 3).mm(t(3, 2)), BF16),
    "keywords": (lambda: torch.mm(input=t(2, 3), mat2=t(3, 2)), BF16),
    "mv": (lambda: t(2, 3).mv(t(3)), F32),
    "einsum": (lambda: torch.einsum("ij,jk->ik", t(2, 3), t(3, 2)), BF16),
    "einsum of elements": (lambda: torch.einsum("ij,ij->ij", t(2, 3), t(2, 3)), F32),
    "float64": (lambda: t(2, 2).double() @ t(2, 2).double(), torch.float64),
    "integers": (lambda: t(2, 2).long() @ t(2, 2).long(), torch.int64),
    "out": (lambda: torch.mm(t(2, 3), t(3, 2), out=t(2, 2)), F32),
    "in place": (lambda: t(2, 2).addmm_(t(2, 3), t(3, 2)), F32),
    "attention": (lambda: nn.MultiheadAttention(4, 2)(t(5, 2, 4), t(5, 2, 4), t(5, 2, 4))[0], BF16),
    "lstm": (lambda: nn.LSTM(3, 4)(t(5, 2, 3))[0], BF16),
    "gru": (lambda: nn.GRU(3, 4)(t(5, 2, 3))[0], F32),
    "lstm cell": (lambda: nn.LSTMCell(3, 4)(t(2, 3))[0], F32),
    "rnn cell": (lambda: nn.RNNCell(3, 4)(t(2, 3)), BF16),
    "encoder": (lambda: nn.TransformerEncoderLayer(4, 2, 8)(t(5, 2, 4)), F32),
    "layer norm": (lambda: nn.LayerNorm(3)(nn.Linear(2, 3)(t(4, 2))), BF16),
    "softmax": (lambda: low(4, 3).softmax(-1), BF16),
    "cross entropy": (lambda: F.cross_entropy(low(2, 3), torch.tensor([0, 1])), F32),
    "mse": (lambda: F.mse_loss(low(2, 3), t(2, 3)), F32),
    "prod": (lambda: low(3).prod(), F32),
    "sum": (lambda: low(3).sum(), BF16),
    "cat": (lambda: torch.cat([t(2), low(2)]), F32),
    "reflect": (lambda: F.pad(low(1, 2, 3), (1, 1), mode="reflect"), F32),
    "zeros": (lambda: F.pad(low(1, 2, 3), (1, 1)), BF16),
    "inverse": (lambda: torch.linalg.inv(torch.eye(3).bfloat16()), F32),
}


@pytest.mark.parametrize("case", DTYPES)
def test_casts_what_pytorch_casts(case):
    function, expected = DTYPES[case]
    with torch.autocast("cpu"):
        found = function()
    assert found.dtype is expected


def test_is_off_outside_and_in_a_disabled_region():
    with torch.autocast("cpu"):
        assert torch.is_autocast_enabled("cpu")
        with torch.autocast("cpu", enabled=False):
            assert (t(2, 2) @ t(2, 2)).dtype is F32
        with torch.autocast("cpu", torch.float16):
            assert (t(2, 2) @ t(2, 2)).dtype is torch.float16
        assert (t(2, 2) @ t(2, 2)).dtype is BF16
    assert not torch.is_autocast_enabled("cpu")
    assert (t(2, 2) @ t(2, 2)).dtype is F32


def test_gradients_have_the_parameters_dtype():
    layer = nn.Linear(2, 3)
    with torch.autocast("cpu"):
        loss = F.cross_entropy(layer(t(4, 2)), torch.tensor([0, 1, 2, 0]))
    loss.backward()
    assert loss.dtype is layer.weight.grad.dtype is F32


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_checkpoint_runs_again_under_the_autocast_of_the_first_run(use_reentrant):
    layer, x = nn.Linear(2, 2), t(1, 2).requires_grad_()
    with torch.autocast("cpu"):
        out = torch.utils.checkpoint.checkpoint(lambda a: layer(layer(a)), x, use_reentrant=use_reentrant)
    out.sum().backward()
    assert out.dtype is BF16 and layer.weight.grad.dtype is F32


def test_decorators_of_functions():
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=F32)
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            seen.append(torch.is_autocast_enabled("cpu"))
            return g @ b.T, a.T @ g

    a = low(2, 2).requires_grad_()
    with torch.autocast("cpu"):
        out = Product.apply(a, t(2, 2))
        out.sum().backward()
    assert out.dtype is F32 and a.grad.dtype is BF16 and seen == [False]


def test_unknown_devices_and_dtypes():
    with pytest.raises(RuntimeError, match="Invalid device string: 'not a device'"):
        torch.autocast("not a device")
    with pytest.raises(RuntimeError, match="unsupported autocast device_type 'meta'"):
        torch.autocast("meta")
    with pytest.warns(UserWarning, match="In CPU autocast, but the target dtype is not supported"):
        assert not torch.autocast("cpu", torch.float64)._enabled
    with pytest.warns(FutureWarning, match=r"torch.cpu.amp.autocast\(args...\)"):
        torch.cpu.amp.autocast()


def test_scaler_leaves_out_bad_steps_and_grows():
    p = nn.Parameter(t(2))
    optimizer = torch.optim.SGD([p], lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=2)
    scales = []
    for factor in (1.0, 1.0, float("inf"), 1.0):
        optimizer.zero_grad()
        scaler.scale((p * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    assert scales == [4.0, 8.0, 4.0, 4.0] and p.tolist() == [-2.0, -2.0]
    assert scaler.state_dict()["_growth_tracker"] == 1
    assert pickle.loads(pickle.dumps(scaler)).get_scale() == 4.0


def test_scaler_refuses_calls_out_of_order():
    p = nn.Parameter(t(2))
    optimizer = torch.optim.SGD([p], lr=1.0)
    scaler = torch.amp.GradScaler("cpu")
    with pytest.raises(AssertionError, match="Attempted unscale_ but _scale is None"):
        scaler.unscale_(optimizer)
    scaler.scale(p.sum()).backward()
    scaler.unscale_(optimizer)
    assert p.grad.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="already been called on this optimizer"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="is being called after step"):
        scaler.unscale_(optimizer)
