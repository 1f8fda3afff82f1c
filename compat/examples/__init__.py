"""The examples under PyTorch and under jaxtorch, side by side: `python -m compat.examples`."""
