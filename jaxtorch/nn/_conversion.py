"""How `Module.to` and `load_state_dict` put new tensors into a module: the two switches of `torch.__future__`."""

from __future__ import annotations

from typing import Any

_overwrite = False
_swap = False
_SLOTS = ("_storage", "_aval", "_view", "_strides", "_rg", "_node", "_vc", "_meta")


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether `Module.to` makes new Parameters instead of changing the data of the old ones."""
    global _overwrite
    _overwrite = value


def get_overwrite_module_params_on_conversion() -> bool:
    """What `set_overwrite_module_params_on_conversion` set; False by default."""
    return _overwrite


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether conversions swap the old and the new tensor object (`torch.utils.swap_tensors`)."""
    global _swap
    _swap = value


def get_swap_module_params_on_conversion() -> bool:
    """What `set_swap_module_params_on_conversion` set; False by default."""
    return _swap


swap_params = get_swap_module_params_on_conversion
overwrite_params = get_overwrite_module_params_on_conversion


def swap_tensors(t1: Any, t2: Any) -> None:
    """Exchange everything about two tensors except who refers to them (`torch.utils.swap_tensors`)."""
    for name in _SLOTS:
        one, two = getattr(t1, name), getattr(t2, name)
        setattr(t1, name, two)
        setattr(t2, name, one)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
