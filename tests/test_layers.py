"""The shape of the package: imports point one way, stand at the top of files, and files stay short enough to read."""

import ast
import itertools
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "jaxtorch"

# From the bottom up. A layer may import itself and those before it; the public namespaces stand above all of these.
LAYERS = ["_version", "_dropin", "_base", "_ops", "_engine", "_storage", "_autograd", "_tensor"]
# Private, yet on the level of the public namespaces: what these share, or names that PyTorch itself keeps private.
PUBLIC_LEVEL = [
    "_C",
    "_custom_ops",
    "_dynamo",
    "_functorch",
    "_higher_order_ops",
    "_subclasses",
    "_tensor_str",
    "_jit_internal",
    "__config__",
    "__future__",
    "_aten",
    "_root",
    "_serialization",
    "_utils",
]
# The launcher stands above everything, and nothing imports it.
LAUNCHER = ["_cli", "__main__"]

MAX_FILE = 600
MAX_FUNCTION = 60


class Import(NamedTuple):
    module: str  # the importing module, dotted
    line: int
    target: str  # the imported module, dotted
    name: str  # the imported name; "" for a plain import, "*" for a star
    top: bool  # outside any function


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# What lies under child_path is not part of the package: it stands in for `torch` in child processes.
SOURCES = {_module_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if "child_path" not in path.parts}
TREES = {module: ast.parse(path.read_text(), str(path)) for module, path in SOURCES.items()}


def _imports(module: str) -> list[Import]:
    found = []

    def visit(node: ast.AST, top: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(module, node.lineno, alias.name, "", top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            target = node.module or ""
            if node.level:
                package = module if SOURCES[module].name == "__init__.py" else module.rpartition(".")[0]
                base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
                target = f"{base}.{target}".rstrip(".")
            for alias in node.names:
                child = f"{target}.{alias.name}"
                # `from jaxtorch import nn` imports the module jaxtorch.nn.
                found.append(Import(module, node.lineno, child if child in SOURCES else target, alias.name, top))
        below = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child_node in ast.iter_child_nodes(node):
            visit(child_node, below)

    visit(TREES[module], True)
    return found


IMPORTS = [item for module in SOURCES for item in _imports(module)]
OWN = [item for item in IMPORTS if item.target.split(".")[0] == "jaxtorch"]


def _top(module: str) -> str:
    """The layer or public namespace a module belongs to; "" for the package's root."""
    return f"{module}.".split(".")[1]


def _rank(module: str) -> int:
    top = _top(module)
    if top in LAYERS:
        return LAYERS.index(top)
    return len(LAYERS) + (top in LAUNCHER)


def _where(item: Import) -> str:
    return f"{SOURCES[item.module].relative_to(ROOT)}:{item.line} imports {item.target} {item.name}".rstrip()


def test_every_private_part_has_a_layer():
    private = {_top(module) for module in SOURCES if _top(module).startswith("_")}
    assert private <= {*LAYERS, *PUBLIC_LEVEL, *LAUNCHER}, "say in LAYERS where it stands"


def test_imports_point_down():
    assert [_where(item) for item in OWN if _rank(item.target) > _rank(item.module)] == []


def test_modules_do_not_import_each_other_in_circles():
    targets = {module: set() for module in SOURCES}
    for item in OWN:
        # A package's own file running first is how Python imports any of its modules, not a circle.
        if item.top and not item.module.startswith(f"{item.target}."):
            targets[item.module].add(item.target)
    assert _circle(targets) is None


def _circle(targets: dict[str, set[str]]) -> list[str] | None:
    done: set[str] = set()
    path: list[str] = []

    def search(module: str) -> list[str] | None:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return None
        path.append(module)
        for target in sorted(targets.get(module, ())):
            if found := search(target):
                return found
        path.pop()
        done.add(module)
        return None

    return next((found for module in targets if (found := search(module))), None)


def test_own_imports_stand_at_the_top_and_name_what_they_take():
    assert [_where(item) for item in OWN if not item.top or item.name == "*"] == []


def test_nothing_here_imports_pytorch():
    tests = {path: ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    found = [_where(item) for item in IMPORTS if item.target.split(".")[0] == "torch"]
    for path, tree in tests.items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.relative_to(ROOT)}:{node.lineno}" for name in names if name.split(".")[0] == "torch"]
    assert found == []


def test_files_and_functions_are_short():
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path in SOURCES.values() if (n := _lines(path)) > MAX_FILE]
    for module, node in itertools.chain.from_iterable(((m, n) for n in ast.walk(t)) for m, t in TREES.items()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > MAX_FUNCTION:
                long.append(f"{SOURCES[module].relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert long == []


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported():
    names = sorted(SOURCES, reverse=True)  # not the order in which the package itself imports them
    _run(f"import importlib\nfor name in {names!r}: importlib.import_module(name)")


@pytest.mark.parametrize("module", ["jaxtorch._base", "jaxtorch._engine", "jaxtorch.nn", "jaxtorch._cli.main"])
def test_module_can_be_imported_alone(module):
    # In a process of its own: an earlier import would hide a circle.
    _run(f"import {module}")
