"""SparseAdam: Adam for the rows that a sparse gradient names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from jaxtorch._autograd.grad_mode import enable_grad, no_grad
from jaxtorch._engine.recorder import end_of_step
from jaxtorch._tensor import fused
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim._state import filled_like
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["SparseAdam"]


def _distinct(keys: Any, values: Any, count: int) -> tuple[Any, Any]:
    """Sorted places and the sums of the values at each, padded with places out of range.

    How many are distinct depends on the data; padding keeps the shapes, so that all steps are one program.
    """
    order = jnp.argsort(keys)
    sorted_keys = keys[order]
    first = jnp.concatenate([jnp.ones(1, bool), sorted_keys[1:] != sorted_keys[:-1]])
    group = jnp.cumsum(first) - 1
    sums = jnp.zeros_like(values).at[group].add(values[order])
    return jnp.full_like(keys, count).at[group].set(sorted_keys), sums


def _sparse_adam(targets: list, sources: list, numbers: list, sizes: tuple[int, ...], maximize: bool) -> list:
    """The step of one parameter, over the first `len(sizes)` dimensions of which the gradient is sparse."""
    indices, values = sources
    keys, count = indices[0], math.prod(sizes)
    for d in range(1, len(sizes)):
        keys = keys * sizes[d] + indices[d]
    at, g = _distinct(keys, -values if maximize else values, count)
    p, m, v = (x.reshape((count, *x.shape[len(sizes) :])) for x in targets)
    step_size, rate1, rate2, eps = (n.astype(p.dtype) for n in numbers)
    old_m, old_v = (x.at[at].get(mode="fill", fill_value=0) for x in (m, v))
    more_m, more_v = (g - old_m) * rate1, (g * g - old_v) * rate2
    change = -step_size * ((more_m + old_m) / (jnp.sqrt(more_v + old_v) + eps))
    changed = [x.at[at].add(more, mode="drop") for x, more in ((p, change), (m, more_m), (v, more_v))]
    return [x.reshape(target.shape) for x, target in zip(changed, targets, strict=True)]


class SparseAdam(Optimizer):
    """Adam whose averages move only in the rows that a sparse gradient names, as of `nn.Embedding(sparse=True)`.

    Raises RuntimeError for dense gradients, ValueError for sparse or complex parameters.

        embedding = torch.nn.Embedding(1000, 16, sparse=True)
        optimizer = torch.optim.SparseAdam(embedding.parameters(), lr=1e-3)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        given = [([g, i], p) for g, group in enumerate(self.param_groups) for i, p in enumerate(group["params"])]
        if sparse := [at for at, p in given if p.is_sparse]:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")
        if complex_ := [at for at, p in given if p.is_complex()]:
            raise ValueError(f"Complex params at indices {complex_}: SparseAdam does not support complex parameters")

    @no_grad()
    def step(self, closure: Callable | None = None) -> Any:
        """Update the parameters once; `closure`, where given, computes the loss anew and its value is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(group, p, p.grad)
        end_of_step()
        return loss

    def _update(self, group: dict[str, Any], p: Any, grad: Any) -> None:
        if not grad.is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        state = self.state[p]
        if not state:
            state.update(step=0, exp_avg=filled_like(p), exp_avg_sq=filled_like(p))
        state["step"] += 1
        if not grad._nnz():
            return
        (beta1, beta2), step = group["betas"], state["step"]
        rate = float(group["lr"]) * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        sizes = tuple(p.shape[: grad.sparse_dim()])
        fused.update(
            _sparse_adam,
            [p, state["exp_avg"], state["exp_avg_sq"]],
            [grad._indices(), grad._values()],
            (rate, 1 - float(beta1), 1 - float(beta2), float(group["eps"])),
            (sizes, bool(group.get("maximize", False))),
        )
