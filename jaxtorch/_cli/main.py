"""Command lines: `python -m jaxtorch ...` reads like python's own, `jaxtorch COMMAND ...` has commands."""

import argparse
import platform
import sys

import jax
import numpy

from jaxtorch._cli import runner
from jaxtorch._version import __version__

_USAGE = """\
usage: python -m jaxtorch script.py [args...]     run a script in which `import torch` means jaxtorch
       python -m jaxtorch -m module [args...]     run a module
       python -m jaxtorch -c code [args...]       run code
       python -m jaxtorch - [args...]             run standard input
       python -m jaxtorch --version | --help

The console command `jaxtorch run` takes the same arguments; `jaxtorch info` tells versions and devices.
"""


def run_like_python(arguments: list[str]) -> None:
    """Read a command line as python's own interpreter does, and run what it names.

    Raises:
        SystemExit: the line cannot be read (code 2), or the script exits.
    """
    if not arguments:
        if sys.stdin is None or sys.stdin.isatty():
            print(_USAGE, end="")
            return
        runner.run_stdin([""])
        return
    first, *rest = arguments
    if first in ("-h", "--help"):
        print(_USAGE, end="")
    elif first in ("-V", "--version"):
        print(f"jaxtorch {__version__}")
    elif first == "-":
        runner.run_stdin(arguments)
    elif first in ("-m", "-c"):
        if not rest:
            _refuse(f"argument expected for the {first} option")
        run = runner.run_module if first == "-m" else runner.run_code
        run(rest[0], rest[1:])
    elif first.startswith("-"):
        _refuse(f"unknown option {first}")
    else:
        runner.run_script(first, rest)


def main() -> None:
    """The console command `jaxtorch`."""
    # Everything after `run` belongs to the script, options included, so argparse must not see it.
    if sys.argv[1:2] == ["run"]:
        if len(sys.argv) == 2:
            _refuse("nothing to run")
        run_like_python(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="jaxtorch", description="PyTorch's programming model on XLA.")
    parser.add_argument("--version", action="version", version=f"jaxtorch {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="run a script that says `import torch`: jaxtorch run script.py [args...]")
    commands.add_parser("info", help="tell versions and devices")
    parser.parse_args()
    _info()


def _info() -> None:
    devices = ", ".join(f"{device.platform}:{device.id} ({device.device_kind})" for device in jax.devices())
    rows = [
        ("jaxtorch", __version__),
        ("python", platform.python_version()),
        ("jax", jax.__version__),
        ("numpy", numpy.__version__),
        ("platform", platform.platform()),
        ("devices", devices),
    ]
    for name, value in rows:
        print(f"{name:<10}{value}")


def _refuse(message: str) -> None:
    print(message, file=sys.stderr)
    print(_USAGE, end="", file=sys.stderr)
    raise SystemExit(2)
