"""The recorded observations of a family: one small .npz, all arrays in one buffer, as many zip entries are slow."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from tests._ops.observe import Observed

FOLDER = pathlib.Path(__file__).parent / "recorded"
_ARRAYS = ("outputs", "grads", "seconds")


def save(family: str, observed: dict[str, Observed], rows: dict[str, str]) -> pathlib.Path:
    """Write the observations of a family, by row key ("add/0"), with the text of each row."""
    buffer = bytearray()
    index = {key: {"row": rows[key], **_packed(each, buffer)} for key, each in observed.items()}
    path = FOLDER / f"{family}.npz"
    text = json.dumps(index, separators=(",", ":")).encode()
    np.savez_compressed(path, index=np.frombuffer(text, np.uint8), data=np.frombuffer(bytes(buffer), np.uint8))
    return path


def load(family: str) -> dict[str, tuple[str, Observed]]:
    """Row key -> (text of the row when it was recorded, observation)."""
    path = FOLDER / f"{family}.npz"
    if not path.exists():
        return {}
    with np.load(path) as file:
        index, data = json.loads(file["index"].tobytes()), file["data"].tobytes()
    return {key: (entry.pop("row"), _unpacked(entry, data)) for key, entry in index.items()}


def _packed(observed: Observed, buffer: bytearray) -> dict[str, Any]:
    entry = observed._asdict()
    for field in _ARRAYS:
        entry[field] = [None if a is None else _put(a, buffer) for a in entry[field]]
    return entry


def _put(array: np.ndarray, buffer: bytearray) -> list:
    start = len(buffer)
    buffer.extend(array.tobytes())
    return [array.dtype.str, list(array.shape), start]


def _unpacked(entry: dict[str, Any], data: bytes) -> Observed:
    for field in _ARRAYS:
        entry[field] = [None if place is None else _take(place, data) for place in entry[field]]
    entry["error"] = tuple(entry["error"]) if entry["error"] else None
    return Observed(**entry)


def _take(place: list, data: bytes) -> np.ndarray:
    dtype, shape, start = place
    return np.frombuffer(data, dtype, int(np.prod(shape)), start).reshape(shape)
