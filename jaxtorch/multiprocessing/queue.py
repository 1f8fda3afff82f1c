"""Queues: Python's own, whose pickler shares the memory of tensors."""

from multiprocessing.queues import Queue as Queue
from multiprocessing.queues import SimpleQueue as SimpleQueue
