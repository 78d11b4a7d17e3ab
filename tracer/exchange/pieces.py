"""Cuts what is imported into bounded pieces of lines, in the order of the files, with what is refused in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from tracer.exchange.files import PIECE_BYTES, PIECE_LINES, BadLine, Line, checked, detect
from tracer.exchange.writing import FileFormat


def records_of(path: Path, format_: str) -> Iterator[bytes | BadLine]:
    """Give the records of a file as pieces of NDJSON, and each line that is none.

    Every piece that stands before a bad line comes before it. Raises UsageError for a file that cannot be read.
    """
    yield from in_pieces(checked(path, format_of(path, format_)))


def format_of(path: Path, format_: str) -> FileFormat:
    """Take a format as it was said, or look at the file where that is "auto"."""
    return detect(path) if format_ == "auto" else cast("FileFormat", format_)


def in_pieces(lines: Iterable[tuple[Line, BadLine | None]]) -> Iterator[bytes | BadLine]:
    """Put lines together, up to PIECE_LINES or PIECE_BYTES of them; one that is larger is a piece by itself."""
    piece: list[bytes] = []
    size = 0
    for line, bad in lines:
        if piece and size + len(line.text) > PIECE_BYTES:
            yield b"\n".join(piece)
            piece, size = [], 0
        if bad is None:
            piece.append(line.text)
            size += len(line.text)
        if piece and (bad is not None or size >= PIECE_BYTES or len(piece) >= PIECE_LINES):
            yield b"\n".join(piece)
            piece, size = [], 0
        if bad is not None:
            yield bad
    if piece:
        yield b"\n".join(piece)
