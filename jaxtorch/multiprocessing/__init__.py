"""`torch.multiprocessing`: Python's multiprocessing, with tensors that share memory between processes.

A tensor that is put into a queue or handed to a process is moved into shared memory, as by `Tensor.share_memory_()`.
Both sharing strategies do the same here: memory has no name, and its descriptor travels, so the sender has to live
until it is received. A forked child computes on the host, without XLA, whose threads do not live in it; prefer "spawn".
"""

import multiprocessing as _multiprocessing
import os as _os
import warnings as _warnings

from jaxtorch._engine import forked as _forked
from jaxtorch.multiprocessing import pool as pool
from jaxtorch.multiprocessing import queue as queue
from jaxtorch.multiprocessing import reductions as reductions
from jaxtorch.multiprocessing.spawn import ProcessContext as ProcessContext
from jaxtorch.multiprocessing.spawn import ProcessExitedException as ProcessExitedException
from jaxtorch.multiprocessing.spawn import ProcessRaisedException as ProcessRaisedException
from jaxtorch.multiprocessing.spawn import SpawnContext as SpawnContext
from jaxtorch.multiprocessing.spawn import spawn as spawn
from jaxtorch.multiprocessing.spawn import start_processes as start_processes

globals().update({_name: getattr(_multiprocessing, _name) for _name in _multiprocessing.__all__})
__all__ = ["set_sharing_strategy", "get_sharing_strategy", "get_all_sharing_strategies", *_multiprocessing.__all__]

_strategies = {"file_descriptor", "file_system"}
_strategy = "file_descriptor"


def set_sharing_strategy(new_strategy: str) -> None:
    """Choose a sharing strategy; they do the same here."""
    global _strategy
    if new_strategy not in _strategies:
        raise AssertionError(f"invalid sharing strategy {new_strategy!r}, expected one of {_strategies}")
    _strategy = new_strategy


def get_sharing_strategy() -> str:
    """The sharing strategy."""
    return _strategy


def get_all_sharing_strategies() -> set:
    """The sharing strategies there are."""
    return _strategies


reductions.init_reductions()
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(before=_forked.before_fork, after_in_child=_forked.in_child)
    # JAX warns that its threads are gone in the child; the child does without them.
    _warnings.filterwarnings("ignore", "os.fork\\(\\) was called", RuntimeWarning)
