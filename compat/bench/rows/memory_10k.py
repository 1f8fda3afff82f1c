"""that loop over 10,000 steps in one round: does memory stay flat?"""

from compat.bench.rows.mlp_tiny_unread import make as make

STEPS, WARMUP, ROUNDS = 10_000, 1000, 2
