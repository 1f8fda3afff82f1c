"""`torch.distributed.nn`: collectives that gradients flow through."""

from jaxtorch.distributed.nn.functional import all_gather as all_gather
from jaxtorch.distributed.nn.functional import all_reduce as all_reduce
from jaxtorch.distributed.nn.functional import all_to_all as all_to_all
from jaxtorch.distributed.nn.functional import all_to_all_single as all_to_all_single
from jaxtorch.distributed.nn.functional import broadcast as broadcast
from jaxtorch.distributed.nn.functional import gather as gather
from jaxtorch.distributed.nn.functional import reduce as reduce
from jaxtorch.distributed.nn.functional import reduce_scatter as reduce_scatter
from jaxtorch.distributed.nn.functional import scatter as scatter
