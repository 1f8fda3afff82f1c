"""Runs a script, a module, code or standard input with `torch` meaning jaxtorch, and otherwise as plain python would.

`sys.argv`, `sys.path[0]`, `__main__` and its attributes, exit codes and tracebacks are those of `python script.py`; the
reference for each is CPython's own start-up (Modules/main.c). The one visible difference is an entry in `sys.path`, in
front of the installed packages, for the sake of spawned child processes.
"""

import builtins
import io
import linecache
import os
import pkgutil
import runpy
import sys
import sysconfig
import types
from collections.abc import Callable
from importlib.machinery import BuiltinImporter, SourceFileLoader
from typing import Any, NoReturn

from jaxtorch._dropin import install

_CHILD_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child_path")


def run_script(path: str, args: list[str]) -> None:
    """Run a file as `python path args...`; a folder or an archive with a `__main__.py` works too."""
    filename = _absolute(path)
    if pkgutil.get_importer(filename) is not None:
        _prepare([path, *args], filename)
        if sys.flags.safe_path:
            # Being on sys.path is what makes a folder or an archive runnable, so python adds it even in this mode.
            sys.path.insert(0, filename)
        _fresh_main()
        _guarded(runpy._run_module_as_main, "__main__", False)  # type: ignore[attr-defined]  # as CPython itself does
        return
    _prepare([path, *args], os.path.dirname(os.path.realpath(path)))
    main = _fresh_main()
    main.__file__ = filename
    main.__dict__["__cached__"] = None
    main.__loader__ = SourceFileLoader("__main__", filename)
    try:
        with io.open_code(filename) as file:
            source = file.read()
    except OSError as error:
        _fail(f"can't open file {filename!r}: [Errno {error.errno}] {error.strerror}")
    _guarded(_compile_and_exec, source, filename, main)


def run_module(name: str, args: list[str]) -> None:
    """Run a module as `python -m name args...`."""
    _prepare(["-m", *args], os.getcwd())
    _fresh_main()
    _guarded(runpy._run_module_as_main, name)  # type: ignore[attr-defined]  # what `python -m` calls; run_module differs


def run_code(code: str, args: list[str]) -> None:
    """Run code as `python -c code args...`."""
    _prepare(["-c", *args], "")
    if sys.version_info >= (3, 13):
        # Tracebacks show the lines of such code from 3.13 on.
        linecache.cache["<string>"] = (len(code), None, code.splitlines(keepends=True), "<string>")
    _guarded(_compile_and_exec, code, "<string>", _fresh_main())


def run_stdin(argv: list[str]) -> None:
    """Run standard input as `python - args...`."""
    _prepare(argv, "")
    main = _fresh_main()
    main.__file__ = "<stdin>"
    main.__dict__["__cached__"] = None
    _guarded(_compile_and_exec, sys.stdin.buffer.read(), "<stdin>", main)


def _prepare(argv: list[str], first_path: str) -> None:
    install()
    sys.argv = argv
    if not sys.flags.safe_path:
        # Until here the entry is the launcher's own: the working directory under `-m`, the scripts' folder otherwise.
        sys.path[0] = first_path
    if _CHILD_PATH not in sys.path:
        installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        place = next((i for i, entry in enumerate(sys.path) if entry in installed), len(sys.path))
        sys.path.insert(place, _CHILD_PATH)


def _fresh_main() -> types.ModuleType:
    # It stays in sys.modules for good: pickling, atexit handlers and multiprocessing look classes up there.
    main = types.ModuleType("__main__")
    main.__builtins__ = builtins  # type: ignore[attr-defined]
    main.__loader__ = BuiltinImporter
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    sys.modules["__main__"] = main
    if "__mp_main__" in sys.modules:  # multiprocessing, imported before, took this launcher for the main module
        sys.modules["__mp_main__"] = main
    return main


def _compile_and_exec(source: str | bytes, filename: str, main: types.ModuleType) -> None:
    exec(compile(source, filename, "exec", dont_inherit=True), main.__dict__)


def _guarded(run: Callable[..., Any], *args: Any) -> None:
    """Call `run`, and let an uncaught exception print the frames that plain python would, not the launcher's."""
    try:
        run(*args)
    except BaseException:
        hook = sys.excepthook

        def without_launcher(
            kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
        ) -> None:
            trace = _below_launcher(trace)
            # The default hook prefers the exception's own traceback to its argument; debuggers read sys.last_traceback.
            error.__traceback__ = sys.last_traceback = trace
            hook(kind, error, trace)

        # Raising on, rather than printing here, leaves exit codes, SystemExit and Ctrl-C to the interpreter.
        sys.excepthook = without_launcher
        raise


def _below_launcher(trace: types.TracebackType | None) -> types.TracebackType | None:
    rest = trace
    while rest is not None and rest.tb_frame.f_code is not _guarded.__code__:
        rest = rest.tb_next
    if rest is None:
        return trace
    rest = rest.tb_next
    while rest is not None and rest.tb_frame.f_code.co_filename == __file__:
        rest = rest.tb_next
    return rest


def _absolute(path: str) -> str:
    if os.name == "nt" or os.path.isabs(path):
        return os.path.abspath(path)
    # Not normalised, as CPython does not: `__file__` and tracebacks show these names.
    return os.path.join(os.getcwd(), path)


def _fail(message: str) -> NoReturn:
    print(f"{sys.executable}: {message}", file=sys.stderr)
    raise SystemExit(2)
