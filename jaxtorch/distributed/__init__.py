"""`torch.distributed` for one process: groups of one, and collectives that give back its own contribution.

A script written for several processes runs as the only one of its world; a world size above 1 raises.
"""

from __future__ import annotations

import os as _os

from jaxtorch.distributed import constants as constants
from jaxtorch.distributed import device_mesh as device_mesh
from jaxtorch.distributed import distributed_c10d as distributed_c10d
from jaxtorch.distributed import nn as nn
from jaxtorch.distributed import optim as optim
from jaxtorch.distributed import rpc as rpc
from jaxtorch.distributed import tensor as tensor
from jaxtorch.distributed._collectives import Work as Work
from jaxtorch.distributed._collectives import all_gather as all_gather
from jaxtorch.distributed._collectives import all_gather_into_tensor as all_gather_into_tensor
from jaxtorch.distributed._collectives import all_gather_object as all_gather_object
from jaxtorch.distributed._collectives import all_reduce as all_reduce
from jaxtorch.distributed._collectives import all_reduce_coalesced as all_reduce_coalesced
from jaxtorch.distributed._collectives import all_to_all as all_to_all
from jaxtorch.distributed._collectives import all_to_all_single as all_to_all_single
from jaxtorch.distributed._collectives import barrier as barrier
from jaxtorch.distributed._collectives import broadcast as broadcast
from jaxtorch.distributed._collectives import broadcast_object_list as broadcast_object_list
from jaxtorch.distributed._collectives import gather as gather
from jaxtorch.distributed._collectives import gather_object as gather_object
from jaxtorch.distributed._collectives import irecv as irecv
from jaxtorch.distributed._collectives import isend as isend
from jaxtorch.distributed._collectives import monitored_barrier as monitored_barrier
from jaxtorch.distributed._collectives import recv as recv
from jaxtorch.distributed._collectives import reduce as reduce
from jaxtorch.distributed._collectives import reduce_scatter as reduce_scatter
from jaxtorch.distributed._collectives import reduce_scatter_tensor as reduce_scatter_tensor
from jaxtorch.distributed._collectives import scatter as scatter
from jaxtorch.distributed._collectives import scatter_object_list as scatter_object_list
from jaxtorch.distributed._collectives import send as send
from jaxtorch.distributed._errors import DistBackendError as DistBackendError
from jaxtorch.distributed._errors import DistError as DistError
from jaxtorch.distributed._errors import DistNetworkError as DistNetworkError
from jaxtorch.distributed._errors import DistStoreError as DistStoreError
from jaxtorch.distributed._group import GroupMember as GroupMember
from jaxtorch.distributed._group import ProcessGroup as ProcessGroup
from jaxtorch.distributed._group import default_pg_timeout as default_pg_timeout
from jaxtorch.distributed._group import destroy_process_group as destroy_process_group
from jaxtorch.distributed._group import get_backend as get_backend
from jaxtorch.distributed._group import get_global_rank as get_global_rank
from jaxtorch.distributed._group import get_group_rank as get_group_rank
from jaxtorch.distributed._group import get_node_local_rank as get_node_local_rank
from jaxtorch.distributed._group import get_process_group_ranks as get_process_group_ranks
from jaxtorch.distributed._group import get_rank as get_rank
from jaxtorch.distributed._group import get_world_size as get_world_size
from jaxtorch.distributed._group import group as group
from jaxtorch.distributed._group import init_process_group as init_process_group
from jaxtorch.distributed._group import is_initialized as is_initialized
from jaxtorch.distributed._group import new_group as new_group
from jaxtorch.distributed._reduce_op import Backend as Backend
from jaxtorch.distributed._reduce_op import ReduceOp as ReduceOp
from jaxtorch.distributed._store import FileStore as FileStore
from jaxtorch.distributed._store import HashStore as HashStore
from jaxtorch.distributed._store import PrefixStore as PrefixStore
from jaxtorch.distributed._store import Store as Store
from jaxtorch.distributed._store import TCPStore as TCPStore
from jaxtorch.distributed.device_mesh import DeviceMesh as DeviceMesh
from jaxtorch.distributed.device_mesh import init_device_mesh as init_device_mesh


def is_available() -> bool:
    """False, as in a PyTorch built without it: DTensor, FSDP and RPC are not there, which code asks this for.

    Groups and collectives of one process work all the same.
    """
    return False


def is_gloo_available() -> bool:
    """Whether collectives on the CPU work."""
    return True


def is_nccl_available() -> bool:
    """Whether NCCL is there: it never is; XLA has collectives of its own."""
    return False


is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def is_backend_available(backend: str) -> bool:
    """Whether a backend can be used."""
    return backend.lower() == "gloo"


def is_torchelastic_launched() -> bool:
    """Whether torchrun has started this process."""
    return _os.environ.get("TORCHELASTIC_RUN_ID") is not None


def __getattr__(name: str):
    raise AttributeError(f"module 'torch.distributed' has no attribute '{name}' (jaxtorch does not have it)")
