"""The operation table and the op families; importing this package declares every op."""

import importlib
import pkgutil

# A family is a file: every module of the package declares its ops when it is imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
