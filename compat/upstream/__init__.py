"""PyTorch's own test files under jaxtorch: see README.md."""
