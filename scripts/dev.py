"""One command for each thing that people and CI do. It makes .venv and installs what the command needs, so that a fresh
machine with only Python and pip will do:

    python3 scripts/dev.py demo     train a network on handwritten digits
    python3 scripts/dev.py test     run the tests

`python3 scripts/dev.py --help` lists them all. What stands after the command's name is handed on to the tool behind it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)


class Command(NamedTuple):
    help: str
    extras: tuple[str, ...]  # of pyproject.toml, to be installed first
    lines: Callable[[Sequence[str]], list[list[str]]]  # the command lines, each for `python`


def _pytest(*args: str) -> list[str]:
    workers = min(os.cpu_count() or 1, 8)
    return ["-m", "pytest", "-q", "-n", str(workers), *args]


LOWER_LAYERS = ["tests/_autograd", "tests/_engine", "tests/_storage", "tests/autograd"]
NATIVE_OFF = {"JAXTORCH_NATIVE": "0"}

COMMANDS = {
    "demo": Command(
        "train a convolutional network on handwritten digits",
        ("examples",),
        lambda args: [["-m", "jaxtorch", "examples/digits_cnn.py", *args]],
    ),
    "test": Command("run all the tests", ("test",), lambda args: [_pytest(*args)]),
    "test-python": Command(
        "run the tests of the lower layers without the hot path in C",
        ("test",),
        lambda args: [_pytest(*LOWER_LAYERS, *args)],
    ),
    "lint": Command(
        "check style and format (`lint --fix` repairs)",
        ("dev",),
        lambda args: (
            [["-m", "ruff", "check", "--fix", "."], ["-m", "ruff", "format", "."]]
            if "--fix" in args
            else [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]]
        ),
    ),
    "types": Command("check types", ("dev",), lambda args: [["-m", "mypy", *args]]),
    "layers": Command(
        "check that imports point one way", ("test",), lambda args: [_pytest("tests/test_layers.py", *args)]
    ),
    "examples": Command(
        "run the examples, shortened, against PyTorch's recorded numbers",
        ("test",),
        lambda args: [_pytest("tests/test_examples.py", *args)],
    ),
    "compat": Command(
        "run the examples under PyTorch and jaxtorch, side by side",
        ("compat",),
        lambda args: [["-m", "compat.examples", *args]],
    ),
    "conformance": Command(
        "run PyTorch's own operator samples against jaxtorch",
        ("compat",),
        lambda args: [["-m", "compat.conformance", *args]],
    ),
    "coverage": Command(
        "write compat/COVERAGE.md: every public name, and how it is known to work",
        ("compat",),
        lambda args: [["-m", "compat.conformance.coverage", *args]],
    ),
    "compat-tests": Command(
        "test the comparing programs themselves: can they fail?",
        ("test", "compat"),
        lambda args: [_pytest("compat", *args)],
    ),
    "bench": Command("measure speed beside PyTorch", ("compat",), lambda args: [["-m", "compat.bench", *args]]),
}

# Import direction and the recorded numbers of the examples are tests too, so `test` covers `layers` and `examples`.
CI = [
    ("lint", []),
    ("types", []),
    ("test", []),
    ("test-python", []),
    ("compat-tests", []),
    ("compat", ["--short"]),
    ("conformance", ["--sample", "250", "--seed", "0"]),  # fails where the record saw a check pass
    ("coverage", ["--check"]),
]


def main() -> int:
    if sys.version_info < OLDEST:
        print(
            "jaxtorch needs Python {}.{} or newer; this is {}".format(*OLDEST, sys.version.split()[0]), file=sys.stderr
        )
        return 1
    parser = argparse.ArgumentParser(
        description="What people and CI do, each as one command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<12} {command.help}" for name, command in COMMANDS.items()),
    )
    parser.add_argument(
        "--here", action="store_true", help="use this interpreter as it is: no .venv, nothing installed"
    )
    parser.add_argument(
        "command", choices=[*COMMANDS, "ci"], metavar="command", help="one of those below, or `ci` for all checks"
    )
    parser.add_argument("args", nargs=argparse.REMAINDER, help="handed on to the tool behind the command")
    options = parser.parse_args()
    if options.command == "ci":
        return _ci(options.here)
    python = sys.executable if options.here else _environment(COMMANDS[options.command].extras)
    return _run(python, options.command, options.args)


def _ci(here: bool) -> int:
    python = sys.executable if here else _environment(("dev", "compat"))
    results = []
    for name, args in CI:
        print(f"\n=== {name} ===", flush=True)
        start = time.monotonic()
        code = _run(python, name, args)
        results.append((name, code, time.monotonic() - start))
    print()
    for name, code, seconds in results:
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name:<12} {seconds:6.1f} s")
    return 1 if any(code for _, code, _ in results) else 0


def _run(python: str, name: str, args: Sequence[str]) -> int:
    for line in COMMANDS[name].lines(args):
        env = os.environ | NATIVE_OFF if name == "test-python" else None
        code = subprocess.run([python, *line], cwd=ROOT, env=env).returncode
        if code:
            return code
    return 0


def _environment(extras: Sequence[str]) -> str:
    """Make .venv and install the project with `extras`, unless that is done already; return its interpreter."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = VENV / f".installed-{'-'.join(extras)}"
    state = _state()
    if stamp.exists() and stamp.read_text() == state and python.exists():
        return str(python)
    print(f"Setting up .venv for {', '.join(extras)} (only this once) ...", file=sys.stderr, flush=True)
    pip = _make_venv(python)
    subprocess.run([*pip, "install", "--quiet", "--editable", f"{ROOT}[{','.join(extras)}]"], check=True)
    # As pip does for what it copies: without bytecode each start would compile 500 modules, half a second.
    subprocess.run([python, "-m", "compileall", "-q", str(ROOT / "jaxtorch")], check=True)
    stamp.write_text(state)
    return str(python)


def _state() -> str:
    """What an installation depends on: the project's metadata, its C sources, the interpreter."""
    sources = [ROOT / "pyproject.toml", ROOT / "hatch_build.py", *sorted(ROOT.glob("jaxtorch/_base/native/*.[ch]"))]
    content = b"".join(source.read_bytes() for source in sources)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _make_venv(python: Path) -> list[str]:
    """Make .venv if there is none; return the command that runs pip for it."""
    if not python.exists():
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            # Debian's Python has no ensurepip until python3-venv is installed; the pip at hand can serve instead.
            venv.create(VENV, with_pip=False, clear=True)
    has_pip = subprocess.run([python, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0
    return [str(python), "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", str(python)]


if __name__ == "__main__":
    sys.exit(main())
