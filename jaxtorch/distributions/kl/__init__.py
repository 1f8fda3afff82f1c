"""Kullback-Leibler divergences: the registry, and a formula for each pair of classes that has one."""

from jaxtorch.distributions.kl import _cross as _cross
from jaxtorch.distributions.kl import _multivariate as _multivariate
from jaxtorch.distributions.kl import _same as _same
from jaxtorch.distributions.kl.registry import _KL_MEMOIZE as _KL_MEMOIZE
from jaxtorch.distributions.kl.registry import _KL_REGISTRY as _KL_REGISTRY
from jaxtorch.distributions.kl.registry import _dispatch_kl as _dispatch_kl
from jaxtorch.distributions.kl.registry import kl_divergence as kl_divergence
from jaxtorch.distributions.kl.registry import register_kl as register_kl

__all__ = ["register_kl", "kl_divergence"]

# The formulas by name, as PyTorch's module has them.
for _part in (_cross, _multivariate, _same):
    globals().update({name: value for name, value in vars(_part).items() if name.startswith("_kl_")})
