"""Views as methods of Tensor, where they differ from the functions."""

import jaxtorch as torch


def test_the_method_split_names_its_size_otherwise_than_the_function():
    x = torch.arange(6.0)
    assert (
        [len(p) for p in x.split(split_size=4)] == [len(p) for p in torch.split(x, split_size_or_sections=4)] == [4, 2]
    )
