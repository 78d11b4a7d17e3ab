"""The outbox event router of Debezium.

The router writes a row of the outbox to the topic `outbox.event.<aggregatetype>` with the aggregate's id as
key, the row's id in the header `id` and the payload as value: JSON, or a JSON string that holds it, or with
`schemas.enable` of Connect's converter `{"schema": ..., "payload": ...}`. The type of the event and other
columns come only where `table.fields.additional.placement` puts them, in headers or the envelope; Quarkus
adds `tracingspancontext`.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect

_TYPE: Final = ", ".join(
    f"{where}('{prefix}{name}')"
    for where, prefix in (("header", ""), ("path", "$."))
    for name in ("eventType", "type", "event_type")
)
_AGGREGATE: Final = (
    "coalesce(header('aggregateId'), header('aggregateid'), header('aggregate_id'),"
    " path('$.aggregateId'), path('$.aggregateid'), path('$.aggregate_id'))"
)
# With `schemas.enable` keys come as JSON, too.
_KEY: Final = (
    "coalesce(TRY(json_extract_string(TRY_CAST(key AS JSON), '/payload')), TRY(TRY_CAST(key AS JSON)->>'$'), key)"
)

DIALECT: Final = Dialect(
    name="debezium-outbox",
    recognises=(
        "header('id') IS NOT NULL AND (topic GLOB 'outbox.event.*' OR topic GLOB '*.outbox.event.*'"
        " OR header('eventType') IS NOT NULL OR header('aggregateType') IS NOT NULL)"
    ),
    columns={
        "transaction_id": f"coalesce({_AGGREGATE}, {_KEY})",
        "name": f"coalesce({_TYPE})",
        "message_id": "header('id')",
        "traceparent": "regexp_extract(header('tracingspancontext'), 'traceparent=([0-9a-f-]+)', 1)",
    },
    body="$.payload",
)
