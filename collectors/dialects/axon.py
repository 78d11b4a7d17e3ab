"""Axon Framework 4 and 5: events as the Kafka extension writes them.

Headers `axon-message-*` describe the event, `axon-metadata-<key>` carry its metadata. The same key means two
things: `MessageOriginProvider` of Axon 4 gives the causing message as `correlationId` and the origin as
`traceId`, that of Axon 5 the origin as `correlationId` and the causing message as `causationId`. So the other
key tells which it is; a message that has neither began its chain, and what follows will name its id. Where
only `correlationId` is there (a provider of the team's own), it is taken for the origin.

`axon-message-timestamp` is eight bytes of a binary number, which no text can hold: the broker's time of the
message counts. Owner, step and phase are not in the headers: definitions and mappings say them.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect
from collectors.dialects.expressions import aggregate, short_type

_TYPE: Final = "header('axon-message-type')"
_REVISION: Final = "header('axon-message-revision')"
_AGGREGATE: Final = short_type("header('axon-message-aggregate-type')")
_AGGREGATE_ID: Final = "header('axon-message-aggregate-id')"
_CORRELATION: Final = "header('axon-metadata-correlationId')"
_TRACE: Final = "header('axon-metadata-traceId')"
_CAUSATION: Final = "header('axon-metadata-causationId')"
_ORIGIN: Final = f"CASE WHEN {_CAUSATION} IS NULL AND {_TRACE} IS NOT NULL THEN {_TRACE} ELSE {_CORRELATION} END"

DIALECT: Final = Dialect(
    name="axon",
    recognises=f"header('axon-message-id') IS NOT NULL AND {_TYPE} IS NOT NULL",
    columns={
        "transaction_id": f"coalesce({_ORIGIN}, header('axon-message-id'))",
        "name": short_type(_TYPE),
        "message_id": "header('axon-message-id')",
        "causation_id": f"coalesce({_CAUSATION}, CASE WHEN {_TRACE} IS NOT NULL THEN {_CORRELATION} END)",
        "schema_ref": f"{_TYPE} || coalesce(' ' || NULLIF({_REVISION}, ''), '')",
        "aliases": aggregate(_AGGREGATE, _AGGREGATE_ID),
        "traceparent": "header('axon-metadata-traceparent')",
    },
)
