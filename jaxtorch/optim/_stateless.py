"""`swap_in_optimizer_params_and_state`: an optimizer on other parameters and state for a while."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jaxtorch._tensor.tensor import Tensor

_NAME = "swap_in_optimizer_params_and_state"


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Any, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Inside the block `optimizer` works on the given parameters (in its own order) and on a `state_dict()` of state.

    In-place changes reach the tensors given; everything else is put back at the end.
    """
    state, groups = _checked(optimizer, swapin_optim_state)
    swapped = _matched(optimizer, groups, list(swapin_parameters.values()), state)
    before = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        installed: defaultdict[Any, Any] = defaultdict(dict)
        for group, given, params in zip(optimizer.param_groups, groups, swapped, strict=True):
            group.update({**given, "params": params})
            for p, key in zip(params, given["params"], strict=True):
                installed[p] = dict(state.get(key, {}))
        optimizer.state = installed
        yield
    finally:
        optimizer.state = before[0]
        for group, kept in zip(optimizer.param_groups, before[1], strict=True):
            group.clear()
            group.update(kept)


def _checked(optimizer: Any, given: Any) -> tuple[dict, list]:
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state.")
    if not isinstance(given, dict):
        raise RuntimeError(f"{_NAME} requires a DCP-style optimizer state_dict.")
    state, groups = given.get("state"), given.get("param_groups")
    if not isinstance(state, dict):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be a dict mapping packed parameter ids to per-param "
            f"state dicts, got {type(state).__name__}."
        )
    if any(isinstance(k, Tensor) for k in state):
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style state keyed by packed parameter ids.")
    if any(isinstance(k, int) and not isinstance(v, dict) for k, v in state.items()):
        raise RuntimeError(f"{_NAME} requires per-parameter optimizer state entries to be dictionaries.")
    if not isinstance(groups, list):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['param_groups'] to be a list of param-group dicts, got "
            f"{type(groups).__name__}."
        )
    if len(optimizer.param_groups) != len(groups):
        raise RuntimeError("swapin_optim_state has a different number of parameter groups than the live optimizer.")
    return state, groups


def _matched(optimizer: Any, groups: list, flat: list, state: dict) -> list[list]:
    """The given parameters, group by group."""
    swapped, seen, at = [], set(), 0
    for i, (live, given) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        if not isinstance(given, dict):
            raise RuntimeError(f"{_NAME} requires each optimizer param group to be a dictionary.")
        keys = given.get("params")
        if not isinstance(keys, list) or not all(isinstance(k, int) for k in keys):
            raise RuntimeError(
                f"{_NAME} requires optimizer.state_dict()-style param_groups[*]['params'] entries keyed by packed "
                "parameter ids."
            )
        if len(live["params"]) != len(keys):
            raise RuntimeError(
                f"swapin_optim_state param group {i} has a different number of params than the live optimizer "
                "param group."
            )
        only_given, only_live = [k for k in given if k not in live], [k for k in live if k not in given]
        if only_given or only_live:
            raise RuntimeError(
                f"{_NAME} requires optimizer.state_dict()-style param group keys to exactly match the live "
                f"optimizer group keys for group {i}. Keys only in swap-in: {only_given}. Keys only in live: "
                f"{only_live}."
            )
        if at + len(keys) > len(flat):
            raise RuntimeError(
                f"{_NAME} requires the explicit parameter state to match optimizer.param_groups ordering."
            )
        swapped.append(flat[at : at + len(keys)])
        at += len(keys)
        seen.update(keys)
    extra = [k for k in state if k not in seen]
    if extra:
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids from "
            f"param_groups[*]['params']; got extra keys {extra!r}."
        )
    return swapped
