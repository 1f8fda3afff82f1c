"""Builds the C part of the hot path with the package; without a compiler the package does without it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("jaxtorch/_base/native")
# Nothing that changes a result: no contraction, and loops may be vectorised as nobody looks at errno or traps.
FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC"]


class NativeHook(BuildHookInterface):
    """Compiles `FOLDER`'s C files into the extension module `hot`, in place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the result as part of the wheel."""
        folder = Path(self.root) / FOLDER
        target = folder / f"hot{sysconfig.get_config_var('EXT_SUFFIX')}"
        if not compiled(sorted(folder.glob("*.c")), target):
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"].append(str(FOLDER / target.name))


def compiled(sources: list[Path], target: Path) -> bool:
    """Whether the C compiler made `target` of `sources`; an old one goes first, which would not fit its callers."""
    target.unlink(missing_ok=True)
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    include = sysconfig.get_path("include")
    line = [*compiler, *FLAGS, *shared, f"-I{include}", *map(str, sources), "-lm", "-o", str(target)]
    try:
        done = subprocess.run(line, capture_output=True, text=True)
    except OSError as error:
        print(f"jaxtorch: no C compiler ({error}); recording runs in Python, slower", file=sys.stderr)
        return False
    if done.returncode:
        print(f"jaxtorch: the hot path does not compile; recording runs in Python\n{done.stderr}", file=sys.stderr)
    return done.returncode == 0
