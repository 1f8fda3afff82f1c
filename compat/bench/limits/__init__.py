"""The rows as one would write them by hand in JAX, `jax.jit` over the whole step with donated state: the limit.

The same shapes and arithmetic as the row of the same name, under the same settings of XLA, and a `make()` that returns
`step`. The numbers are not the row's: the random initialisation is NumPy's.
"""
