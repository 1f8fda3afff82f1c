"""References held through a tuple of arguments that a record shares with somebody else."""

import jaxtorch as torch
from jaxtorch._engine import program
from jaxtorch._engine.recorder import flush


def test_buffer_is_not_donated_while_a_later_piece_reads_it(monkeypatch):
    """A range check and its operation read the same inputs; the buffer is still wanted behind them."""
    monkeypatch.setattr(program.config, "donate", 1)
    weight = torch.ones(64, 8, requires_grad=True)
    total = torch.zeros(64, 8)
    weight.sum().item()
    for _ in range(3):
        index = (torch.arange(64) * 1.0).long()  # pending, so the check becomes part of the program
        out = torch.nn.functional.embedding(index, weight)
        total = total + out.detach()
        weight.data = weight.data * 2
        flush()
    assert total[0, 0].item() == 1 + 2 + 4


def test_values_kept_by_a_node_survive_the_flush():
    """A node that keeps the very inputs of its record can still read them after the program ran."""
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, _ = torch.sort(x * 2)
    assert values.tolist() == [2.0, 4.0, 6.0]
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [200.0, 2.0, 20.0]
