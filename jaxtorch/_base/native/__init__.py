"""The hot path in C, for where the package was built beside a C compiler; `hot` is None elsewhere.

Each function of `hot` has a twin in Python, which says what it does, runs where there is no `hot`, and does for it
what is rare. `JAXTORCH_NATIVE=0` chooses the twins.
"""

from __future__ import annotations

import importlib
import os
from typing import Any


def _load() -> Any:
    if os.environ.get("JAXTORCH_NATIVE", "1") == "0":
        return None
    try:
        return importlib.import_module("jaxtorch._base.native.hot")
    except ImportError:
        return None


hot: Any = _load()
