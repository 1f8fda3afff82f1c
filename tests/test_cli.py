"""The launcher against plain python: what a script sees, prints and exits with must be the same."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

LOOK_AROUND = """
import atexit, sys
names = {k: v for k, v in globals().items() if k not in ("__builtins__", "__loader__", "__spec__", "atexit", "sys")}
print(names, __spec__ and __spec__.name, type(__builtins__), sys.argv, sys.path[0])
print(__loader__ if isinstance(__loader__, type) else type(__loader__), sys.modules["__main__"].__dict__ is globals())
atexit.register(lambda: print("at exit", sys.modules["__main__"].names is names))
"""

SCRIPTS = {
    "look.py": LOOK_AROUND,
    "folder/__main__.py": LOOK_AROUND,
    "package/__init__.py": "",
    "package/__main__.py": LOOK_AROUND,
    "fails.py": "def f(x):\n    return 1 / x\n\n\ntry:\n    f(0)\nexcept ZeroDivisionError:\n    f('')\n",
    "syntax.py": "x = 1\ndef f(:\n",
    "exits.py": "import sys\nsys.exit(7)\n",
    "says.py": "import sys\nsys.exit('bye')\n",
    "interrupted.py": "raise KeyboardInterrupt\n",
    "hook.py": "import sys, traceback\nsys.excepthook = lambda *e: print(traceback.format_exception(*e))\n1 / 0\n",
    "group.py": "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])\n",
    "coding.py": "# -*- coding: latin-1 -*-\nprint('\xe9')\n",
    "pickles.py": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)\n",
    "reads.py": "import sys\nprint(sys.stdin.read())\n",
}


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


def _run(command: list[str], cwd: Path, stdin: str = "") -> Outcome:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, timeout=300
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    for name, text in SCRIPTS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="latin-1" if "latin-1" in text else "utf-8")
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "link.py").symlink_to("../look.py")
    return folder


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["look.py", "-v", "--flag=1", "file"], ""),
        (["./look.py"], ""),
        (["elsewhere/link.py"], ""),
        (["folder", "x"], ""),
        (["-m", "look", "-c", "1"], ""),
        (["-m", "package"], ""),
        (["-m", "missing"], ""),
        (["-c", LOOK_AROUND, "-m", "x"], ""),
        (["-c", "1 / 0"], ""),
        (["-", "a"], LOOK_AROUND),
        ([], LOOK_AROUND + "1 / 0\n"),
        (["missing.py"], ""),
        (["fails.py"], ""),
        (["-m", "fails"], ""),
        (["syntax.py"], ""),
        (["exits.py"], ""),
        (["says.py"], ""),
        (["interrupted.py"], ""),
        (["hook.py"], ""),
        (["group.py"], ""),
        (["coding.py"], ""),
        (["pickles.py"], ""),
        (["reads.py"], "what comes in\n"),
    ],
    ids=lambda value: " ".join(value)[:20].strip() if isinstance(value, list) else "",
)
def test_like_plain_python(folder, arguments, stdin):
    expected = _run(arguments, folder, stdin)
    assert _run(["-m", "jaxtorch", *arguments], folder, stdin) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process by their number only on POSIX")
def test_ctrl_c_ends_by_the_signal(folder):
    assert _run(["-m", "jaxtorch", "interrupted.py"], folder).code == -2


def test_safe_path_leaves_sys_path_alone(folder):
    code = "import sys; print(sys.path[0])"
    assert _run(["-P", "-m", "jaxtorch", "-c", code], folder) == _run(["-P", "-c", code], folder)


COMMAND = ["-c", "from jaxtorch._cli.main import main; main()"]


def test_console_command_runs_a_script_with_its_own_options(folder):
    expected = _run(["look.py", "--help"], folder)
    assert _run([*COMMAND, "run", "look.py", "--help"], folder) == expected


def test_console_command_tells_versions_and_devices(folder):
    outcome = _run([*COMMAND, "info"], folder)
    assert outcome.code == 0
    assert re.search(r"^devices +cpu:0", outcome.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["-m", "jaxtorch", "--help"], 0, "usage: python -m jaxtorch script.py"),
        (["-m", "jaxtorch", "--version"], 0, "jaxtorch 0.1.0"),
        (["-m", "jaxtorch", "-x"], 2, "unknown option -x"),
        (["-m", "jaxtorch", "-m"], 2, "argument expected for the -m option"),
        ([*COMMAND, "--version"], 0, "jaxtorch 0.1.0"),
        ([*COMMAND, "run"], 2, "nothing to run"),
        (COMMAND, 2, "required: COMMAND"),
    ],
    ids=lambda value: str(value)[-20:],
)
def test_own_options(folder, arguments, code, text):
    outcome = _run(arguments, folder)
    assert outcome.code == code
    assert text in outcome.out + outcome.err
