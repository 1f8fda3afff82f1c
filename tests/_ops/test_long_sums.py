"""Normalisation over very many elements keeps its digits."""

import jaxtorch as torch


def test_layer_norm_of_a_million_elements():
    torch.manual_seed(0)
    x = torch.rand(2, 1_000_000)
    found = torch.nn.functional.layer_norm(x, (1_000_000,))
    assert (found - torch.nn.functional.layer_norm(x.double(), (1_000_000,))).abs().max() < 2e-6
