"""Everything that holds jaxtorch against real PyTorch: it alone may import torch."""
