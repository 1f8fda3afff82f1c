"""What this process can run: a forked one has no XLA, whose threads do not live in it."""

from __future__ import annotations

from types import SimpleNamespace

process = SimpleNamespace(host_only=False)
