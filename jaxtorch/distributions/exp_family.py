"""The base class of exponential families."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.gradients import grad
from jaxtorch.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities of the form exp(t(x) . theta - F(theta) + k(x)): natural parameters theta, log normalizer F."""

    @property
    def _natural_params(self) -> tuple:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Any:
        """The entropy, from the gradient of the log normalizer (a Bregman divergence)."""
        result: Any = -self._mean_carrier_measure
        parameters = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*parameters)
        gradients = grad(normalizer.sum(), parameters, create_graph=True)
        result += normalizer
        for p, g in zip(parameters, gradients, strict=True):
            result -= (p * g).reshape(self._batch_shape + (-1,)).sum(-1)
        return result
