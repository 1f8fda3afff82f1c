"""Gamma and Dirichlet draws with their derivative: what `torch.distributions` samples with."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.arguments import argument_error
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.random import host_of


def _drawn(name: str, op: str, input: Any, generator: Any) -> Any:
    if not isinstance(input, Variable):
        raise argument_error(name, "input", 1, "Tensor", input)
    draw = getattr(host_of(generator), name.removeprefix("_").removeprefix("sample_"))
    numbers = from_array(draw(np.array(host_array(input))), input._aval.dtype, input._aval.device)
    return tape.apply(TABLE[op], [input, numbers])


def _standard_gamma(input: Any, generator: Any = None) -> Any:
    """A Gamma(input, 1) number for each element; differentiable in `input`."""
    return _drawn("_standard_gamma", "_gamma_drawn", input, generator)


def _sample_dirichlet(input: Any, generator: Any = None) -> Any:
    """A point of the simplex for each row of concentrations; differentiable in `input`.

    Differs from PyTorch, whose function has no derivative: there `torch.distributions.Dirichlet` adds it.
    """
    return _drawn("_sample_dirichlet", "_dirichlet_drawn", input, generator)


FUNCTIONS = {f.__name__: f for f in (_standard_gamma, _sample_dirichlet)}
