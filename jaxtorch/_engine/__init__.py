"""The engine: record calls, run whole programs. See README.md in this folder."""

from jaxtorch._engine import backend as backend  # first: its settings must precede JAX's backend
