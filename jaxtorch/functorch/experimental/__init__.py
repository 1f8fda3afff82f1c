"""`functorch.experimental`: names of `torch.func` under which older programs import them."""

from jaxtorch.func import functionalize as functionalize
from jaxtorch.func import hessian as hessian
from jaxtorch.func import jacfwd as jacfwd
from jaxtorch.func import jvp as jvp
from jaxtorch.func import replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_
from jaxtorch.func._vmap import chunk_vmap as chunk_vmap
from jaxtorch.functorch.experimental import control_flow as control_flow
