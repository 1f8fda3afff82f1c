"""`torch.serialization`: saving and loading, and what may be loaded."""

import os as _os
import struct as _struct
import warnings as _warnings
from collections.abc import Callable as _Callable
from typing import IO as _IO
from typing import Any as _Any

from jaxtorch._base.devices import device as _device
from jaxtorch._serialization.files import is_zipfile as _is_zipfile  # noqa: F401  libraries name these two
from jaxtorch._serialization.files import opened as _open_file_like  # noqa: F401
from jaxtorch._serialization.loading import get_unsafe_globals_in_checkpoint as get_unsafe_globals_in_checkpoint
from jaxtorch._serialization.loading import load as load
from jaxtorch._serialization.locations import default_restore_location as default_restore_location
from jaxtorch._serialization.locations import location_tag as location_tag
from jaxtorch._serialization.locations import register_package as register_package
from jaxtorch._serialization.locations import validate_cuda_device as validate_cuda_device
from jaxtorch._serialization.names import get_layout as _get_layout  # noqa: F401  files name it
from jaxtorch._serialization.options import LoadEndianness as LoadEndianness
from jaxtorch._serialization.options import get_crc32_options as get_crc32_options
from jaxtorch._serialization.options import get_default_load_endianness as get_default_load_endianness
from jaxtorch._serialization.options import get_default_mmap_options as get_default_mmap_options
from jaxtorch._serialization.options import set_crc32_options as set_crc32_options
from jaxtorch._serialization.options import set_default_load_endianness as set_default_load_endianness
from jaxtorch._serialization.options import set_default_mmap_options as set_default_mmap_options
from jaxtorch._serialization.options import skip_data as skip_data
from jaxtorch._serialization.saving import DEFAULT_PROTOCOL as DEFAULT_PROTOCOL
from jaxtorch._serialization.saving import save as save
from jaxtorch._serialization.weights_only import add_safe_globals as add_safe_globals
from jaxtorch._serialization.weights_only import clear_safe_globals as clear_safe_globals
from jaxtorch._serialization.weights_only import get_safe_globals as get_safe_globals
from jaxtorch._serialization.weights_only import safe_globals as safe_globals
from jaxtorch._tensor.storages import UntypedStorage as _UntypedStorage

# Constants of the file formats, which libraries that read them name.
LONG_SIZE = _struct.Struct("=l").size
INT_SIZE = _struct.Struct("=i").size
SHORT_SIZE = _struct.Struct("=h").size
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
STORAGE_KEY_SEPARATOR = ","


class SourceChangeWarning(Warning):
    """PyTorch's warning of a module whose source has changed since it was saved whole."""


# What annotations of other libraries name.
FILE_LIKE: _Any = str | _os.PathLike | _IO[bytes]
MAP_LOCATION: _Any = _Callable[[_UntypedStorage, str], _UntypedStorage] | _device | str | dict[str, str] | None


def check_module_version_greater_or_equal(
    module: _Any, req_version_tuple: tuple, error_if_malformed: bool = True
) -> bool:
    """Whether a module's `__version__` is at least `req_version_tuple`, whose types its fields are read as.

    Raises RuntimeError (or warns, and takes it for new enough) where the version cannot be read so.
    """
    try:
        parts = module.__version__.split(".")
        version = tuple(type(field)(parts[i]) for i, field in enumerate(req_version_tuple))
    except Exception as e:
        message = (
            f"'{module.__name__}' module version string is malformed '{module.__version__}' and cannot be compared "
            f"with tuple {req_version_tuple!s}"
        )
        if error_if_malformed:
            raise RuntimeError(message) from e
        _warnings.warn(message + ", but continuing assuming that requirement is met", stacklevel=2)
        return True
    return version >= req_version_tuple
