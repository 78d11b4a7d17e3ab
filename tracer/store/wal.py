"""The write-ahead log beside the file: what can be saved of one that was torn or damaged.

DuckDB leaves out what follows the last readable entry without a word, takes a log with a damaged head for an
empty one, and refuses to open the file when an entry in between fails its checksum. Here everything before
the damage is kept and the rest is told: a write that was never finished is no loss, what follows damage is.
Format (DuckDB 2.0, `write_ahead_log.cpp`): a head that names the file and its state, then entries of size and
checksum (unsigned 64-bit, little-endian) and payload; a flush entry ends each commit.
"""

from __future__ import annotations

import mmap
import os
import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_HEAD: Final = re.compile(
    rb"\x64\x00\x62"  # field 100, the entry type; 98, a version
    rb"\x65\x00[\x01-\x7f]"  # field 101, the version
    rb"\x66\x00\x10(?:[\x00-\x7f]|[\x80-\xff]\x01){16}"  # field 102, which file: 16 numbers below 256
    rb"\x67\x00[\x80-\xff]*[\x00-\x7f]"  # field 103, which state of it
    rb"\xff\xff"
)
_HEAD_MAX: Final = 64
_FRAME: Final = struct.Struct("<QQ")
_FLUSH: Final = b"\x64\x00\x64\xff\xff"  # field 100, the entry type; 100, a flush; no more fields
_FLUSH_ENTRY: Final = re.compile(re.escape(struct.pack("<Q", len(_FLUSH))) + b".{8}" + re.escape(_FLUSH), re.DOTALL)
_PIECE: Final = 1 << 20
_POSITION: Final = re.compile(r"at byte position (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a log reads as whole commits, and its size, in bytes.

    `is_damaged` says that commits follow which cannot be reached, so that the end is no mere unfinished write.
    """

    committed: int
    size: int
    is_damaged: bool


def wal_path(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a file."""
    return path.with_name(path.name + ".wal")


def measure(wal: Path) -> Extent:
    """Walk over the entries by their sizes; a log with a foreign head has no whole commit."""
    size = wal.stat().st_size
    with wal.open("rb") as file:
        first = _first_entry(file)
        if first is None:
            return Extent(committed=0, size=size, is_damaged=size > 0 and _has_commit(file, 0))
        whole, committed = _walk(file, first, size)
        return Extent(committed=committed, size=size, is_damaged=whole < size and _has_commit(file, whole))


def committed_before(wal: Path, position: int) -> int:
    """The end of the last commit before a position in a log."""
    with wal.open("rb") as file:
        first = _first_entry(file)
        return 0 if first is None else _walk(file, first, position)[1]


def _first_entry(file: BinaryIO) -> int | None:
    head = _HEAD.match(file.read(_HEAD_MAX))
    return None if head is None else head.end()


def _walk(file: BinaryIO, first: int, limit: int) -> tuple[int, int]:
    """Walk until an entry is not whole before `limit`; the end of the last whole one, and of the last commit."""
    at = committed = first
    while True:
        file.seek(at)
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return at, committed
        length, _ = _FRAME.unpack(frame)
        if length == 0 or at + _FRAME.size + length > limit:
            return at, committed
        at += _FRAME.size + length
        if length == len(_FLUSH) and file.read(length) == _FLUSH:
            committed = at


def _has_commit(file: BinaryIO, start: int) -> bool:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _FLUSH_ENTRY.search(data, start) is not None


def damaged_at(message: str) -> int | None:
    """The position of the damaged entry that an error of DuckDB names."""
    found = _POSITION.search(message)
    return int(found.group(1)) if found else None


def set_aside(wal: Path, stamp: str, *, keep: int) -> Path:
    """Keep the log under another name and put its first `keep` bytes in its place; where it went.

    A crash at any instant leaves either the log as it was or its sound part, whole.
    """
    aside = wal.with_name(f"{wal.name}.broken-{stamp}")
    if aside.exists():
        aside = aside.with_name(f"{aside.name}-again")
    if not keep:
        wal.rename(aside)
        return aside
    sound = wal.with_name(f"{wal.name}.sound")
    with wal.open("rb") as source, sound.open("wb") as target:
        _copy(source, target, keep)
        target.flush()
        os.fsync(target.fileno())
    try:
        aside.hardlink_to(wal)
    except OSError:  # a file system without links
        shutil.copyfile(wal, aside)
    sound.replace(wal)
    return aside


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size and (piece := source.read(min(size, _PIECE))):
        target.write(piece)
        size -= len(piece)
