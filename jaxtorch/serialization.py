"""`torch.serialization`: saving and loading, and what may be loaded."""

import os as _os
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

# What annotations of other libraries name.
FILE_LIKE: _Any = str | _os.PathLike | _IO[bytes]
MAP_LOCATION: _Any = _Callable[[_UntypedStorage, str], _UntypedStorage] | _device | str | dict[str, str] | None
