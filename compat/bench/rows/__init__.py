"""The measured programs, each a file of plain PyTorch.

A row has a docstring whose first line is its title, and one of

    make(compile)   returns `step`: a function that does one step and returns its loss (a number, or a tensor that is
                    read only at the end of a round), or None. `compile` is the identity or torch.compile.
    calls()         returns a dictionary of functions, each one call of an operation whose result is thrown away.

STEPS is the number of steps (or calls) in a round, WARMUP the number before the first; both shrink when short.
COMPARED is how many of the first losses are compared with torch's (20).
COLD = True: every round is a new process with an empty compilation cache, and one step.
"""
