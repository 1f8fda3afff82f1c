"""`torch.utils.cpp_extension`: C++ written against PyTorch's headers cannot be built for jaxtorch."""

from __future__ import annotations

import os as _os
from typing import Any, NoReturn

CUDA_HOME: str | None = None
ROCM_HOME: str | None = None
IS_WINDOWS = False


def _refuse(name: str) -> Any:
    def refused(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"torch.utils.cpp_extension.{name} is not supported by jaxtorch, which has no C++ tensors; "
            "write the operation with torch.library.custom_op or as a JAX FFI call"
        )

    refused.__name__, refused.__doc__ = name, "Not supported."
    return refused


load = _refuse("load")
load_inline = _refuse("load_inline")
CppExtension = _refuse("CppExtension")
CUDAExtension = _refuse("CUDAExtension")
SyclExtension = _refuse("SyclExtension")
include_paths = _refuse("include_paths")


class BuildExtension:
    """The build command of C++ extensions.

    Raises:
        NotImplementedError: when it is made.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("BuildExtension")()

    @classmethod
    def with_options(cls, **options: Any) -> Any:
        """Not supported."""
        return _refuse("BuildExtension")()


def is_ninja_available() -> bool:
    """False: nothing is built."""
    return False


def verify_ninja_availability() -> None:
    """Raise, for nothing is built.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("Ninja is required to load C++ extensions (pip install ninja to get it)")


def get_default_build_root() -> str:
    """Where PyTorch would build."""
    return _os.path.join(_os.path.expanduser("~"), ".cache", "torch_extensions")


def check_compiler_ok_for_platform(compiler: str) -> bool:
    """False: nothing is compiled."""
    return False
