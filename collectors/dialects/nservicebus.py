"""NServiceBus: messages, their copies in the audit and error queues, and the reports of the saga audit plug-in.

Everything is in the headers `NServiceBus.*`, but for `SagaUpdatedMessage`, which says in its body what a
message did to a saga. Names: `Headers.cs` and `SagaAudit` of Particular's repositories, and the page Message
Headers of their documentation.

The transaction is the conversation: its id is copied to every message that a message causes, in whatever
endpoint and saga, and also ties the sagas that took part, each an alias. A report of the saga audit knows
the saga alone, so its transaction is the saga, which the alias leads to the conversation. The id of the
conversation that started this one is an alias too.

A step is the handling of one type of message: commanded when it is sent, started once more when it comes back
late (`retried` announces an attempt that is still to come), completed by its audited copy or the saga's
report, failed by its copy in the error queue. A saga's timeout is a step that waits. A saga that is completed
and sent nothing more ends the transaction; one that did has handed it on.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect
from collectors.dialects.expressions import aliases, failure, short_type


def _header(name: str) -> str:
    return f"header('NServiceBus.{name}')"


def _is(text: str) -> str:
    return f"coalesce(lower({text}) = 'true', false)"


def _count(name: str) -> str:
    return f"coalesce(TRY_CAST({_header(name)} AS USMALLINT), 0)"


def _iso(text: str) -> str:
    """Turn `2026-03-01 02:11:09:123456 Z` into ISO 8601; what already is stays."""
    return rf"regexp_replace({text}, '^(\S+) (\d\d:\d\d:\d\d):(\d+) Z$', '\1T\2.\3Z')"


_AUDIT: Final = f"(coalesce({short_type(_header('EnclosedMessageTypes'))} = 'SagaUpdatedMessage', false))"
_FAILED: Final = f"{_header('FailedQ')} IS NOT NULL"
_HANDLED: Final = f"{_header('ProcessingEnded')} IS NOT NULL"
_RETRIED: Final = f"{_count('Retries')} > 0"
_TIMEOUT: Final = _is(_header("IsSagaTimeoutMessage"))
_SENT: Final = f"coalesce({_header('MessageIntent')} = 'Send', false)"
_CONTROL: Final = (
    f"({_is(_header('ControlMessage'))} OR coalesce({_header('MessageIntent')} IN ('Subscribe', 'Unsubscribe'), false))"
)
_IS_END: Final = (
    f"({_is('''path('$.IsCompleted')''')} AND coalesce(json_array_length(node('$.ResultingMessages')), 0) = 0)"
)

_TYPE: Final = short_type(_header("EnclosedMessageTypes"))
_HANDLED_BY_SAGA: Final = short_type("path('$.Initiator.MessageType')")
# Audited copies say it with type and id: "Sales.OrderPolicy:0b0f...;Sales.Other:11ce...".
_INVOKED: Final = f"split_part({_header('InvokedSagas')}, ';', 1)"
_SAGA_TYPE: Final = f"coalesce({_header('SagaType')}, {_header('OriginatingSagaType')}, split_part({_INVOKED}, ':', 1))"
_OF_A_STEP: Final = f"({_FAILED} OR {_HANDLED} OR {_RETRIED} OR {_TIMEOUT} OR {_SENT})"


def _choose(*, audit: str, other: str) -> str:
    return f"CASE WHEN {_AUDIT} THEN {audit} ELSE {other} END"


_PHASE: Final = _choose(
    audit="'completed'",
    other=(
        f"CASE WHEN {_CONTROL} THEN NULL WHEN {_FAILED} THEN 'failed' WHEN {_HANDLED} THEN 'completed'"
        f" WHEN {_RETRIED} THEN 'started' WHEN {_TIMEOUT} THEN 'waiting' WHEN {_SENT} THEN 'command' END"
    ),
)
# Who will handle a command that was sent is not in its headers.
_OWNER: Final = (
    f"CASE WHEN {_FAILED} THEN coalesce({_header('ProcessingEndpoint')}, split_part({_header('FailedQ')}, '@', 1))"
    f" WHEN {_HANDLED} THEN {_header('ProcessingEndpoint')}"
    f" WHEN {_SENT} AND NOT {_TIMEOUT} THEN NULL ELSE {_header('OriginatingEndpoint')} END"
)
_AT: Final = (
    f"CASE WHEN {_FAILED} THEN {_header('TimeOfFailure')} WHEN {_HANDLED} THEN {_header('ProcessingEnded')}"
    f" WHEN {_RETRIED} THEN {_header('Retries.Timestamp')} END"
)
_VERSION: Final = f"NULLIF(regexp_extract({_header('EnclosedMessageTypes')}, '^[^;]*Version=([^,;]+)', 1), '')"
_FULL_TYPE: Final = f"regexp_extract({_header('EnclosedMessageTypes')}, '^[^,;]+')"

DIALECT: Final = Dialect(
    name="nservicebus",
    recognises=f"{_header('EnclosedMessageTypes')} IS NOT NULL OR {_header('MessageId')} IS NOT NULL",
    columns={
        "transaction_id": _choose(audit="path('$.SagaId')", other=_header("ConversationId")),
        "saga": _choose(audit=short_type("path('$.SagaType')"), other=short_type(_SAGA_TYPE)),
        "step": _choose(audit=_HANDLED_BY_SAGA, other=f"CASE WHEN {_OF_A_STEP} AND NOT {_CONTROL} THEN {_TYPE} END"),
        "phase": _PHASE,
        "outcome": f"CASE WHEN {_AUDIT} AND {_IS_END} THEN 'completed' END",
        "owner": _choose(audit="path('$.Endpoint')", other=_OWNER),
        "name": _TYPE,
        "at_ns": _choose(audit="path('$.FinishTime')", other=_iso(f"coalesce({_AT}, {_header('TimeSent')})")),
        "attempt": (
            f"CASE WHEN {_RETRIED} OR {_header('FLRetries')} IS NOT NULL"
            f" THEN (1 + {_count('Retries')} + {_count('FLRetries')})::VARCHAR END"
        ),
        "message_id": _header("MessageId"),
        "causation_id": _choose(audit="path('$.Initiator.InitiatingMessageId')", other=_header("RelatedTo")),
        "error": failure(short_type(_header("ExceptionInfo.ExceptionType")), _header("ExceptionInfo.Message")),
        "schema_ref": f"{_FULL_TYPE} || coalesce(' ' || {_VERSION}, '')",
        "aliases": aliases(
            saga=f"coalesce({_header('SagaId')}, NULLIF(split_part({_INVOKED}, ':', 2), ''))",
            originating_saga=f"NULLIF({_header('OriginatingSagaId')}, coalesce({_header('SagaId')}, ''))",
            previous_conversation=_header("PreviousConversationId"),
        ),
    },
)
