"""`torch._higher_order_ops`: control flow over functions of tensors."""

from __future__ import annotations

from jaxtorch._aten.control import cond as cond
from jaxtorch._aten.control import while_loop as while_loop
from jaxtorch._higher_order_ops.associative_scan import associative_scan as associative_scan
from jaxtorch._higher_order_ops.scan import scan as scan
