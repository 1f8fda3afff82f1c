"""Copies of a module for several devices; here for one."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn.parallel.scatter_gather import _only

__all__ = ["replicate"]


def replicate(network: Any, devices: Any, detach: bool = False) -> list:
    """A list with the module for each device; over one device it is the module itself, moved there."""
    return [network.to(_only(devices))]
