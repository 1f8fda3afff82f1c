"""The exceptions that PyTorch names at its root."""


class AcceleratorError(RuntimeError):
    """A device reported a failure."""


class OutOfMemoryError(RuntimeError):
    """A device has no memory left."""


AcceleratorError.__module__ = OutOfMemoryError.__module__ = "jaxtorch"
