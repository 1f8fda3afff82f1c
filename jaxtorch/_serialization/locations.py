"""Where a saved storage lay, and where a loaded one goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._base.devices import cuda_count, device
from jaxtorch._tensor.storages import UntypedStorage

_registry: list[tuple[int, Callable, Callable]] = []


def register_package(priority: int, tagger: Callable, deserializer: Callable) -> None:
    """Add a way to tag storages when they are saved and to place them when they are loaded; lower priorities go first.

    `tagger(storage)` gives a location or None; `deserializer(storage, location)` a storage or None.
    """
    _registry.append((priority, tagger, deserializer))
    _registry.sort(key=lambda entry: entry[0])


def location_tag(storage: Any) -> str:
    """The location of a storage, e.g. "cpu" or "cuda:0"."""
    for _, tagger, _ in _registry:
        location = tagger(storage)
        if location:
            return location
    raise RuntimeError(f"don't know how to determine data location of {_name(storage)}")


def default_restore_location(storage: Any, location: str) -> Any:
    """A storage moved to where a file says it was."""
    for _, _, deserializer in _registry:
        result = deserializer(storage, location)
        if result is not None:
            return result
    raise RuntimeError(f"don't know how to restore data location of {_name(storage)} (tagged with {location})")


def _name(storage: Any) -> str:
    return f"torch.storage.{type(storage).__name__}"


def restorer(map_location: Any) -> Callable[[Any, str], Any]:
    """`restore(storage, location)` for a `map_location` argument of `load`."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        return lambda storage, location: default_restore_location(storage, map_location.get(location, location))
    if isinstance(map_location, bytes):
        map_location = map_location.decode("ascii")
    if isinstance(map_location, (str, device)):
        return lambda storage, location: default_restore_location(storage, str(map_location))

    def restore(storage: Any, location: str) -> Any:
        result = map_location(storage, location)
        return default_restore_location(storage, location) if result is None else result

    return restore


def is_meta(map_location: Any) -> bool:
    """Whether everything goes to the `meta` device, so that no data need be read."""
    return isinstance(map_location, (str, device)) and str(map_location) == "meta"


def validate_cuda_device(location: str) -> int:
    """The index of a "cuda:1" that is there; RuntimeError else."""
    index = device(location).index or 0
    if not cuda_count():
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map "
            "your storages to the CPU."
        )
    if index >= cuda_count():
        raise RuntimeError(
            f"Attempting to deserialize object on CUDA device {index} but torch.cuda.device_count() is "
            f"{cuda_count()}. Please use torch.load with map_location to map your storages to an existing device."
        )
    return index


def _tag(kind: str) -> Callable:
    def tagger(storage: Any) -> str | None:
        dev = storage.device
        if dev.type != kind:
            return None
        return kind if kind in ("cpu", "meta") else f"{kind}:{dev.index or 0}"

    return tagger


def _to_cuda(storage: Any, location: str) -> Any:
    if location.partition(":")[0] != "cuda":
        return None
    return storage.to(device=f"cuda:{validate_cuda_device(location)}")


def _to_meta(storage: Any, location: str) -> Any:
    return UntypedStorage(storage.nbytes(), device="meta") if location == "meta" else None


register_package(10, _tag("cpu"), lambda storage, location: storage if location == "cpu" else None)
register_package(20, _tag("cuda"), _to_cuda)
register_package(22, _tag("meta"), _to_meta)
register_package(
    24,
    _tag("xla"),
    lambda storage, location: storage.to(device=location) if location.partition(":")[0] == "xla" else None,
)
