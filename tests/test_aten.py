"""Root names that take the kernels' arguments: they give what nn.functional and linalg give."""

import pytest

import jaxtorch as torch
from jaxtorch.nn import functional as F


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_norms():
    x, w, b = torch.randn(2, 4, 3), torch.randn(4), torch.randn(4)
    mean, var = torch.zeros(4), torch.ones(4)
    out, save_mean, invstd = torch.native_batch_norm(x, w, b, mean, var, True, 0.1, 1e-5)
    assert torch.equal(out, F.batch_norm(x, torch.zeros(4), torch.ones(4), w, b, True))
    assert torch.allclose(save_mean, x.mean((0, 2))) and torch.allclose(mean, 0.1 * save_mean)
    assert torch.allclose(invstd, 1 / torch.sqrt(x.var((0, 2), unbiased=False) + 1e-5))
    assert torch.native_batch_norm(x, w, b, mean, var, False, 0.1, 1e-5)[1].shape == (0,)
    out, mean, rstd = torch.native_layer_norm(x, (3,), None, None, 1e-5)
    assert torch.equal(out, F.layer_norm(x, (3,))) and mean.shape == rstd.shape == (2, 4, 1)
    out, mean, rstd = torch.native_group_norm(x, w, b, 2, 4, 3, 2, 1e-5)
    assert torch.equal(out, F.group_norm(x, 2, w, b)) and mean.shape == rstd.shape == (2, 2)


def test_one_value_per_channel_is_no_error_for_the_kernel():
    x = torch.randn(1, 3)
    assert torch.batch_norm(x, None, torch.ones(3), None, None, True, 0.1, 1e-5, False).tolist() == [[1.0, 1.0, 1.0]]


def test_recurrent_stack_equals_the_module():
    for name, cls in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU), ("rnn_tanh", torch.nn.RNN)):
        module = cls(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        x, h = torch.randn(2, 5, 3), torch.randn(4, 2, 4)
        hx = (h, h) if name == "lstm" else h
        params = [p for run in module.all_weights for p in run]
        output, *finals = getattr(torch, name)(x, hx, params, True, 2, 0.0, False, True, True)
        expected, last = module(x, hx)
        assert torch.allclose(output, expected)
        for a, b in zip(finals, last if name == "lstm" else (last,), strict=True):
            assert torch.allclose(a, b)


def test_others():
    x = torch.randn(1, 2, 4, 4)
    assert torch.equal(torch.constant_pad_nd(x, (1, 1), 2.0), F.pad(x, (1, 1), value=2.0))
    weight = torch.randn(3, 2, 2, 2)
    made = torch.convolution(x, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
    assert torch.equal(made, F.conv2d(x, weight))
    grid = torch.rand(1, 3, 3, 2) * 2 - 1
    assert torch.equal(torch.grid_sampler_2d(x, grid, 0, 1, False), F.grid_sample(x, grid, "bilinear", "border", False))
    table, rows = torch.randn(5, 2), torch.tensor([1, 4])
    assert torch.equal(torch.embedding(table, rows), table[rows])
    a, b = torch.randn(3), torch.rand(3)
    assert torch.kl_div(a, b, 2).item() == pytest.approx(F.kl_div(a, b, reduction="sum").item())
    quantised = torch.fake_quantize_per_tensor_affine(torch.tensor([0.26, -9.0]), 0.1, 0, -5, 5)
    assert quantised.tolist() == pytest.approx([0.3, -0.5])


def test_low_rank():
    a = torch.randn(8, 2) @ torch.randn(2, 6)
    u, s, v = torch.svd_lowrank(a, 3)
    assert torch.allclose(u * s @ v.mH, a, atol=1e-4)
    u, s, v = torch.pca_lowrank(a, 2)
    assert torch.allclose(u * s @ v.mH, a - a.mean(0), atol=1e-4)
    lu, pivots = torch.lu(a[:6])
    assert torch.equal(lu, torch.linalg.lu_factor(a[:6])[0]) and a[:6].lu()[1].dtype is torch.int32
    sym = a @ a.mT + torch.eye(8)
    values, vectors = torch.lobpcg(sym, 2)
    assert torch.allclose(sym @ vectors, vectors * values, atol=1e-3)


def test_removed_functions_say_what_took_their_place():
    with pytest.raises(RuntimeError, match="deprecated since version 1.9 and is now removed"):
        torch.symeig(torch.eye(2))


def test_return_types():
    assert isinstance(torch.max(torch.ones(2, 2), 0), torch.return_types.max)
    assert torch.svd(torch.eye(2)).V.shape == torch.linalg.svd(torch.eye(2)).Vh.shape


def test_control_flow():
    assert torch.cond(torch.tensor(True), torch.sin, torch.cos, (torch.zeros(2),)).tolist() == [0.0, 0.0]
    assert torch.while_loop(lambda i: i < 5, lambda i: i + 2, (torch.tensor(0),))[0].item() == 6


def test_kernels_below_torch_ops():
    aten = torch.ops.aten
    x = torch.arange(6.0).reshape(2, 3)
    aten.alias(x).add_(1)
    assert x[0].tolist() == [1, 2, 3] and aten.sym_size.int(x, 1) == 3
    assert aten.index.Tensor(x, [None, torch.tensor([2, 0])]).tolist() == [[3, 1], [6, 4]]
    assert aten.linalg_det(torch.eye(2)).item() == 1 and aten.special_expit(torch.zeros(1)).item() == 0.5
    assert aten._is_all_true(x > 0).item() and aten._local_scalar_dense(x.sum()) == 21
    with pytest.raises(NotImplementedError, match="use torch.sparse.mm"):
        aten._sparse_mm_reduce_impl(x, x, "sum")
