"""Writes pages of records (FILE_SCHEMA) as NDJSON or Parquet, page by page."""

from __future__ import annotations

import io
from typing import Any, Final, Literal, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tracer.exchange.columns import FILE_SCHEMA, JSON_COLUMNS

FileFormat = Literal["ndjson", "parquet"]
FORMATS: Final[tuple[FileFormat, ...]] = ("ndjson", "parquet")
_ENCODER: Final = msgspec.json.Encoder()


class PageWriter(Protocol):
    """Writes one file, whose bytes come out as they are made."""

    def write(self, page: pa.Table) -> bytes:
        """Give the bytes of one more page."""
        ...

    def end(self) -> bytes:
        """Give the bytes that end the file."""
        ...


def make_writer(format_: FileFormat) -> PageWriter:
    """Make the writer of a format."""
    return ParquetPages() if format_ == "parquet" else NdjsonPages()


class NdjsonPages:
    """One JSON object a line; a column that is null is left out."""

    def write(self, page: pa.Table) -> bytes:
        """Give the lines of one more page."""
        return b"".join(line + b"\n" for line in lines(page))

    def end(self) -> bytes:
        """Nothing: the file may end after any line."""
        return b""


class ParquetPages:
    """One row group a page."""

    def __init__(self) -> None:
        self._made = io.BytesIO()
        self._writer = pq.ParquetWriter(self._made, FILE_SCHEMA, compression="zstd")

    def write(self, page: pa.Table) -> bytes:
        """Give the bytes of one more row group."""
        self._writer.write_table(page, row_group_size=max(1, page.num_rows))
        return self._take()

    def end(self) -> bytes:
        """Give the footer."""
        self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        """Hand over what was made; the writer keeps its own count of bytes."""
        made = self._made.getvalue()
        self._made.seek(0)
        self._made.truncate()
        return made


def lines(page: pa.Table) -> list[bytes]:
    """Write each row as a line without its end; columns that FILE_SCHEMA does not have are written as they are."""
    names = page.column_names
    columns = [_json(page, name) if name in JSON_COLUMNS else page.column(name).to_pylist() for name in names]
    rows = zip(*columns, strict=True)
    encode = _ENCODER.encode
    return [encode({n: value for n, value in zip(names, row, strict=True) if value is not None}) for row in rows]


def _json(page: pa.Table, name: str) -> list[Any]:
    return [_raw(value) for value in page.column(name).to_pylist()]


def _raw(value: Any) -> Any:
    """Take JSON text as it is, on one line."""
    if not isinstance(value, str):
        return value
    text = value.encode()
    return msgspec.Raw(msgspec.json.format(text, indent=-1) if b"\n" in text or b"\r" in text else text)
