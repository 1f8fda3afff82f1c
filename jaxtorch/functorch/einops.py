"""`functorch.einops`: `rearrange` of `torch.func`."""

from jaxtorch.func import rearrange as rearrange

__all__ = ["rearrange"]
