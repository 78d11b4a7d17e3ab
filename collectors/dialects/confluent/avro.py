"""Avro's binary encoding to JSON text, by one schema.

fastavro (C) reads a message, msgspec writes it: bytes and fixed become base64, NaN and infinities null, a
union's value stands for itself. One call of each for a message: an Avro message has no length in front of
anything, so there is nothing that columns could be cut along.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import fastavro
import fastavro._read_py  # the same reader in Python
import msgspec

from collectors.dialects.confluent.avro_schema import AvroSchema
from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.framing import HEADER_BYTES
from collectors.dialects.confluent.limits import MAX_JSON_CHARS

# What malformed bytes make the readers raise.
_MALFORMED: Final = (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError, MemoryError)


class AvroReader:
    """Reads messages of one schema, framed."""

    def __init__(self, schema: AvroSchema) -> None:
        self._schema = schema
        self._encode = msgspec.json.Encoder().encode
        # The C reader recurses on the C stack without a bound; the Python one raises RecursionError.
        self._reader: Callable[..., Any] = (
            fastavro._read_py.schemaless_reader  # noqa: SLF001 - there is no public way to choose
            if schema.cost.recursive
            else fastavro.schemaless_reader
        )

    @property
    def name(self) -> str:
        """The full name of the messages' type."""
        return self._schema.name

    def read(self, value: bytes) -> tuple[bytes, str]:
        """Give a message as JSON, and its type's full name. Raises BadValue."""
        source = BytesIO(value)
        source.seek(HEADER_BYTES)
        try:
            read = self._reader(source, self._schema.parsed, None)
            if len(value) * self._schema.cost.chars > MAX_JSON_CHARS:
                _check_length(read)
            text = self._encode(read)
        except _MALFORMED as wrong:
            raise BadValue(f"it does not fit the Avro schema: {_problem(wrong)}") from wrong
        except RecursionError as deep:
            raise BadValue("it does not fit the Avro schema, or is nested too deeply") from deep
        if source.tell() != len(value):
            raise BadValue(f"it does not fit the Avro schema: {len(value) - source.tell()} bytes are left over")
        return text, self.name


def _problem(wrong: Exception) -> str:
    if isinstance(wrong, EOFError | IndexError | KeyError):
        return "it ends too early, or chooses what the schema does not have"
    return str(wrong) or type(wrong).__name__


def _check_length(read: Any) -> None:
    """Count what a large message becomes before it is written. Raises BadValue."""
    chars, rest = 0, [read]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            chars += sum(map(len, value)) + 4 * len(value)
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
        chars += len(value) + 2 if isinstance(value, str | bytes) else 2
        if chars > MAX_JSON_CHARS:
            raise BadValue(f"as JSON it has more than {MAX_JSON_CHARS} characters")
