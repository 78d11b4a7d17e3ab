"""Reads files of records: line by line or row group by row group, in bounded pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from tracer.errors import Rejected, TooLarge, UsageError
from tracer.exchange.reading import batch_of, line_of
from tracer.exchange.writing import FileFormat, lines

# One record, as `export` writes it: above a request of 64 MiB, and a message of 64 Mi characters in UTF-8.
MAX_LINE_BYTES: Final = 256 << 20
PIECE_BYTES: Final = 2 << 20
PIECE_LINES: Final = 8_192
BATCH_ROWS: Final = 1_024
PARQUET_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a file, without its end. `what` says what counts: "line", or "row" in Parquet."""

    number: int
    text: bytes
    what: Literal["line", "row"] = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that cannot be used, and why."""

    file: str
    number: int
    what: Literal["line", "row"]
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} {self.number}: {self.reason}"


def detect(path: Path) -> FileFormat:
    """Tell the format of a file by its first bytes; what can be read once only, such as a pipe, is NDJSON.

    Raises UsageError for one that cannot be read.
    """
    if path.exists() and not path.is_file():
        return "ndjson"
    with _opened(path) as file:
        return "parquet" if file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC else "ndjson"


def file_lines(path: Path, format_: FileFormat) -> Iterator[Line]:
    """Give the lines of a file; of Parquet its rows, as lines of NDJSON. Blank lines are passed over.

    A line that is too long comes as its beginning. Raises UsageError for a file that cannot be read.
    """
    yield from _parquet_lines(path) if format_ == "parquet" else _text_lines(path)


def parquet_batches(path: Path, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Give the rows of a Parquet file, so many at once. Raises UsageError where it cannot be read."""
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=rows)
    except (OSError, pa.ArrowException) as broken:
        raise UsageError(f"{path} cannot be read as Parquet: {broken}") from broken


def batch_of_lines(text: bytes, *, received_ns: int) -> pa.RecordBatch:
    """Make a batch of lines that are all records. Raises Rejected."""
    return batch_of([line_of(line) for line in text.split(b"\n") if line.strip()], received_ns=received_ns)


def check_length(line: Line) -> None:
    """Refuse a line that is too long. Raises TooLarge."""
    if len(line.text) > MAX_LINE_BYTES:
        raise TooLarge(f"it is longer than {MAX_LINE_BYTES >> 20} MiB")


def checked(path: Path, format_: FileFormat) -> Iterator[tuple[Line, BadLine | None]]:
    """Give each line of a file of records, and what is wrong with it."""
    for line in file_lines(path, format_):
        try:
            check_length(line)
            line_of(line.text)
        except Rejected as wrong:
            yield line, BadLine(file=str(path), number=line.number, what=line.what, reason=str(wrong))
        else:
            yield line, None


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as failed:
        raise UsageError(f"{path} cannot be read: {failed.strerror}") from failed


def _text_lines(path: Path) -> Iterator[Line]:
    with _opened(path) as file:
        number = 0
        while text := file.readline(MAX_LINE_BYTES + 2):
            number += 1
            is_cut = not text.endswith(b"\n")
            if text.strip():
                yield Line(number=number, text=text.rstrip(b"\r\n"))
            while is_cut and (rest := file.readline(MAX_LINE_BYTES)):
                is_cut = not rest.endswith(b"\n")


def _parquet_lines(path: Path) -> Iterator[Line]:
    number = 0
    for batch in parquet_batches(path):
        for text in _row_lines(path, pa.Table.from_batches([batch])):
            number += 1
            yield Line(number=number, text=text, what="row")


def _row_lines(path: Path, table: pa.Table) -> list[Any]:
    try:
        return lines(table)
    except (TypeError, ValueError) as odd:
        raise UsageError(f"{path} has a column that is no column of a record: {odd}") from odd
