"""`torch.utils.cpp_extension`: C++ written against PyTorch's headers cannot be built for jaxtorch."""

from __future__ import annotations

import os as _os
from typing import Any

from jaxtorch._base.unsupported import unsupported as _unsupported

CUDA_HOME: str | None = None
ROCM_HOME: str | None = None
IS_WINDOWS = False


def _refuse(name: str) -> Any:
    return _unsupported(
        f"utils.cpp_extension.{name}", "there are no C++ tensors; use torch.library.custom_op or a JAX FFI call"
    )


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
