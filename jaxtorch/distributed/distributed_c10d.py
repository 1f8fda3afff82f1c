"""`torch.distributed.distributed_c10d`, where PyTorch defines groups and collectives."""

from jaxtorch.distributed._collectives import all_gather as all_gather
from jaxtorch.distributed._collectives import all_reduce as all_reduce
from jaxtorch.distributed._collectives import barrier as barrier
from jaxtorch.distributed._collectives import broadcast as broadcast
from jaxtorch.distributed._group import GroupMember as GroupMember
from jaxtorch.distributed._group import ProcessGroup as ProcessGroup
from jaxtorch.distributed._group import default as _get_default_group  # noqa: F401  libraries use it
from jaxtorch.distributed._group import default_pg_timeout as default_pg_timeout
from jaxtorch.distributed._group import get_rank as get_rank
from jaxtorch.distributed._group import get_world_size as get_world_size
from jaxtorch.distributed._group import group as group
from jaxtorch.distributed._group import init_process_group as init_process_group
from jaxtorch.distributed._group import is_initialized as is_initialized
from jaxtorch.distributed._reduce_op import Backend as Backend
from jaxtorch.distributed._reduce_op import ReduceOp as ReduceOp
