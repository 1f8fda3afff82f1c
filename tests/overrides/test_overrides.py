"""Overriding of functions is as PyTorch's; in a process of its own, since it cannot be undone."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def test_script_prints_what_pytorch_prints():
    code = "import jaxtorch, runpy, sys; runpy.run_path(sys.argv[1], {'torch': jaxtorch})"
    command = [sys.executable, "-c", code, FOLDER / "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found, expected = done.stdout.splitlines(), (FOLDER / "recorded.txt").read_text().splitlines()
    differing = [f"{a!r} for {b!r}" for a, b in zip(found, expected, strict=False) if a != b]
    assert not differing, "\n".join(differing)
    assert len(found) == len(expected)


ACTIVATED = """
import jaxtorch as torch

class Kept(torch.Tensor):
    pass

assert type(torch.ones(2).as_subclass(Kept) + 1) is Kept  # from here on every function dispatches
x = torch.arange(6.0).reshape(2, 3)
assert torch.flip(x, dims=[0]).tolist() == x.flip(dims=(0,)).tolist() == [[3, 4, 5], [0, 1, 2]]
assert torch.sum(x, axis=0).tolist() == torch.sum(input=x, dim=0).tolist() == x.sum(axis=0).tolist() == [3, 5, 7]
sparse = torch.eye(2).to_sparse()
assert (sparse * 2 + sparse).is_sparse and torch.sparse.mm(sparse, x).tolist() == (sparse @ x).tolist() == x.tolist()
"""


def test_arguments_by_name_and_sparse_tensors_once_functions_dispatch():
    done = subprocess.run([sys.executable, "-c", ACTIVATED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


NOTICED = """
import jaxtorch as torch
from jaxtorch._tensor import overriding

class Noticed(BaseException):
    pass

class Duck:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return "mine"

def activate():
    raise Noticed

x, calls = Duck(), []
before, overriding.activate = overriding.activate, activate
several = [torch.zeros_like, torch.is_floating_point, torch.mean, torch.nn.functional.dropout, torch.clone]
pairs = [torch.eq, torch.pow, torch.allclose, torch.nn.functional.mse_loss]
for function, args in [
    *((f, (x,)) for f in several), *((f, (x, x)) for f in pairs), (torch.transpose, (x, 0, 1)),
    (torch.where, (x, x, x)), (torch.vstack, ([x, x],)), (torch.cat, ([x],)),
]:
    try:
        function(*args)
        calls.append(function.__name__)
    except Noticed:
        pass
assert not calls, calls  # these did not see that a class overrides them
overriding.activate = before
assert torch.clone(x) == torch.eq(x, 1) == torch.transpose(x, 0, 1) == "mine"
assert torch.transpose(torch.ones(2, 3), 0, 1).shape == (3, 2)
"""


def test_every_function_notices_the_first_argument_that_overrides_it():
    done = subprocess.run([sys.executable, "-c", NOTICED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
