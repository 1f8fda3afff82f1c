"""`torch._subclasses.fake_tensor`: what code asks of tensors that may be fake."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class FakeTensor:
    """A tensor without memory that stands for one on a device; none ever is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError('FakeTensor is not supported by jaxtorch; use tensors on the device "meta"')


class FakeTensorMode:
    """Not supported.

    Raises:
        NotImplementedError: always; tensors on the device "meta" have shapes and no memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError('FakeTensorMode is not supported by jaxtorch; use `with torch.device("meta")`')


def is_fake(x: object) -> bool:
    """Whether a tensor is fake: none ever is."""
    return False


@contextlib.contextmanager
def unset_fake_temporarily() -> Iterator[None]:
    """A block outside of fake tensors' mode, as all are."""
    yield
