"""`torch.amp.GradScaler`: scaled losses, so that gradients in float16 do not vanish."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

import jax.numpy as jnp

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import float16, float32, int32
from jaxtorch._tensor.autocasting import has_gpu
from jaxtorch._tensor.creation import full
from jaxtorch._tensor.fused import update as fused_update


class OptState(Enum):
    """What has been done for an optimiser since the last `update()`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _fresh_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


def _unscale(targets: list, sources: list, numbers: list) -> list:
    """The gradients times 1 / scale; the first target notes whether one of them is not finite."""
    found, *grads = targets
    inverse = 1.0 / sources[0].astype(jnp.float64)
    for g in grads:
        found = jnp.maximum(found, (~jnp.all(jnp.isfinite(g))).astype(found.dtype))
    return [found, *[g * inverse.astype(jnp.float32).astype(g.dtype) for g in grads]]


def _rescale(targets: list, sources: list, numbers: list) -> list:
    """PyTorch's `_amp_update_scale_`."""
    scale, tracker = targets
    growth, backoff, interval = numbers
    bad = sum(sources) > 0
    grown = (scale * growth.astype(scale.dtype)).astype(scale.dtype)
    due = tracker + 1 == interval.astype(tracker.dtype)
    up = jnp.where(jnp.isfinite(grown), grown, scale)
    new_scale = jnp.where(bad, scale * backoff.astype(scale.dtype), jnp.where(due, up, scale))
    return [new_scale, jnp.where(bad | due, 0, tracker + 1)]


class GradScaler:
    """Loss scaling for training in float16.

    `scale(loss).backward()`, `step(optimizer)`, `update()`: a step whose gradients are not all finite is left out, and
    the scale shrinks; after `growth_interval` good ones it grows. On "cuda" without a GPU it is disabled, as in
    PyTorch.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and device == "cuda" and not has_gpu():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: Any = None
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Any = None
        self._per_optimizer_states: dict[int, dict[str, Any]] = defaultdict(_fresh_state)

    def _check_scale_growth_tracker(self, name: str) -> None:
        fix = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
        for what in ("_scale", "_growth_tracker"):
            if getattr(self, what) is None:
                raise AssertionError(f"Attempted {name} but {what} is None.  " + fix)

    def scale(self, outputs: Any) -> Any:
        """A tensor, or an iterable of tensors, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Variable):
            if self._scale is None:
                dev = outputs._aval.device
                self._scale = full((), self._init_scale, dtype=float32, device=dev)
                self._growth_tracker = full((), self._init_growth_tracker, dtype=int32, device=dev)
            return outputs * self._scale.to(outputs._aval.device)
        if isinstance(outputs, Iterable):
            found = map(self.scale, outputs)
            return type(outputs)(found) if isinstance(outputs, (list, tuple)) else found
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def _unscale_grads(self, optimizer: Any, scale: Any, allow_fp16: bool) -> dict:
        by_device: dict[Any, list] = defaultdict(list)
        for group in optimizer.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                if not allow_fp16 and param.grad.dtype is float16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                grad = param.grad.coalesce()._values() if param.grad.is_sparse else param.grad
                by_device[grad.device].append(grad)
        found = {device: full((), 0.0, dtype=float32, device=device) for device in by_device}
        for device, grads in by_device.items():
            fused_update(_unscale, [found[device], *grads], [scale.to(device)])
        return found

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of the optimiser's parameters by the scale, for clipping before `step`.

        Raises:
            RuntimeError: called twice, or after `step`, since the last `update`.
        """
        if not self._enabled:
            return
        self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        state["found_inf_per_device"] = self._unscale_grads(optimizer, self._scale, False)
        state["stage"] = OptState.UNSCALED

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step()` on unscaled gradients, unless one of them is infinite or NaN.

        Raises:
            RuntimeError: a closure is given, or `step` was called since the last `update`.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = None
        if not any(found.item() for found in state["found_inf_per_device"].values()):
            result = optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def update(self, new_scale: Any = None) -> None:
        """Shrink or grow the scale by what the steps since the last update met, or set it."""
        if not self._enabled:
            return
        self._check_scale_growth_tracker("update")
        if isinstance(new_scale, float):
            self._scale.fill_(new_scale)
        elif new_scale is not None:
            reason = (
                "new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with "
                "requires_grad=False."
            )
            if new_scale.device.type != self._device or new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(reason)
            self._scale.copy_(new_scale)
        else:
            states = self._per_optimizer_states.values()
            found = [f.to(self._scale.device) for s in states for f in s["found_inf_per_device"].values()]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update.")
            numbers = [self._growth_factor, self._backoff_factor, self._growth_interval]
            fused_update(_rescale, [self._scale, self._growth_tracker], found, numbers)
        self._per_optimizer_states = defaultdict(_fresh_state)

    def get_scale(self) -> float:
        """The scale; 1.0 when disabled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """What the scale grows by."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale grows by."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale shrinks by."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale shrinks by."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many good steps the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps the scale grows."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Scale, factors, interval and the count of good steps; empty when disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the state of another scaler; ignored when disabled.

        Raises:
            RuntimeError: the state is empty.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._scale is not None:
            self._scale.fill_(self._init_scale)
            self._growth_tracker.fill_(self._init_growth_tracker)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._per_optimizer_states:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after "
                    "scaler.update()."
                )
            state |= {
                "_init_scale": self.get_scale(),
                "_init_growth_tracker": self._get_growth_tracker(),
                "_scale": None,
                "_growth_tracker": None,
            }
        return state

    def _check_inf_per_device(self, optimizer: Any) -> dict:
        self._check_scale_growth_tracker("_check_inf_per_device")
        one = full((), 1.0, dtype=float32, device=self._scale.device)
        found = self._unscale_grads(optimizer, one, True)
        self._per_optimizer_states[id(optimizer)]["found_inf_per_device"] = found
        return found

    def _found_inf_per_device(self, optimizer: Any) -> dict:
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]
