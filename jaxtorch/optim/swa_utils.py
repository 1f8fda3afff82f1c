"""Averages of a model's parameters over training: stochastic weight averaging and moving averages."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import jax.numpy as jnp

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._base import dtypes
from jaxtorch._tensor import fused
from jaxtorch._tensor.creation import zeros
from jaxtorch.nn.modules.batchnorm import _BatchNorm
from jaxtorch.nn.modules.module import Module
from jaxtorch.optim._arithmetic import lerp
from jaxtorch.optim.lr_scheduler.base import LRScheduler, per_group
from jaxtorch.optim.optimizer import Optimizer

__all__ = [
    "AveragedModel",
    "update_bn",
    "SWALR",
    "get_ema_multi_avg_fn",
    "get_swa_multi_avg_fn",
    "get_ema_avg_fn",
    "get_swa_avg_fn",
]


# ----- Averaging functions -----


def averaged(targets: list, sources: list, numbers: list, first: bool) -> list:
    """Averages moved towards the current parameters: by `1 - decay`, or by `1 / (n + 1)` where no number is given.

    The last source is n; with `first` an average of nothing (n = 0) becomes the current parameter.
    """
    n = sources[-1].reshape(())
    weight = 1 - numbers[0] if numbers else 1 / (n.astype(jnp.float64) + 1)
    new = []
    for old, current in zip(targets, sources, strict=False):
        exact = jnp.issubdtype(old.dtype, jnp.integer) or old.dtype == bool
        mean = (
            lerp(old.astype(jnp.float32), current.astype(jnp.float32), weight) if exact else lerp(old, current, weight)
        )
        new.append(jnp.where(n == 0, current, mean.astype(old.dtype)) if first else mean)
    return new


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _multi(numbers: tuple[float, ...]) -> Callable:
    @no_grad()
    def update(averaged_param_list: Any, current_param_list: Any, num_averaged: Any) -> None:
        count = num_averaged if hasattr(num_averaged, "dtype") else zeros((), dtype=dtypes.int64) + num_averaged
        fused.update(averaged, averaged_param_list, [*current_param_list, count], numbers, (False,))

    update.numbers = numbers
    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable:
    """An exponential moving average over lists of parameters, for `AveragedModel(multi_avg_fn=...)`."""
    _check_decay(decay)
    return _multi((float(decay),))


def get_swa_multi_avg_fn() -> Callable:
    """The plain average over lists of parameters, for `AveragedModel(multi_avg_fn=...)`."""
    return _multi(())


def get_ema_avg_fn(decay: float = 0.999) -> Callable:
    """An exponential moving average of one parameter, for `AveragedModel(avg_fn=...)`."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable:
    """The plain average of one parameter, for `AveragedModel(avg_fn=...)`."""

    @no_grad()
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's over calls of `update_parameters`.

        swa_model = AveragedModel(model)                                            # plain average
        ema_model = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))  # moving average
        ... optimizer.step(); ema_model.update_parameters(model)

    With the averages of this module an update is one record; a custom function makes each update read the counter.
    """

    n_averaged: Any

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable | None = None,
        multi_avg_fn: Callable | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", zeros((), dtype=dtypes.int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The averaged model's output."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's parameters of now into the averages."""
        if self.use_buffers:
            pairs = zip(
                itertools.chain(self.module.parameters(), self.module.buffers()),
                itertools.chain(model.parameters(), model.buffers()),
                strict=False,
            )
        else:
            pairs = zip(self.parameters(), model.parameters(), strict=False)
        found = [(average.detach(), current.detach().to(average.device)) for average, current in pairs]
        self._average([a for a, _ in found], [c for _, c in found])
        if not self.use_buffers:
            for kept, current in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.detach().copy_(current.detach().to(kept.device))
        self.n_averaged += 1

    def _average(self, averages: list, current: list) -> None:
        numbers = (
            () if self.multi_avg_fn is None and self.avg_fn is None else getattr(self.multi_avg_fn, "numbers", None)
        )
        if numbers is not None:
            with no_grad():
                fused.update(averaged, averages, [*current, self.n_averaged], numbers, (True,))
        elif bool(self.n_averaged == 0):
            for average, now in zip(averages, current, strict=True):
                average.copy_(now)
        elif self.multi_avg_fn is not None:
            for some in _by_dtype(averages):
                self.multi_avg_fn([averages[i] for i in some], [current[i] for i in some], self.n_averaged)
        else:
            for average, now in zip(averages, current, strict=True):
                average.copy_(self.avg_fn(average, now, self.n_averaged))  # type: ignore[misc]


def _by_dtype(tensors: list) -> Iterable[list[int]]:
    groups: dict[Any, list[int]] = {}
    for i, t in enumerate(tensors):
        groups.setdefault((t.device, t.dtype), []).append(i)
    return groups.values()


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the statistics of all BatchNorm layers anew, from a loader's batches (or their first elements)."""
    momenta: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    for batch in loader:
        given = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Anneals the learning rate to `swa_lr` in `anneal_epochs` epochs and leaves it there."""

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for lr, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._set_anneal_func(anneal_strategy)
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _set_anneal_func(self, anneal_strategy: str) -> None:
        self._anneal_strategy = anneal_strategy
        self.anneal_func: Callable[[float], float] = (
            self._cosine_anneal if anneal_strategy == "cos" else self._linear_anneal
        )

    @staticmethod
    def _linear_anneal(t: float) -> float:
        return t

    @staticmethod
    def _cosine_anneal(t: float) -> float:
        return (1 - math.cos(math.pi * t)) / 2

    @staticmethod
    def _get_initial_lr(lr: Any, swa_lr: Any, alpha: float) -> Any:
        return swa_lr if alpha == 1 else (lr - alpha * swa_lr) / (1 - alpha)

    def get_lr(self) -> list[Any]:
        """The learning rates of this epoch."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before = self.anneal_func(max(0, min(1, (step - 1) / max(1, self.anneal_epochs))))
        alpha = self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))
        lrs = []
        for group in self.optimizer.param_groups:
            start = self._get_initial_lr(group["lr"], group["swa_lr"], before)
            lrs.append(group["swa_lr"] * alpha + start * (1 - alpha))
        return lrs

    def state_dict(self) -> dict[str, Any]:
        """The schedule's state, without the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key not in ("optimizer", "anneal_func")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`."""
        self.__dict__.update(state_dict)
        self._set_anneal_func(self._anneal_strategy)
