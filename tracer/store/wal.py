"""The write-ahead log beside the file: what can be saved of one that was torn or damaged.

DuckDB leaves out an unfinished entry at the end without a word, takes a log with a damaged head for an empty
one, and refuses to open the file when an entry in between fails its checksum. Here the first is told, and of
the others everything before the damage is kept. Format (DuckDB 2.0, `write_ahead_log.cpp`): a head object
that ends in FF FF, then entries of size and checksum (unsigned 64-bit, little-endian) and payload.
"""

from __future__ import annotations

import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEAD: Final = bytes((0x64, 0x00, 0x62))  # field 100, the entry type; 98, a version
_HEAD_END: Final = b"\xff\xff"
_HEAD_MAX: Final = 512
_FRAME: Final = struct.Struct("<QQ")
_POSITION: Final = re.compile(r"at byte position (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a log reads as whole entries, and its size, in bytes."""

    whole: int
    size: int


def wal_path(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a file."""
    return path.with_name(path.name + ".wal")


def measure(wal: Path) -> Extent:
    """Walk over the entries by their sizes; a log with a foreign head has no whole entry."""
    size = wal.stat().st_size
    with wal.open("rb") as file:
        head = file.read(_HEAD_MAX)
        end = head.find(_HEAD_END)
        if not head.startswith(_HEAD) or end < 0:
            return Extent(whole=0, size=size)
        at = end + len(_HEAD_END)
        while True:
            file.seek(at)
            frame = file.read(_FRAME.size)
            if len(frame) < _FRAME.size:
                return Extent(whole=at, size=size)
            length, _ = _FRAME.unpack(frame)
            if length == 0 or at + _FRAME.size + length > size:
                return Extent(whole=at, size=size)
            at += _FRAME.size + length


def damaged_at(message: str) -> int | None:
    """The position of the damaged entry that an error of DuckDB names."""
    found = _POSITION.search(message)
    return int(found.group(1)) if found else None


def set_aside(wal: Path, stamp: str, *, keep: int) -> Path:
    """Move the log aside and put its first `keep` bytes in its place; where it went."""
    aside = wal.with_name(f"{wal.name}.broken-{stamp}")
    wal.rename(aside)
    if keep:
        shutil.copyfile(aside, wal)
        with wal.open("r+b") as file:
            file.truncate(keep)
    return aside
