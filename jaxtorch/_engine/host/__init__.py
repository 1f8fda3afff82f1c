"""The host tier: calls run by NumPy, for small graphs that are seen once or twice and would not repay a compilation.

A call's function is traced by JAX as always, and the resulting jaxpr is turned into a list of NumPy steps. So ops and
their derivatives are written once, in JAX; what this tier adds is an implementation per lax primitive. A call with a
primitive that has none runs on XLA, with its whole batch.
"""
