"""`torch.distributed.device_mesh`: meshes over the one process of the world, all of whose sizes are 1."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from jaxtorch._base.dtypes import int32
from jaxtorch._tensor.construct import tensor as _tensor
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.distributed import _group

_entered: list[DeviceMesh] = []


def _start_world() -> None:
    if _group.is_initialized():
        return
    if "RANK" in os.environ or "WORLD_SIZE" in os.environ:
        _group.init_process_group()
    else:
        _group.init_process_group(rank=0, world_size=1)


class DeviceMesh:
    """The ranks of the world laid out along named dimensions.

    Differs from PyTorch: the world has one process, so every mesh has one element; a group is made for each dimension.

    Raises:
        RuntimeError: more ranks than the world has, or names that do not fit the dimensions.
    """

    def __init__(
        self,
        device_type: str,
        mesh: Any = None,
        *,
        mesh_dim_names: Sequence[str] | None = None,
        backend_override: Any = None,
        _init_backend: bool = True,
    ) -> None:
        _start_world()
        ranks = mesh if isinstance(mesh, Tensor) else _tensor(mesh)
        if ranks.numel() > 1:
            raise RuntimeError(f"Mesh should not be bigger than default world size 1, but found {ranks.numel()} ranks!")
        self._device_type, self._shape = device_type, tuple(ranks.shape)
        self._names = tuple(mesh_dim_names) if mesh_dim_names else None
        self._groups = [_group.new_group([0]) for _ in self._shape] if self.ndim > 1 else [_group.default()] * self.ndim
        self._root: DeviceMesh | None = None
        self._flattened: dict[str, DeviceMesh] = {}

    @property
    def device_type(self) -> str:
        """The type of the mesh's devices."""
        return self._device_type

    @property
    def mesh(self) -> Tensor:
        """The ranks, as an int32 tensor on the CPU."""
        return _tensor(0, dtype=int32).reshape(self._shape)

    @property
    def mesh_dim_names(self) -> tuple[str, ...] | None:
        """The names of the dimensions."""
        return self._names

    @property
    def ndim(self) -> int:
        """How many dimensions the mesh has."""
        return len(self._shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return self._shape

    def size(self, mesh_dim: int | None = None) -> int:
        """How many ranks the mesh, or one of its dimensions, has."""
        return math.prod(self._shape) if mesh_dim is None else self._shape[mesh_dim]

    def get_rank(self) -> int:
        """This process's rank in the world."""
        return _group.get_rank()

    def get_coordinate(self) -> tuple[int, ...]:
        """Where in the mesh this process is."""
        return (0,) * self.ndim

    def get_local_rank(self, mesh_dim: int | str | None = None) -> int:
        """This process's rank along a dimension, which only a mesh of one dimension need not name."""
        return _group.get_rank(self.get_group(mesh_dim))

    def get_group(self, mesh_dim: int | str | None = None) -> Any:
        """The process group of a dimension, which only a mesh of one dimension need not name."""
        if mesh_dim is None and self.ndim > 1:
            raise RuntimeError(
                f"Found the DeviceMesh have {self.ndim} dimensions",
                "Optional kwarg `mesh_dim` needs to be specified when device_mesh.ndim > 1.",
                "If you want to get the list of all the ProcessGroups in the DeviceMesh,"
                "please use `get_all_groups()` instead.",
            )
        return self._groups[self._dimension(mesh_dim or 0)]

    def get_all_groups(self) -> list[Any]:
        """The process groups of all dimensions."""
        return list(self._groups)

    def _dimension(self, which: int | str) -> int:
        if isinstance(which, int):
            return which
        if which not in (self._names or ()):
            known = f"mesh_dim_names={self._names}"
            raise KeyError(f"Mesh dimension '{which}' does not exist.", f"Available mesh dimensions are: {known}")
        return (self._names or ()).index(which)

    def __getitem__(self, mesh_dim_names: str | tuple[str, ...]) -> DeviceMesh:
        """The mesh of some of the dimensions, by name."""
        if not self._names:
            raise RuntimeError("Cannot slice a DeviceMesh without mesh_dim_names!")
        names = (mesh_dim_names,) if isinstance(mesh_dim_names, str) else tuple(mesh_dim_names)
        if names == self._names:
            return self
        if len(names) == 1 and names[0] in self._get_root_mesh()._flattened:
            return self._get_root_mesh()._flattened[names[0]]
        if any(name not in self._names for name in names):
            raise KeyError(f"Invalid mesh_dim_names {names} specified. Valid mesh_dim_names are {list(self._names)}.")
        return self._derived(names, [self._groups[self._names.index(name)] for name in names])

    def _derived(self, names: tuple[str, ...] | None, groups: list[Any]) -> DeviceMesh:
        made = DeviceMesh.__new__(DeviceMesh)
        made._device_type, made._shape, made._names = self._device_type, (1,) * len(groups), names
        made._groups, made._root, made._flattened = groups, self._get_root_mesh(), {}
        return made

    def _get_root_mesh(self) -> DeviceMesh:
        return self._root or self

    def _flatten(self, mesh_dim_name: str | None = None, backend_override: Any = None) -> DeviceMesh:
        """The mesh as one of one dimension, which the root mesh then knows by name."""
        name = mesh_dim_name or "_".join(self._names or ())
        known = self._get_root_mesh()._flattened
        if name not in known:
            known[name] = self._derived((name,), [_group.new_group([0])])
        return known[name]

    @staticmethod
    def from_group(
        group: Any, device_type: str, mesh: Any = None, *, mesh_dim_names: tuple[str, ...] | None = None
    ) -> DeviceMesh:
        """The mesh of a process group, or of one group for each dimension."""
        groups = list(group) if isinstance(group, (list, tuple)) else [group]
        made = DeviceMesh(device_type, _tensor(0).reshape((1,) * len(groups)), mesh_dim_names=mesh_dim_names)
        made._groups = groups
        return made

    def _key(self) -> tuple:
        return self._device_type, self._shape, self._names, None if self._root is None else id(self._root)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, DeviceMesh) and self._key() == other._key())

    def __hash__(self) -> int:
        return hash(self._key())

    def __enter__(self) -> DeviceMesh:
        _entered.append(self)
        return self

    def __exit__(self, *exc: Any) -> None:
        _entered.pop()

    def __repr__(self) -> str:
        if self._names:
            shape = ", ".join(f"{name}={size}" for name, size in zip(self._names, self._shape, strict=True))
        else:
            shape = ", ".join(map(str, self._shape)) + "," * (self.ndim == 1)
        strides = ", ".join("()" for _ in self._shape) + "," * (self.ndim == 1)
        return f"DeviceMesh(({shape}), '{self._device_type}', stride=({strides}))"


def init_device_mesh(
    device_type: str,
    mesh_shape: tuple[int, ...],
    *,
    mesh_dim_names: tuple[str, ...] | None = None,
    backend_override: Any = None,
) -> DeviceMesh:
    """A mesh of a shape over all ranks; starts the process group if there is none.

    Raises:
        RuntimeError: a mesh of more than the one rank, or names that repeat or do not fit the shape.
    """
    if mesh_dim_names is not None and len(set(mesh_dim_names)) != len(mesh_dim_names):
        raise RuntimeError(
            "Each mesh_dim_name must be unique.",
            f"Found repeated mesh_dim_name in mesh_dim_names {mesh_dim_names}",
        )
    if mesh_dim_names is not None and len(mesh_shape) != len(mesh_dim_names):
        raise RuntimeError(
            "mesh_shape and mesh_dim_names should have same length!",
            f"Found len(mesh_dim_names): {len(mesh_dim_names)} and len(mesh_shape):{len(mesh_shape)}.",
        )
    if not device_type.isalpha():
        raise RuntimeError(
            f"Device type with index is not supported but got {device_type}. ",
            "If you maintained a 'torch.device' object, it's recommended to pass in 'device.type'.",
        )
    size = math.prod(mesh_shape)
    ranks = _tensor(list(range(size)), dtype=int32).reshape(mesh_shape)
    return DeviceMesh(device_type, ranks, mesh_dim_names=mesh_dim_names)
