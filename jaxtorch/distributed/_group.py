"""The process group: one process, which is rank 0 of 1."""

from __future__ import annotations

import datetime
import os
from typing import Any

from jaxtorch.distributed._reduce_op import Backend

default_pg_timeout = datetime.timedelta(minutes=30)
_UNINITIALIZED = "Default process group has not been initialized, please make sure to call init_process_group."


class ProcessGroup:
    """The processes that take part in a collective: this one."""

    def __init__(self, backend: str, name: str) -> None:
        self._backend, self.group_name = backend, name

    @property
    def group_desc(self) -> str:
        """What the group is for."""
        return "default_pg" if self.group_name == "0" else "undefined"

    def rank(self) -> int:
        """This process's number in the group."""
        return 0

    def size(self) -> int:
        """How many processes the group has."""
        return 1

    def name(self) -> str:
        """The backend's name."""
        return self._backend


class GroupMember:
    """`WORLD` is the default group; `NON_GROUP_MEMBER` stands for a group this process is not in."""

    WORLD: ProcessGroup | None = None
    NON_GROUP_MEMBER = -100


class _World(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:
        return GroupMember.WORLD


class group(metaclass=_World):
    """`group.WORLD` is the default group."""


_groups: dict[ProcessGroup, list[int]] = {}


def _set_default(found: ProcessGroup | None) -> None:
    GroupMember.WORLD = found


def is_initialized() -> bool:
    """Whether `init_process_group` has been called."""
    return GroupMember.WORLD is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: datetime.timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Start the default group. World size and rank come from the arguments or, for `env://`, the environment.

    Differs from PyTorch: a world has one process. JAX uses every core and device from a single process.

    Raises:
        NotImplementedError: a world size above 1.
        ValueError: the world size or rank is not given anywhere, or the group exists.
    """
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if store is not None and init_method is not None:
        raise AssertionError("Cannot specify both init_method and store.")
    by_environment = store is None and init_method in (None, "env://")
    number = rank if rank >= 0 else _from_environment("RANK", by_environment)
    size = world_size if world_size >= 0 else _from_environment("WORLD_SIZE", by_environment)
    if size != 1:
        raise NotImplementedError(
            f"torch.distributed.init_process_group with a world size of {size} is not supported by jaxtorch; use one "
            "process, which XLA spreads over all cores and devices"
        )
    if number != 0:
        raise ValueError(f"rank {number} is not below the world size {size}")
    name = str(Backend(backend)) if backend and ":" not in backend else "gloo"
    made = ProcessGroup(name, "0")
    _groups[made] = [0]
    _set_default(made)


def _from_environment(name: str, allowed: bool) -> int:
    if not allowed:
        what = "rank" if name == "RANK" else "world_size"
        raise ValueError(f"Error initializing torch.distributed using a store or URL: {what} parameter missing")
    if name not in os.environ:
        raise ValueError(
            f"Error initializing torch.distributed using env:// rendezvous: environment variable {name} expected, "
            "but not set"
        )
    return int(os.environ[name])


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """End a group; the default one, and with it all others, if none is named."""
    if group is None or group is GroupMember.WORLD:
        default()
        _groups.clear()
        _set_default(None)
    else:
        _groups.pop(group, None)


def default() -> ProcessGroup:
    """The default group."""
    if GroupMember.WORLD is None:
        raise ValueError(_UNINITIALIZED)
    return GroupMember.WORLD


def outside(group: Any) -> bool:
    """Whether this process is not in a group, whose collectives then do nothing."""
    if group is None:
        default()
        return False
    return group == GroupMember.NON_GROUP_MEMBER


def new_group(
    ranks: Any = None,
    timeout: Any = None,
    backend: str | None = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: str | None = None,
    device_id: Any = None,
) -> Any:
    """A group of some of the ranks; `GroupMember.NON_GROUP_MEMBER` if this process is not among them."""
    world = default()
    members = [0] if ranks is None else sorted(ranks)
    for r in members:
        if r != 0:
            raise ValueError(f"Rank {r} is out of range. Valid ranks are 0 to 0 (world_size=1)")
    if not members:
        return GroupMember.NON_GROUP_MEMBER
    made = ProcessGroup(str(Backend(backend)) if backend else world.name(), str(len(_groups)))
    _groups[made] = members
    return made


def get_rank(group: Any = None) -> int:
    """This process's rank in a group, -1 if it is not in it."""
    return -1 if outside(group) else 0


def get_world_size(group: Any = None) -> int:
    """How many processes a group has, -1 if this one is not in it."""
    return -1 if outside(group) else 1


def get_backend(group: Any = None) -> str:
    """The name of a group's backend."""
    return (group or default()).name()


def get_process_group_ranks(group: Any = None) -> list[int]:
    """The global ranks of a group."""
    return list(_groups[group or default()])


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The global rank of a group's rank."""
    if group_rank != 0:
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return 0


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The rank in a group of a global rank."""
    if global_rank != 0:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return 0


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The rank on this machine, from LOCAL_RANK."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError(
        "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to work, "
        "assuming you are not running in a multi-device context and want the code to run locally instead."
    )
