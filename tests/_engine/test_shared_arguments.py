"""References held through a tuple of arguments that a record shares with somebody else."""

import jaxtorch as torch
from jaxtorch._engine import program, recorder


def test_buffer_is_not_donated_while_a_later_piece_reads_it(monkeypatch):
    """A range check and its operation read the same inputs; the next piece of the batch still wants them."""
    monkeypatch.setattr(program.config, "donate", 1)
    weight = torch.ones(64, 8)
    weight.sum().item()
    recorder.flush()
    index = (torch.arange(64) * 1.0).long()  # pending, so that the check becomes part of the program
    rows = torch.nn.functional.embedding(index, weight)
    begin = recorder.pending_count()
    weight.mul_(2)  # nothing but this record holds the old value now
    stretch = program.survey(recorder._local.state.pending[:begin])
    shapes = {stretch.leaves[i].aval.shape for i in program._donatable(stretch)}
    assert (64, 8) not in shapes
    del stretch
    assert rows.sum().item() == 64 * 8 and weight.sum().item() == 2 * 64 * 8


def test_values_kept_by_a_node_survive_the_flush(monkeypatch):
    """A node that keeps the very inputs of its record can still read them after the program ran."""
    monkeypatch.setattr(program.config, "host_times", 0)  # the host tier would keep every value
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, _ = torch.sort(x * 2)
    assert values.tolist() == [2.0, 4.0, 6.0]
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [200.0, 2.0, 20.0]
