"""Optimizers and sparse gradients. Expected parameters are PyTorch's."""

import pytest

import jaxtorch as torch


def _train(make, steps=3, **options):
    weight = torch.nn.Parameter(torch.arange(12.0).reshape(4, 3) / 10)
    optimizer = make([weight])
    for step in range(steps):
        rows = torch.nn.functional.embedding(torch.tensor([1, 2, 1, step]), weight, sparse=True, **options)
        optimizer.zero_grad()
        (rows**2).sum().backward()
        assert weight.grad.is_sparse
        optimizer.step()
    return weight


_EXPECTED = {
    "SparseAdam": [
        [0, 1.63913e-07, 0.1],
        [0.0100987, 0.106271, 0.204823],
        [0.301665, 0.401709, 0.501798],
        [0.9, 1, 1.1],
    ],
    "SGD": [[0, 0.08, 0.16], [0.0432, 0.0576, 0.072], [0.2304, 0.2688, 0.3072], [0.9, 1, 1.1]],
    "momentum": [[0, 0.0458, 0.0916], [-0.216, -0.288, -0.36], [-0.018, -0.021, -0.024], [0.9, 1, 1.1]],
    "Adagrad": [[0, 0, 0.1], [0.100139, 0.190218, 0.284943], [0.361493, 0.459169, 0.557509], [0.9, 1, 1.1]],
}
_MAKERS = {
    "SparseAdam": lambda p: torch.optim.SparseAdam(p, lr=0.1),
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
}


@pytest.mark.parametrize("name", _MAKERS)
def test_updates(name):
    torch.testing.assert_close(_train(_MAKERS[name]).detach(), torch.tensor(_EXPECTED[name]), rtol=2e-5, atol=2e-6)


def test_rows_that_were_not_looked_up_stay():
    weight = torch.nn.Parameter(torch.ones(4, 2))
    optimizer = torch.optim.SparseAdam([weight], lr=0.5, maximize=True)
    torch.nn.functional.embedding(torch.tensor([1]), weight, sparse=True).sum().backward()
    optimizer.step()
    assert weight[0].tolist() == [1.0, 1.0] and weight[1, 0].item() == pytest.approx(1.5)
    state = optimizer.state[weight]
    assert state["step"] == 1 and state["exp_avg"][2].tolist() == [0.0, 0.0]


def test_the_state_can_be_saved():
    weight = torch.nn.Parameter(torch.ones(4, 2))
    optimizer = torch.optim.SparseAdam([weight])
    torch.nn.functional.embedding(torch.tensor([1]), weight, sparse=True).sum().backward()
    optimizer.step()
    other = torch.optim.SparseAdam([weight])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[weight]["step"] == 1
    torch.testing.assert_close(other.state[weight]["exp_avg_sq"], optimizer.state[weight]["exp_avg_sq"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (torch.optim.Adam, "Adam does not support sparse gradients, please consider SparseAdam instead"),
        (torch.optim.RMSprop, "RMSprop does not support sparse gradients"),
    ],
)
def test_optimizers_without_sparse_gradients(make, message):
    with pytest.raises(RuntimeError, match=message):
        _train(make)


def test_dense_gradients():
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients"):
        torch.optim.SparseAdam(layer.parameters()).step()
