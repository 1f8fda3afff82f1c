"""Which names a pickle holds, found without building anything."""

from __future__ import annotations

import io
import pickle
from pickle import UnpicklingError
from struct import unpack

from jaxtorch._serialization.weights_only import ALLOWED, HANDLERS, read_global, user_globals

_SIZES = {
    pickle.BININT[0]: 4,
    pickle.BININT1[0]: 1,
    pickle.BININT2[0]: 2,
    pickle.BINFLOAT[0]: 8,
    pickle.BINGET[0]: 1,
    pickle.LONG_BINGET[0]: 4,
    pickle.BINPUT[0]: 1,
    pickle.LONG_BINPUT[0]: 4,
    pickle.PROTO[0]: 1,
}


def unsafe_globals(content: bytes) -> set[str]:
    """Names in a pickle that `weights_only=True` would refuse."""
    return names_in(content) - ALLOWED.keys() - user_globals().keys()


def names_in(content: bytes) -> set[str]:
    """The classes and functions a pickle names; UnpicklingError for opcodes that weights do not need."""
    file = io.BytesIO(content)
    found: set[str] = set()
    while True:
        opcode = file.read(1)
        if not opcode:
            raise EOFError
        if opcode == pickle.STOP:
            return found
        if opcode == pickle.GLOBAL:
            found.add(".".join(read_global(file.readline)))
        elif opcode == pickle.BINUNICODE:
            file.read(unpack("<I", file.read(4))[0])
        elif opcode in (pickle.SHORT_BINSTRING, pickle.LONG1):
            file.read(file.read(1)[0])
        elif opcode[0] in HANDLERS:
            file.read(_SIZES.get(opcode[0], 0))
        else:
            raise UnpicklingError(f"Unsupported operand {opcode[0]}")
