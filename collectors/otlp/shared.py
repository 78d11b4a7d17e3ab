"""What the records of a request share: the resource that sent them and the scope that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import EntityRef

from collectors.otlp import keys
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import Ints, child, flatten, join, join_present, spread
from collectors.otlp.members import Member, json_member, number_member, text_member, together
from collectors.otlp.values import plain_json
from tracer.errors import Rejected, TooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of requests that is not in them."""

    source: str
    received_ns: int
    correlation_keys: Sequence[str]
    max_records: int

    def check(self, records: int) -> None:
        """Raise TooLarge for more records than may be decoded at once."""
        if records > self.max_records:
            raise TooLarge(f"{records} spans, span events or log records in one request (max_records)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One row for each scope of each resource; `items` are the spans or log records of all of them.

    `scope_of` gives each item's row. `owner` is `service.name`, `transaction_id` an id on the resource.
    """

    items: pa.StructArray
    scope_of: Ints
    resource: pa.Array
    owner: pa.Array
    transaction_id: pa.Array


def read_shared(requests: pa.Array, origin: Origin, *, scopes: str, items: str) -> Shared:
    """Flatten requests to their items. `scopes` and `items` name the lists, as `scope_spans` and `spans`."""
    resources, _ = flatten(requests)
    scope_rows, resource_of = flatten(child(resources, scopes))
    item_rows, scope_of = flatten(child(scope_rows, items))
    origin.check(len(item_rows))
    attributes = Attributes(child(resources, "resource", "attributes"))
    members = join_present([attributes.members(), _resource_members(resources)], ",")
    return Shared(
        items=item_rows,
        scope_of=scope_of,
        resource=join(("{", join_present([spread(members, resource_of), _scope_members(scope_rows)], ","), "}")),
        owner=spread(_or_nulls(attributes.text(keys.SERVICE_NAME), len(resources)), resource_of),
        transaction_id=spread(
            _or_nulls(attributes.first_text(origin.correlation_keys, integers=True), len(resources)), resource_of
        ),
    )


def _resource_members(resources: pa.StructArray) -> pa.Array:
    return together(
        (
            number_member(keys.RESOURCE_DROPPED, child(resources, "resource", "dropped_attributes_count")),
            json_member(keys.RESOURCE_ENTITIES, _entities(child(resources, "resource", "entity_refs"))),
            text_member(keys.RESOURCE_SCHEMA_URL, child(resources, "schema_url")),
        ),
        len(resources),
    )


def _scope_members(scopes: pa.StructArray) -> pa.Array:
    own = Attributes(child(scopes, "scope", "attributes")).members()
    members: tuple[Member, ...] = (
        text_member(keys.SCOPE_NAME, child(scopes, "scope", "name")),
        text_member(keys.SCOPE_VERSION, child(scopes, "scope", "version")),
        json_member(keys.SCOPE_ATTRIBUTES, join(("{", own, "}"))),
        number_member(keys.SCOPE_DROPPED, child(scopes, "scope", "dropped_attributes_count")),
        text_member(keys.SCOPE_SCHEMA_URL, child(scopes, "schema_url")),
    )
    return together(members, len(scopes))


def _entities(lists: pa.Array) -> pa.Array | None:
    """Write entity references as JSON arrays, null where a resource has none (as most have)."""
    if not len(pc.list_flatten(lists)):
        return None
    try:
        texts = [plain_json([_entity(data) for data in row]) if row else None for row in lists.to_pylist()]
    except DecodeError as malformed:
        raise Rejected("an entity reference is malformed") from malformed
    return pa.array(texts, pa.string())


def _entity(data: bytes) -> dict[str, object]:
    entity: dict[str, object] = MessageToDict(EntityRef.FromString(data), preserving_proto_field_name=True)
    return entity


def _or_nulls(texts: pa.Array | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.string()) if texts is None else texts
