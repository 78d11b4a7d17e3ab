"""JSON in the Confluent wire format: after the header it is what it is."""

from __future__ import annotations

from typing import Any

import msgspec

from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.framing import HEADER_BYTES


class JsonReader:
    """Reads messages of one JSON Schema, framed; they are not checked against it. `text` is the schema."""

    def __init__(self, text: str) -> None:
        self._name = _name(text)

    def read(self, value: bytes) -> tuple[bytes, str]:
        """Give a message as it is, and the schema's title or $id, empty where it has none. Raises BadValue."""
        body = value[HEADER_BYTES:]
        try:
            msgspec.json.decode(body, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError) as wrong:
            raise BadValue(f"it is no JSON: {wrong}") from wrong
        return body, self._name


def _name(text: str) -> str:
    """Look for a name; a schema that cannot be read has none: its messages can be read without it."""
    try:
        schema: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ""
    names = (schema.get("title"), schema.get("$id")) if isinstance(schema, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), "")
