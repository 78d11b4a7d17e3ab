"""Eventuate Tram: commands, replies and domain events, in Kafka headers or in the envelope of its change capture.

The change data capture service writes `{"payload": "<JSON text>", "headers": {...}}` as the value; the names
are the same as those of headers. Names: `Message`, `CommandMessageHeaders`, `ReplyMessageHeaders`,
`EventMessageHeaders` and `SagaCommandHeaders` of Eventuate Tram.

A command of a saga commands a step called after the command's type; its reply says whether that was done.
Nothing on the wire tells a compensating command from any other, or that a saga has ended: a definition does.
An event belongs to the transaction that its payload names; its aggregate is no transaction, since one
customer has many orders.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect
from collectors.dialects.expressions import aggregate, short_type


def _header(name: str) -> str:
    return f"""coalesce(header('{name}'), path('$.headers."{name}"'))"""


_COMMAND: Final = f"{_header('command_type')} IS NOT NULL"
_REPLY: Final = f"{_header('reply_outcome-type')} IS NOT NULL"
_EVENT: Final = f"{_header('event-type')} IS NOT NULL AND {_header('event-aggregate-type')} IS NOT NULL"
_OUTCOME: Final = _header("reply_outcome-type")

# An id made by the application begins with its milliseconds, in hex; one made by the database does not, and
# then it is far from the header DATE, which has but seconds.
_DATE_MS: Final = f"epoch_ms(try_strptime({_header('DATE')}, '%a, %d %b %Y %H:%M:%S GMT'))"
_ID_MS: Final = (
    f"TRY_CAST('0x' || regexp_extract({_header('ID')}, '^(0000[0-9a-f]{{12}})-[0-9a-f]{{16}}$', 1) AS BIGINT)"
)
_AT_MS: Final = f"CASE WHEN {_ID_MS} - {_DATE_MS} BETWEEN -2000 AND 2000 THEN {_ID_MS} ELSE {_DATE_MS} END"

_B3: Final = _header("b3")
_B3_SHAPE: Final = "^((?:[0-9a-f]{16}){1,2})-([0-9a-f]{16})(?:-([01d]).*)?$"
_B3_TRACEPARENT: Final = (
    f"CASE WHEN regexp_matches({_B3}, '{_B3_SHAPE}')"
    f" THEN '00-' || lpad(regexp_extract({_B3}, '{_B3_SHAPE}', 1), 32, '0')"
    f" || '-' || regexp_extract({_B3}, '{_B3_SHAPE}', 2)"
    f" || CASE WHEN regexp_extract({_B3}, '{_B3_SHAPE}', 3) IN ('1', 'd') THEN '-01' ELSE '-00' END END"
)
_AGGREGATE: Final = short_type(_header("event-aggregate-type"))


def _saga_type(header: str) -> str:
    """Give the bare name of a saga's type, in which Eventuate writes `_DLR_` for the `$` of an inner class."""
    return short_type(f"replace({_header(header)}, '_DLR_', '$')")


def _choose(*, command: str, reply: str, event: str = "NULL") -> str:
    return f"CASE WHEN {_REPLY} THEN {reply} WHEN {_COMMAND} THEN {command} ELSE {event} END"


DIALECT: Final = Dialect(
    name="eventuate",
    recognises=f"{_COMMAND} OR {_REPLY} OR ({_EVENT})",
    columns={
        "transaction_id": _choose(command=_header("command_saga_id"), reply=_header("commandreply_saga_id")),
        "saga": _choose(command=_saga_type("command_saga_type"), reply=_saga_type("commandreply_saga_type")),
        "step": _choose(command=short_type(_header("command_type")), reply=short_type(_header("commandreply_type"))),
        "phase": _choose(
            command="'command'",
            reply=f"CASE {_OUTCOME} WHEN 'SUCCESS' THEN 'completed' WHEN 'FAILURE' THEN 'failed' END",
        ),
        "owner": _choose(command=_header("command__destination"), reply=_header("commandreply__destination")),
        "name": _choose(
            command=short_type(_header("command_type")),
            reply=f"coalesce(NULLIF({short_type(_header('reply_type'))}, ''), {_OUTCOME})",
            event=short_type(_header("event-type")),
        ),
        "at_ns": f"({_AT_MS})::VARCHAR",
        "message_id": _header("ID"),
        "causation_id": _header("reply_to_message_id"),
        "error": f"CASE WHEN {_OUTCOME} = 'FAILURE' THEN coalesce({short_type(_header('reply_type'))}, 'FAILURE') END",
        "schema_ref": _choose(
            command=_header("command_type"), reply=_header("reply_type"), event=_header("event-type")
        ),
        "style": _choose(
            command=f"CASE WHEN {_header('command_saga_id')} IS NOT NULL THEN 'orchestration' END",
            reply=f"CASE WHEN {_header('commandreply_saga_id')} IS NOT NULL THEN 'orchestration' END",
            event="'choreography'",
        ),
        "aliases": aggregate(_AGGREGATE, _header("event-aggregate-id")),
        "traceparent": _B3_TRACEPARENT,
    },
    body="$.payload",
)
