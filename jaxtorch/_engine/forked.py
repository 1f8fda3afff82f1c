"""Forked processes: XLA's threads do not live in them, so whatever a child computes runs on the host.

Data-loading workers are the only forked children that the library makes by itself.
"""

from __future__ import annotations

from jaxtorch._engine import background, segments
from jaxtorch._engine.recorder import abandon, flush


def before_fork() -> None:
    """In the parent: compute what is pending and let background compilations end, so that no lock is held."""
    flush()
    background.drain()


def in_child() -> None:
    """In the child: from now on every record runs on the host."""
    abandon()
    segments.set_host_only()
