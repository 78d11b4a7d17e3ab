"""Readers by schema id: built once, kept while they are used, and what cannot be used not asked for all the time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from collectors.dialects.confluent.avro import AvroReader
from collectors.dialects.confluent.avro_schema import prepare
from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import BadSchema, RegistryAway, UnknownSchema
from collectors.dialects.confluent.json_schema import JsonReader
from collectors.dialects.confluent.limits import MAX_REFUSALS, MAX_SCHEMAS, REFUSAL_S
from collectors.dialects.confluent.protobuf import ProtobufReader
from collectors.dialects.confluent.protobuf_schema import compile_schema
from tracer.errors import Busy
from tracer.model.text import clean

_MAX_ID = 2**31 - 1


class Reader(Protocol):
    """Reads the messages of one schema."""

    def read(self, value: bytes) -> tuple[bytes, str]:
        """Give a framed value as JSON text, and its type's name. Raises BadValue."""
        ...


class Lookup(Protocol):
    """Knows schemas by their ids."""

    def schema(self, schema_id: int) -> Schema:
        """Give a schema. Raises UnknownSchema, BadSchema, RegistryAway."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    reason: str
    until_s: float


class Schemas:
    """At most MAX_SCHEMAS readers, the least used forgotten first, and MAX_REFUSALS reasons why there is none.

    `monotonic` gives seconds that never go back.
    """

    def __init__(self, lookup: Lookup, *, monotonic: Callable[[], float]) -> None:
        self._lookup = lookup
        self._monotonic = monotonic
        self._readers: OrderedDict[int, Reader] = OrderedDict()
        self._refusals: OrderedDict[int, _Refusal] = OrderedDict()

    def known(self, schema_id: int) -> Reader | str | None:
        """Give an id's reader, or the reason why there is none; None when the registry has to be asked."""
        reader = self._readers.get(schema_id)
        if reader is not None:
            self._readers.move_to_end(schema_id)
            return reader
        refusal = self._refusals.get(schema_id)
        if refusal is not None and self._monotonic() < refusal.until_s:
            return refusal.reason
        return None if schema_id <= _MAX_ID else f"schema {schema_id} is none: an id is at most {_MAX_ID}"

    def fetch(self, schema_id: int) -> Reader | str:
        """Ask the registry; give the reader, or the reason why there is none. Raises Busy when it gives no answer."""
        try:
            reader = _reader(self._lookup.schema(schema_id))
        except (UnknownSchema, BadSchema) as refused:
            self._refuse(schema_id, f"schema {schema_id}: {clean(str(refused))}")
            return self._refusals[schema_id].reason
        except RegistryAway as away:
            raise Busy(f"schema {schema_id} cannot be looked up: {clean(str(away))}") from away
        self._readers[schema_id] = reader
        _forget(self._readers, MAX_SCHEMAS)
        return reader

    def _refuse(self, schema_id: int, reason: str) -> None:
        self._refusals[schema_id] = _Refusal(reason=reason, until_s=self._monotonic() + REFUSAL_S)
        self._refusals.move_to_end(schema_id)
        _forget(self._refusals, MAX_REFUSALS)


def _reader(schema: Schema) -> Reader:
    if schema.type == "AVRO":
        return AvroReader(prepare(schema))
    if schema.type == "PROTOBUF":
        return ProtobufReader(compile_schema(schema))
    if schema.type == "JSON":
        return JsonReader(schema.text)
    raise BadSchema(f"its type is {schema.type}; AVRO, PROTOBUF and JSON are read")


def _forget(kept: OrderedDict[int, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
