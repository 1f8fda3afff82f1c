"""Drives PyTorch's own operator database against a module that claims to be torch."""
