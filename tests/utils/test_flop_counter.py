"""Operations counted by PyTorch's formulas, forward and backward, and the modules they belong to."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch.utils.flop_counter import FlopCounterMode, register_flop_formula
from jaxtorch.utils.module_tracker import ModuleTracker


def leaf(*shape):
    return torch.ones(*shape, requires_grad=True)


def attend():
    x = leaf(2, 5, 8)
    return nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)[0]


# Counted by PyTorch, on the CPU.
COUNTS = {
    "product": (lambda: torch.mm(leaf(4, 5), leaf(5, 6)).sum().backward(), 720),
    "one gradient": (lambda: (leaf(4, 5) @ torch.ones(5, 6)).sum().backward(), 480),
    "folded": (lambda: (leaf(2, 3, 4) @ leaf(4, 5)).sum().backward(), 720),
    "vector": (lambda: leaf(3, 4) @ leaf(4), 0),
    "linear": (lambda: F.linear(input=leaf(2, 4), weight=leaf(5, 4)), 80),
    "added": (lambda: torch.addmm(leaf(6), leaf(4, 5), leaf(5, 6)), 240),
    "convolution": (lambda: torch.conv2d(torch.ones(2, 3, 6, 6), torch.ones(6, 3, 4, 4), padding=1), 28800),
    "groups": (lambda: F.conv2d(leaf(4, 5, 5), leaf(6, 2, 2, 2), groups=2).sum().backward(), 6144),
    "transposed": (lambda: nn.ConvTranspose1d(3, 4, 2, stride=2)(leaf(2, 3, 5)).sum().backward(), 1440),
    "einsum": (lambda: torch.einsum("...i,ji->...j", leaf(2, 3, 4), leaf(5, 4)), 240),
    "einsum of three": (lambda: torch.einsum("ij,jk,kl->il", leaf(2, 3), leaf(3, 4), leaf(4, 5)), 128),
    "outer": (lambda: torch.einsum("i,j->ij", leaf(3), leaf(4)), 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_totals(name):
    run, expected = COUNTS[name]
    with FlopCounterMode(display=False) as counter:
        run()
    assert counter.get_total_flops() == expected


def test_functions_that_call_others_are_counted_by_those():
    with FlopCounterMode(display=False) as counter:
        attend()
    assert counter.get_total_flops() > 4 * 2 * 10 * 8 * 8 - 1


def test_counts_by_module(capsys):
    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4)))
    with FlopCounterMode(depth=2) as counter:
        model(torch.ones(2, 4)).sum().backward()
    counts = counter.get_flop_counts()
    aten = torch.ops.aten
    assert counts["Sequential.0"] == {aten.addmm: 64, aten.mm: 64}
    assert counts["Sequential.1.0"] == {aten.addmm: 64, aten.mm: 128}
    assert " Sequential.1   192.000   60.00%" in capsys.readouterr().out


def test_formulas_of_ones_own():
    with FlopCounterMode(display=False, custom_mapping={torch.ops.aten.add: lambda *shapes, out_shape: 5}) as counter:
        torch.ones(2) + torch.ones(2)
    assert counter.get_total_flops() == 5
    with pytest.raises(ValueError, match="expected each target to be OpOverloadPacket"):
        register_flop_formula(torch.add)(lambda *shapes, out_shape: 5)


def test_tracker_knows_the_way_back():
    class Inner(nn.Module):
        def forward(self, x):
            x = x * 2
            seen.append((set(tracker.parents), tracker.is_bw))
            x.register_hook(lambda g: seen.append((set(tracker.parents), tracker.is_bw)))
            return x + 1

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def forward(self, x):
            return self.inner(x)

    seen = []
    with ModuleTracker() as tracker:
        Outer()(leaf(2)).sum().backward()
        assert tracker.parents == {"Global"}
    assert seen == [({"Global", "Outer", "Outer.inner"}, False), ({"Global", "Outer", "Outer.inner"}, True)]


def test_gradients_of_a_convolution_by_the_kernels_name():
    x, w, g = torch.ones(1, 2, 4, 4), torch.ones(3, 2, 2, 2), torch.ones(1, 3, 3, 3)
    found = torch.ops.aten.convolution_backward(
        g, x, w, [3], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True, False, True]
    )
    assert found[0].shape == x.shape
    assert found[1] is None
    assert found[2].tolist() == [9.0, 9.0, 9.0]
