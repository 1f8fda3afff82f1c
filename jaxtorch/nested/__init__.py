"""`torch.nested`: not supported."""

from __future__ import annotations

from jaxtorch._base.unsupported import unsupported as _unsupported

_INSTEAD = "tensors are rectangular; pad with torch.nn.utils.rnn.pad_sequence and use a mask"

as_nested_tensor = _unsupported("nested.as_nested_tensor", _INSTEAD)
masked_select = _unsupported("nested.masked_select", _INSTEAD)
narrow = _unsupported("nested.narrow", _INSTEAD)
nested_tensor = _unsupported("nested.nested_tensor", _INSTEAD)
nested_tensor_from_jagged = _unsupported("nested.nested_tensor_from_jagged", _INSTEAD)
to_padded_tensor = _unsupported("nested.to_padded_tensor", _INSTEAD)
