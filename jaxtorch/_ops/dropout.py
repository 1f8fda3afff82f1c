"""Applying a dropout mask: `nn.functional.dropout` and its relatives draw the mask on the host."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._ops.table import op


@op(
    "_dropout(Tensor input, Tensor mask, Scalar keep) -> Tensor",
    promote="default",
    participants=("input",),
    grad="bilinear",
    saves=("mask",),
    variants="f",
    grad_name="MulBackward0",
)
def _dropout(input, mask, keep):
    """`input * (mask / keep)`, where `keep` is 1 - p."""
    # The quotient is rounded before the product, as in PyTorch.
    return input * jnp.where(mask, 1 / keep, jnp.zeros((), input.dtype))
