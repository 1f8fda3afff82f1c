"""`torch.nested`: not supported."""

from __future__ import annotations

from typing import Any

_MESSAGE = (
    "torch.nested.{} is not supported by jaxtorch, whose tensors are rectangular; pad with "
    "torch.nn.utils.rnn.pad_sequence and use a mask"
)


def _missing(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(_MESSAGE.format(name))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Not supported; see the error."
    return function


as_nested_tensor = _missing("as_nested_tensor")
masked_select = _missing("masked_select")
narrow = _missing("narrow")
nested_tensor = _missing("nested_tensor")
nested_tensor_from_jagged = _missing("nested_tensor_from_jagged")
to_padded_tensor = _missing("to_padded_tensor")
