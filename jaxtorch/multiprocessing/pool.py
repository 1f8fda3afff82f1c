"""Pools: Python's own, whose pickler shares the memory of tensors."""

from multiprocessing.pool import Pool as Pool
