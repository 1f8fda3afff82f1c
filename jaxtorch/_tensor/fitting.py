"""Python numbers among the arguments must fit the dtype that an op computes in, as in PyTorch.

Both operands of arithmetic and comparisons are exempt: PyTorch makes tensors of their numbers, which wrap.
"""

from __future__ import annotations

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.promotion import result_type
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import Op
from jaxtorch._tensor.construct import check_fits

_WRAPPED = ("add", "sub", "rsub")
_IN_SINGLE = ("where", "addcmul", "addcdiv")  # take the number as float32 where they compute in float32


def check_numbers(op: Op, arguments: list) -> None:
    """Raise for a number that the arguments' common dtype (or, without promotion, the first one's) cannot hold."""
    exempt = op.name in _WRAPPED
    numbers = [
        x.data
        for x, param in zip(arguments, op.arrays, strict=True)
        if type(x) is Value and not (exempt and param.name == "other")
    ]
    if all(type(n) in (bool, complex) or 0 <= n <= 127 for n in numbers) or op.promote not in (None, "default"):
        return  # fits whatever there is
    taking_part = [
        x._aval if isinstance(x, Variable) else x.aval
        for x, takes_part in zip(arguments, op.participants, strict=True)
        if takes_part and isinstance(x, (Variable, Value))
    ]
    if op.promote is None:
        taking_part = [a for a in taking_part if not a.weak][:1]
    if not taking_part:
        return
    dtype = result_type(taking_part)
    if dtype.is_floating_point and op.name in _IN_SINGLE:
        return
    for n in numbers:
        if type(n) not in (bool, complex):
            check_fits(n, dtype)
