"""`torch.func`: transforms of functions that compose: derivatives, maps over a batch, modules as functions."""

from jaxtorch.func._derivatives import grad as grad
from jaxtorch.func._derivatives import grad_and_value as grad_and_value
from jaxtorch.func._derivatives import jvp as jvp
from jaxtorch.func._derivatives import linearize as linearize
from jaxtorch.func._derivatives import vjp as vjp
from jaxtorch.func._functionalize import debug_unwrap as debug_unwrap
from jaxtorch.func._functionalize import functionalize as functionalize
from jaxtorch.func._jacobians import hessian as hessian
from jaxtorch.func._jacobians import jacfwd as jacfwd
from jaxtorch.func._jacobians import jacrev as jacrev
from jaxtorch.func._modules import functional_call as functional_call
from jaxtorch.func._modules import replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_
from jaxtorch.func._modules import stack_module_state as stack_module_state
from jaxtorch.func._rearrange import rearrange as rearrange
from jaxtorch.func._vmap import vmap as vmap

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "rearrange",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]
