"""`torch._tensor_str`: the parts of a tensor's text, for classes that print like tensors."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.printing import OPTIONS as PRINT_OPTS  # noqa: F401
from jaxtorch._tensor.printing import contents as _tensor_str  # noqa: F401
from jaxtorch._tensor.printing import get_printoptions as get_printoptions
from jaxtorch._tensor.printing import printoptions as printoptions
from jaxtorch._tensor.printing import set_printoptions as set_printoptions
from jaxtorch._tensor.printing import text as _text
from jaxtorch._tensor.printing import with_suffixes as _add_suffixes  # noqa: F401


def _str(tensor: Any, *, tensor_contents: str | None = None) -> str:
    """The text of a tensor, with other contents in place of the numbers."""
    return _text(tensor, tensor_contents=tensor_contents, plain=tensor._prints_plain)


_str_intern = _str
