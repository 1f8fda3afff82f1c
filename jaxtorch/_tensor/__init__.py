"""The Tensor: dispatch from PyTorch's surface to the tape, generated variants, views, indexing, printing."""
