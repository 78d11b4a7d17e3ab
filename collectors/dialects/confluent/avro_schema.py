"""Makes an Avro schema of the registry ready to read with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import fastavro
import msgspec
from fastavro.schema import SchemaParseException, UnknownType

from collectors.dialects.confluent.avro_cost import Cost, cost_of
from collectors.dialects.confluent.avro_logical import renamed
from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import BadSchema
from collectors.dialects.confluent.limits import MAX_SCHEMA_DEPTH

_MAX_JSON_DEPTH: Final = 4 * MAX_SCHEMA_DEPTH  # a type takes up to four levels of JSON
_MALFORMED: Final = (SchemaParseException, UnknownType, KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvroSchema:
    """A schema as fastavro parsed it, its full name (of a type that has none: the type's), what it can cost."""

    parsed: Any
    name: str
    cost: Cost


def prepare(schema: Schema) -> AvroSchema:
    """Parse a schema with those it refers to. Raises BadSchema."""
    named: dict[str, Any] = {}
    try:
        for _, text in schema.references:
            fastavro.parse_schema(_loaded(text), named_schemas=named)
        parsed = fastavro.parse_schema(_loaded(schema.text), named_schemas=named)
        return AvroSchema(parsed=parsed, name=_name(parsed), cost=cost_of(parsed, named))
    except _MALFORMED as wrong:
        raise BadSchema(f"it is no Avro schema: {wrong}") from wrong
    except RecursionError as deep:
        raise BadSchema(f"its JSON is nested more than {_MAX_JSON_DEPTH} deep") from deep


def _loaded(text: str) -> Any:
    """Read a schema's JSON, with our names for the logical types that we read, without the others."""
    loaded = msgspec.json.decode(text.encode())
    _rename(loaded, 0)
    return loaded


def _rename(json: Any, depth: int) -> None:
    if depth > _MAX_JSON_DEPTH:
        raise RecursionError
    if isinstance(json, dict):
        ours = renamed(json.pop("logicalType", None), json.get("type"))
        if ours is not None:
            json["logicalType"] = ours
    for inner in json.values() if isinstance(json, dict) else json if isinstance(json, list) else ():
        _rename(inner, depth + 1)


def _name(parsed: Any) -> str:
    if isinstance(parsed, dict):
        return str(parsed.get("name") or parsed["type"])
    return parsed if isinstance(parsed, str) else "union"
