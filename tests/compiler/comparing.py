"""Programs run with their functions as they are and compiled: the results have to be the same."""

import random

import pytest

import jaxtorch as torch

CALLS = 6  # of each kind: the fourth is the first to be replayed


def plain(x):
    """A result as Python data, tensors with their strides and whether they require grad."""
    if isinstance(x, torch.Tensor):
        return x.detach().tolist(), tuple(x.shape), x.stride(), x.requires_grad, str(x.dtype)
    if isinstance(x, (list, tuple)):
        return type(x)(plain(y) for y in x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x


def run(program, compile):
    torch.compiler.reset()
    torch.manual_seed(0)
    random.seed(0)
    torch.engine.reset()
    return [plain(x) for x in program(compile)]


def captured():
    return sum(c.outcome == "captured" for c in torch.engine.explain().captures)


def reasons():
    return [c.outcome for c in torch.engine.explain().captures if c.outcome != "captured"]


def close(a, b):
    """Equal but for the last digits of floats: a call that runs whole and one in pieces round at other places."""
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-5, abs=1e-7)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def same(program, captures=None):
    """Run a program with its functions as they are and compiled; `captures`: how many calls are captured at least."""
    expected = run(program, lambda f: f)
    found = run(program, torch.compile)
    assert close(found, expected), f"{found} is not {expected}"
    if captures is not None:
        assert captured() >= captures, reasons()
