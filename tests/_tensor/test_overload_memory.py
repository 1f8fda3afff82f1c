"""Overloads that the kinds of arguments decide on are remembered, and never for arguments of other kinds."""

import pytest

import jaxtorch as torch
from jaxtorch._tensor import overloads

F = torch.nn.functional


def test_a_call_of_known_kinds_matches_nothing(monkeypatch):
    x, w = torch.ones(1, 2, 5, 5), torch.ones(3, 2, 3, 3)
    F.conv2d(x, w, None, (1, 1), (1, 1))
    monkeypatch.setattr(overloads, "_matches", lambda *args: pytest.fail("matched again"))
    assert F.conv2d(x, w, None, (1, 1), (1, 1)).shape == (1, 3, 5, 5)


def test_other_kinds_are_told_apart():
    x, w = torch.ones(1, 2, 5, 5), torch.ones(3, 2, 3, 3)
    for _ in range(2):
        assert F.conv2d(x, w, None, 1, "same").shape == (1, 3, 5, 5)
        assert F.conv2d(x, w, None, (1, 1), (0, 0)).shape == (1, 3, 3, 3)
        assert torch.sum(x, (2, 3)).shape == (1, 2)
        with pytest.raises(TypeError):
            torch.sum(x, (2.5, 3))
        assert torch.clamp(x, torch.tensor(0.5), torch.tensor(0.7)).max() == torch.tensor(0.7)
        assert torch.clamp(x, torch.full((5,), 0.5)).shape == x.shape
