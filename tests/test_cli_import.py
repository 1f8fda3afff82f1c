"""`import torch` means jaxtorch: one set of modules under two names, in this process and in its children."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DROP_IN = ROOT / "compat" / "dropin"


def _python(*arguments: str, cwd: Path, path: tuple[Path, ...] = (ROOT,)) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def _output(*arguments: str, **options) -> str:
    done = _python(*arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


IDENTITY = """
import importlib, importlib.util, sys
import torch
import torch.nn.functional as F
from torch import nn
import jaxtorch
import jaxtorch.nn.functional

assert torch is jaxtorch and nn is jaxtorch.nn and F is jaxtorch.nn.functional
for name in ("torch", "torch.nn", "torch.nn.functional"):
    own = name.replace("torch", "jaxtorch", 1)
    assert sys.modules[name] is sys.modules[own] is importlib.import_module(name)
    assert sys.modules[name].__spec__.name == own and sys.modules[name].__name__ == name
assert importlib.util.find_spec("torch.missing") is None
from torch.autograd.gradcheck import GradcheckError
assert callable(torch.autograd.gradcheck)  # not the module of that name
print("same")
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "jaxtorch", "-c", IDENTITY],
        ["-c", "from jaxtorch._dropin import install; install(); install()" + IDENTITY],
    ],
    ids=["launcher", "install"],
)
def test_torch_is_the_same_modules(tmp_path, arguments):
    assert _output(*arguments, cwd=tmp_path) == "same\n"


def test_drop_in_distribution_is_the_same_modules(tmp_path):
    assert _output("-c", IDENTITY, cwd=tmp_path, path=(ROOT, DROP_IN)) == "same\n"


def test_drop_in_and_child_processes_share_one_text():
    own = (ROOT / "jaxtorch" / "_cli" / "child_path" / "torch" / "__init__.py").read_text()
    assert (DROP_IN / "torch" / "__init__.py").read_text().partition("import sys")[2] == own.partition("import sys")[2]


@pytest.mark.parametrize("name", ["torch.missing", "torch.nn.missing", "torch._ops", "torch._engine"])
def test_a_missing_module_is_named(tmp_path, name):
    done = _python("-m", "jaxtorch", "-c", f"import {name}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named {name!r}"


def test_pytorch_already_imported_is_an_error(tmp_path):
    (tmp_path / "torch.py").write_text("")
    code = "import torch; from jaxtorch._dropin import install; install()"
    done = _python("-c", code, cwd=tmp_path)
    assert done.returncode == 1
    assert "ImportError: PyTorch itself is already imported in this process (from " in done.stderr


CHILD = """
import multiprocessing, sys

class Result:
    def __init__(self, value):
        self.value = value

def work(queue):
    import torch.nn
    import jaxtorch
    queue.put(Result(torch is jaxtorch and torch.nn is jaxtorch.nn))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=work, args=(queue,))
    child.start()
    print(queue.get(timeout=200).value)
    child.join()
"""


def test_spawned_children_keep_the_mapping(tmp_path):
    (tmp_path / "parent.py").write_text(CHILD)
    (tmp_path / "work").mkdir()
    assert _output("-m", "jaxtorch", "../parent.py", cwd=tmp_path / "work") == "True\n"


CLASSES = """
import io, pickle
import torch
print(torch.Tensor, torch.nn.Linear, torch.Size, torch.device, torch.dtype, torch.optim.Adam, torch.no_grad)
print(torch.optim.lr_scheduler.StepLR, torch.autograd.Function, torch.UntypedStorage)
model = torch.nn.Linear(1, 1)
assert b"torch.nn.modules.linear" in pickle.dumps(model) and type(pickle.loads(pickle.dumps(model))) is torch.nn.Linear
file = io.BytesIO()
torch.save(model, file)
file.seek(0)
assert type(torch.load(file, weights_only=False)) is torch.nn.Linear
from torch._tensor import Tensor
assert Tensor is torch.Tensor is type(torch.ones(1) + 1)
"""


def test_classes_show_the_names_that_pytorch_gives_them(tmp_path):
    assert _output("-m", "jaxtorch", "-c", CLASSES, cwd=tmp_path).split("\n")[:2] == [
        "<class 'torch.Tensor'> <class 'torch.nn.modules.linear.Linear'> <class 'torch.Size'> <class 'torch.device'> "
        "<class 'torch.dtype'> <class 'torch.optim.adam.Adam'> <class 'torch.autograd.grad_mode.no_grad'>",
        "<class 'torch.optim.lr_scheduler.StepLR'> <class 'torch.autograd.function.Function'> "
        "<class 'torch.storage.UntypedStorage'>",
    ]
