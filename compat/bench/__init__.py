"""Times the same PyTorch source under PyTorch and under jaxtorch, side by side."""
