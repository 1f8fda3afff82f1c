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
