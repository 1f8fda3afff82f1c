"""`torch.device`: a type and an index, and the JAX device behind it.

`cpu` always exists; `cuda` is XLA's GPU where JAX has one; `xla` names JAX's default backend (TPU included);
`meta` has shapes and no data.
"""

from __future__ import annotations

import functools
import re

import jax

from jaxtorch._base.modes import defaults

_KNOWN = ("cpu", "cuda", "xla", "meta", "mps", "xpu")


class device:
    """Where a tensor lives: `torch.device("cpu")`, `torch.device("cuda:1")`, `torch.device("cuda", 1)`.

    In a `with` block it is where factory functions make tensors.
    """

    __slots__ = ("type", "index")
    type: str
    index: int | None

    def __new__(cls, type: str | int | device, index: int | None = None) -> device:
        if isinstance(type, device):
            return type
        if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
            raise TypeError(f"device(): argument 'index' (position 2) must be int, not {index.__class__.__name__}")
        if isinstance(type, int) and not isinstance(type, bool):
            index = int(type)
            type = "cuda" if _count("gpu") else "cpu"
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' (position 1) must be str, not {type.__class__.__name__}")
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
        return _intern(*_parse(type, index))

    def __repr__(self) -> str:
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        _outer.append(defaults.device)
        defaults.device = self
        return self

    def __exit__(self, *exc: object) -> None:
        defaults.device = _outer.pop()

    def __reduce__(self):
        return device, (self.type,) if self.index is None else (self.type, self.index)

    def __copy__(self) -> device:
        return self

    def __deepcopy__(self, memo) -> device:
        return self


_outer: list[device | None] = []  # the default devices around the `with` blocks entered


_DEVICE = re.compile(r"[a-zA-Z_]+(:(0|[1-9][0-9]*))?")


def _parse(type: str, index: int | None) -> tuple[str, int | None]:
    if not type:
        raise RuntimeError("Device string must not be empty")
    if not _DEVICE.fullmatch(type):
        raise RuntimeError(f"Invalid device string: '{type}'")
    name, _, number = type.partition(":")
    if name not in _KNOWN:
        raise RuntimeError(
            f"Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, "
            f"vulkan, "
            f"mps, meta, hpu, mtia, privateuseone device type at start of device string: {name}"
        )
    if number:
        if index is not None:
            raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")
        index = int(number)
    return name, index


@functools.cache
def _intern(type: str, index: int | None) -> device:
    made = object.__new__(device)
    made.type, made.index = type, index
    return made


def placed(dev: device) -> device:
    """The device of a tensor made on `dev`: there is one CPU, and its index is forgotten."""
    return dev if dev.index is None or dev.type not in ("cpu", "meta") else _intern(dev.type, None)


@functools.cache
def _count(platform: str) -> int:
    try:
        return len(jax.devices(platform))
    except RuntimeError:
        return 0


def cuda_count() -> int:
    """How many GPUs XLA has."""
    return _count("gpu")


@functools.cache
def jax_device(dev: device):
    """The JAX device of `dev`; PyTorch's error when it is not present."""
    if dev.type == "cpu":
        return jax.local_devices(backend="cpu")[0]
    if dev.type == "cuda":
        if not _count("gpu"):
            raise AssertionError("Torch not compiled with CUDA enabled")
        return jax.devices("gpu")[dev.index or 0]
    if dev.type == "xla":
        present = jax.devices()
        if (dev.index or 0) >= len(present):
            raise RuntimeError(f"There are {len(present)} XLA devices, and no device {dev}")
        return present[dev.index or 0]
    raise RuntimeError(f"PyTorch is not linked with support for {dev.type} devices")


def of_jax(jax_dev) -> device:
    """The torch device of a JAX device."""
    if jax_dev.platform == "cpu":
        return CPU
    return _intern("cuda" if jax_dev.platform in ("gpu", "cuda", "rocm") else "xla", jax_dev.id)


CPU = device("cpu")
META = device("meta")
