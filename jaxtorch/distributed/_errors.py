"""The errors of `torch.distributed`."""


class DistError(RuntimeError):
    """An error of the distributed package."""


class DistBackendError(DistError):
    """A backend's error."""


class DistNetworkError(DistError):
    """A network error."""


class DistStoreError(DistError):
    """A store's error."""
