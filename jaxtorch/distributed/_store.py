"""Stores of keys and values: of one process, which keeps them itself."""

from __future__ import annotations

import datetime
from typing import Any

from jaxtorch.distributed._errors import DistStoreError


class Store:
    """Keys and values that the processes of a world share: here those of the one process.

    Differs from PyTorch: no server is started and no file written.

    Raises:
        NotImplementedError: a world of more than one process.
    """

    def __init__(self, *args: Any, world_size: int | None = None, **kwargs: Any) -> None:
        if world_size is not None and world_size > 1:
            raise NotImplementedError(
                f"torch.distributed.{type(self).__name__} for {world_size} processes is not supported by jaxtorch; "
                "use one process, which XLA spreads over all cores and devices"
            )
        self._values: dict[str, bytes] = {}
        self.timeout = datetime.timedelta(minutes=5)

    def set(self, key: str, value: str | bytes) -> None:
        """Keep a value."""
        self._values[key] = value.encode() if isinstance(value, str) else bytes(value)

    def get(self, key: str) -> bytes:
        """The value of a key; DistStoreError where nobody is left who could set it."""
        self.wait([key])
        return self._values[key]

    def add(self, key: str, amount: int) -> int:
        """Count up, from 0; gives the new count."""
        count = int(self._values.get(key, b"0")) + amount
        self.set(key, str(count))
        return count

    def append(self, key: str, value: str | bytes) -> None:
        """Lengthen a value."""
        self._values[key] = self._values.get(key, b"") + (value.encode() if isinstance(value, str) else bytes(value))

    def compare_set(self, key: str, expected_value: str, desired_value: str) -> bytes:
        """Set a value if it is the expected one; gives what is there then."""
        if self._values.get(key, b"") == expected_value.encode():
            self.set(key, desired_value)
        return self._values.get(key, expected_value.encode())

    def check(self, keys: list[str]) -> bool:
        """Whether all of the keys are set."""
        return all(key in self._values for key in keys)

    def wait(self, keys: list[str], timeout: Any = None) -> None:
        """DistStoreError where a key is not set: there is no one to wait for."""
        if not self.check(keys):
            raise DistStoreError(f"wait timeout: keys {keys} are not set, and no other process could set them")

    def delete_key(self, key: str) -> bool:
        """Forget a key; whether it was set."""
        return self._values.pop(key, None) is not None

    def num_keys(self) -> int:
        """How many keys are set."""
        return len(self._values)

    def set_timeout(self, timeout: datetime.timedelta) -> None:
        """How long `get` may wait; it does not."""
        self.timeout = timeout


class HashStore(Store):
    """A store in memory."""


class TCPStore(Store):
    """A store that a server would keep."""

    def __init__(
        self,
        host_name: str,
        port: int,
        world_size: int | None = None,
        is_master: bool = False,
        timeout: datetime.timedelta = datetime.timedelta(seconds=300),
        wait_for_workers: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(world_size=world_size)
        self.host, self.port, self.timeout = host_name, port, timeout


class FileStore(Store):
    """A store that a file would keep."""

    def __init__(self, file_name: str, world_size: int = -1) -> None:
        super().__init__(world_size=world_size)
        self.path = file_name


class PrefixStore(Store):
    """Another store, under a prefix."""

    def __init__(self, prefix: str, store: Store) -> None:
        super().__init__()
        self.prefix, self.underlying_store = prefix, store
        self._values = _Prefixed(prefix, store._values)


class _Prefixed(dict):
    def __init__(self, prefix: str, values: dict) -> None:
        super().__init__()
        self.prefix, self.values_ = prefix, values

    def __getitem__(self, key: str) -> bytes:
        return self.values_[f"{self.prefix}/{key}"]

    def __setitem__(self, key: str, value: bytes) -> None:
        self.values_[f"{self.prefix}/{key}"] = value

    def __contains__(self, key: object) -> bool:
        return f"{self.prefix}/{key}" in self.values_

    def __len__(self) -> int:
        return len(self.values_)

    def get(self, key: str, default: Any = None) -> Any:
        return self.values_.get(f"{self.prefix}/{key}", default)

    def pop(self, key: str, default: Any = None) -> Any:
        return self.values_.pop(f"{self.prefix}/{key}", default)
