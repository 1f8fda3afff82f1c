"""The zip archives of `torch.save`: stored, every record's data aligned.

The layout is that of PyTorch's own writer down to the padding, since PyTorch may compute where a record lies from the
sizes of those before it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

ALIGNMENT = 64
_UTF8, _SIZES_FOLLOW = 0x0800, 0x0008
_BIG = 0xFFFFFFFF
_LOCAL, _DESCRIPTOR, _CENTRAL = 0x04034B50, 0x08074B50, 0x02014B50
_END64, _LOCATOR64, _END = 0x06064B50, 0x07064B50, 0x06054B50
_SMALLEST = 22  # an empty archive
_CORRUPT = (
    "This is an internal miniz error. If you are seeing this error, there is a high likelihood that your checkpoint "
    "file is "
    "corrupted. This can happen if the checkpoint was not saved properly, was transferred incorrectly, or the file was "
    "modified after saving."
)


class ArchiveWriter:
    """Writes records one after the other; `close` adds the directory."""

    def __init__(self, write: Callable[[Any], Any], name: str) -> None:
        self._write = write
        self._name = name
        self._at = 0
        self._entries: list[tuple[bytes, int, int, int]] = []

    def _put(self, content: Any) -> None:
        self._write(content)
        self._at += len(content)

    def write_record(self, name: str, content: Any) -> None:
        """Add a record: bytes, or a flat array of bytes."""
        path = f"{self._name}/{name}".encode()
        data = memoryview(content)
        size, start, crc = data.nbytes, self._at, zlib.crc32(data)
        self._put(
            struct.pack(
                "<IHHHHHIIIHH",
                _LOCAL,
                0,
                _flags(size),
                0,
                0,
                0,
                0,
                0,
                0,
                len(path),
                len(padding := self._padding(len(path), size)),
            )
            + path
            + padding
        )
        if size:
            self._put(data)
            kind = "<IIQQ" if size >= _BIG or start >= _BIG else "<IIII"
            self._put(struct.pack(kind, _DESCRIPTOR, crc, size, size))
        self._entries.append((path, start, size, crc))

    def _padding(self, name_length: int, size: int) -> bytes:
        """An extra field that ends where aligned data begins; with the 64-bit sizes before it where they are needed."""
        sizes = b""
        if size >= _BIG or self._at >= _BIG:
            values = [size, size] * (size >= _BIG) + [self._at] * (self._at >= _BIG)
            sizes = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)
        begin = self._at + 30 + name_length + len(sizes) + 4
        missing = -begin % ALIGNMENT
        return sizes + b"FB" + struct.pack("<H", missing) + b"Z" * missing

    def close(self) -> None:
        """Write the directory."""
        names = zlib.crc32(b"".join(path for path, *_ in self._entries))
        contents = zlib.crc32(struct.pack(f"<{len(self._entries)}I", *[crc for *_, crc in self._entries]))
        self.write_record("version", b"3\n")
        self.write_record(".data/serialization_id", f"{names:020d}{contents:020d}".encode())
        start = self._at
        for path, offset, size, crc in self._entries:
            large = [x for x in (size, size, offset) if x >= _BIG]
            extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
            short = min(size, _BIG)
            self._put(
                struct.pack(
                    "<IHHHHHHIIIHHHHHII",
                    _CENTRAL,
                    0,
                    0,
                    _flags(size),
                    0,
                    0,
                    0,
                    crc,
                    short,
                    short,
                    len(path),
                    len(extra),
                    0,
                    0,
                    0,
                    0,
                    min(offset, _BIG),
                )
                + path
                + extra
            )
        count, size, end = len(self._entries), self._at - start, self._at
        self._put(struct.pack("<IQHHIIQQQQ", _END64, 44, 0x031E, 45, 0, 0, count, count, size, start))
        self._put(struct.pack("<IIQI", _LOCATOR64, 0, end, 1))
        count = min(count, 0xFFFF)
        self._put(struct.pack("<IHHHHIIH", _END, 0, 0, count, count, min(size, _BIG), min(start, _BIG), 0))


def _flags(size: int) -> int:
    return _UTF8 | (_SIZES_FOLLOW if size else 0)


class ArchiveReader:
    """Reads records by name."""

    def __init__(self, file: Any) -> None:
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as e:
            size = file.seek(0, 2)
            reason = "not a ZIP archive" if size < _SMALLEST else "failed finding central directory"
            raise RuntimeError(f"PytorchStreamReader failed reading zip archive: {reason}. {_CORRUPT}") from e
        names = self._zip.namelist()
        if not names:
            raise RuntimeError("PytorchStreamReader failed reading zip archive: archive does not contain any files")
        self._prefix = names[0].partition("/")[0] + "/"
        self._entries = {i.filename.removeprefix(self._prefix): i for i in self._zip.infolist()}

    def names(self) -> list[str]:
        """All records."""
        return list(self._entries)

    def has_record(self, name: str) -> bool:
        """Whether there is a record of that name."""
        return name in self._entries

    def get_record(self, name: str) -> bytes:
        """The bytes of a record."""
        return self.read_into_array(name).tobytes()

    def read_into_array(self, name: str) -> np.ndarray:
        """The bytes of a record in an array of its own."""
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED:
            return np.frombuffer(bytearray(self._zip.read(info)), np.uint8)
        content: Any = np.empty(info.file_size, np.uint8)
        self._file.seek(self.offset(name))
        if _read_into(self._file, memoryview(content)) != info.file_size or (
            info.CRC and zlib.crc32(content) != info.CRC
        ):  # a writer may leave the sum out
            raise RuntimeError(f"PytorchStreamReader failed reading file {name}: file read failed")
        return content

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found")
        return self._entries[name]

    def offset(self, name: str) -> int:
        """Where the data of a record begins in the file."""
        info = self._info(name)
        self._file.seek(info.header_offset)
        header = self._file.read(30)
        if len(header) != 30 or struct.unpack("<I", header[:4])[0] != _LOCAL:
            raise RuntimeError(
                f"PytorchStreamReader failed reading file {name}: invalid header or archive is corrupted"
            )
        return info.header_offset + 30 + sum(struct.unpack("<HH", header[26:]))


def _read_into(file: Any, view: memoryview) -> int:
    if not hasattr(file, "readinto"):
        content = file.read(len(view))
        view[: len(content)] = content
        return len(content)
    done = 0
    while done < len(view):
        count = file.readinto(view[done:])
        if not count:
            break
        done += count
    return done
