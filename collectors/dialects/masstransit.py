"""MassTransit: its JSON envelope, its transport headers beside raw JSON, faults, and Courier's routing slips.

The envelope (`application/vnd.masstransit+json`) names the types of the message in `messageType`, the most
concrete first, and holds the team's own event as `message`. Raw JSON (the default on Kafka) says the same in
headers. Headers of the transport stand in the envelope's `headers` as well. Names: `MessageEnvelope`,
`MessageHeaders`, `Fault`, `ScheduleMessage` and `MassTransit.Courier.Contracts` of MassTransit.

The transaction of a routing slip is its tracking number; of any other message the correlation id, which by
convention is that of the saga, else the one of the message that began it (`initiatorId`), else the
conversation, which is an alias of the former two. What was scheduled is correlated by a token of its own,
so there the initiator counts.

A step is the handling of one type of message, or an activity of a slip. A slip on its way says which
activity comes next, or which one is undone next; what it could still undo is in `message.compensateLogs`,
kept among the attributes.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect
from collectors.dialects.expressions import aliases, failure, last_segment, short_type

_COURIER: Final = "urn:message:MassTransit.Courier.Contracts:RoutingSlip"
_FAULT: Final = "urn:message:MassTransit:Fault"
# What the events of Courier mean to the activity or to the whole slip. A slip that was revised, by an
# activity that goes on with others, tells no more than that activity's completion.
_PHASES: Final = {
    "ActivityCompleted": "completed",
    "ActivityFaulted": "failed",
    "ActivityCompensated": "compensated",
    "ActivityCompensationFailed": "compensation_failed",
    "Completed": "txn_completed",
    "Faulted": "txn_failed",
    "CompensationFailed": "txn_failed",
    "Terminated": "txn_completed",
    "Revised": "observed",
}
_OUTCOMES: Final = {
    "Completed": "completed", "Terminated": "completed", "Faulted": "failed", "CompensationFailed": "failed",
}  # fmt: skip


def _envelope(name: str, header: str) -> str:
    return f"coalesce(path('$.{name}'), header('{header}'))"


def _header(name: str) -> str:
    return f"""coalesce(header('{name}'), path('$.headers."{name}"'))"""


def _cases(subject: str, words: dict[str, str]) -> str:
    return f"CASE {subject} {' '.join(f'''WHEN '{key}' THEN '{word}' ''' for key, word in words.items())}END"


_TYPE: Final = _envelope("messageType[0]", "MT-MessageType")
_SHORT: Final = short_type(_TYPE)
_IS_COURIER: Final = f"coalesce(starts_with({_TYPE}, '{_COURIER}'), false)"
_IS_SLIP: Final = f"coalesce({_TYPE} = '{_COURIER}', false)"
_EVENT: Final = f"regexp_extract({_TYPE}, ':RoutingSlip(\\w+)$', 1)"
_IS_WHOLE: Final = f"({_EVENT} IN ({', '.join(map(repr, _OUTCOMES))}))"
_IS_FAULT: Final = f"coalesce(starts_with({_TYPE}, '{_FAULT}'), false)"
_FAULTED: Final = short_type(f"regexp_extract({_TYPE}, 'Fault(?:\\[\\[|--|:)([^\\]]+?)(?:\\]\\]|--)?(?:;.*)?$', 1)")
_IN_ERROR: Final = (
    f"coalesce({_header('MT-Reason')} = 'fault' OR {_header('MT-Fault-ExceptionType')} IS NOT NULL, false)"
)
_IS_SCHEDULED: Final = f"coalesce(starts_with({_TYPE}, 'urn:message:MassTransit.Scheduling:ScheduleMessage'), false)"
_PUT_OFF: Final = short_type("path('$.message.payloadType[0]')")
_REDELIVERED: Final = f"coalesce(TRY_CAST({_header('MT-Redelivery-Count')} AS USMALLINT), 0)"
_RETRIED: Final = f"coalesce(TRY_CAST({_header('MT-Fault-RetryCount')} AS USMALLINT), 0)"

# A bus without an endpoint of its own sends from a queue that lives as long as its process.
_SOURCE: Final = last_segment(_envelope("sourceAddress", "MT-Source-Address"))
_PROCESS: Final = "coalesce(path('$.host.processName'), header('MT-Host-ProcessName'))"
_SENDER: Final = (
    f"CASE WHEN contains({_SOURCE}, '_bus_') THEN {_PROCESS} ELSE coalesce(NULLIF({_SOURCE}, ''), {_PROCESS}) END"
)
_RECEIVER: Final = last_segment("path('$.destinationAddress')")
_ACTIVITY: Final = "regexp_replace({}, '_(execute|compensate)$', '')"  # its two queues are one participant
# What is published goes to an address that is called after the type; what is sent to a queue, and an answer
# to a queue that lives as long as the process that asked.
_IS_SENT: Final = (
    f"coalesce({_RECEIVER} <> '' AND NOT ends_with({_RECEIVER}, {_SHORT})"
    " AND NOT contains(path('$.destinationAddress'), 'type=topic')"
    " AND NOT contains(path('$.destinationAddress'), '_bus_')"
    " AND (path('$.requestId') IS NULL OR path('$.responseAddress') IS NOT NULL), false)"
)

# A slip that is undone is on its way to the address of its last compensate log; the name is in the activity log.
_LAST_UNDO: Final = "json_extract_string(node('$.message.compensateLogs'), '$[#-1]{}')"
_IS_UNDONE: Final = f"coalesce({_LAST_UNDO.format('.address')} = path('$.destinationAddress'), false)"
_UNDONE_NAME: Final = (
    "list_filter(json_extract(node('$.message.activityLogs'), '$[*]'),"
    f" lambda log: log->>'executionId' = {_LAST_UNDO.format('.executionId')})[1]->>'name'"
)
_NEXT: Final = f"CASE WHEN {_IS_UNDONE} THEN {_UNDONE_NAME} ELSE path('$.message.itinerary[0].name') END"


def _exception(place: str) -> str:
    return failure(short_type(f"path('{place}.exceptionType')"), f"path('{place}.message')")


_ERROR: Final = f"""coalesce({
    failure(short_type(_header("MT-Fault-ExceptionType")), _header("MT-Fault-Message"))
}, CASE WHEN {_IS_FAULT} THEN {_exception("$.message.exceptions[0]")}
 WHEN {_IS_COURIER} AND NOT {_IS_SLIP} THEN coalesce({_exception("$.message.exceptionInfo")}, {
    _exception("$.message.activityExceptions[0].exceptionInfo")
}) END)"""
_CORRELATION: Final = _envelope("correlationId", "CorrelationId")
_INITIATOR: Final = _envelope("initiatorId", "MT-InitiatorId")
_CONVERSATION: Final = _envelope("conversationId", "ConversationId")
_INITIATING_CONVERSATION: Final = _header("MT-InitiatingConversationId")
_SAGA_ID: Final = (
    f"CASE WHEN {_IS_COURIER} THEN path('$.message.trackingNumber')"
    f" WHEN {_IS_SCHEDULED} THEN {_INITIATOR} ELSE coalesce({_CORRELATION}, {_INITIATOR}) END"
)

DIALECT: Final = Dialect(
    name="masstransit",
    recognises=(
        "starts_with(lower(coalesce(header('Content-Type'), header('content-type'), header('contentType'))),"
        " 'application/vnd.masstransit')"
        " OR (starts_with(path('$.messageType[0]'), 'urn:message:') AND path('$.message') IS NOT NULL)"
        " OR header('MT-MessageType') IS NOT NULL OR header('MT-Host-MassTransitVersion') IS NOT NULL"
        " OR header('MT-Host-Info') IS NOT NULL"
    ),
    columns={
        "transaction_id": f"coalesce({_SAGA_ID}, {_CONVERSATION})",
        "step": (
            f"CASE WHEN {_IS_SLIP} THEN {_NEXT} WHEN {_IS_COURIER} AND {_IS_WHOLE} THEN NULL"
            f" WHEN {_IS_COURIER} THEN path('$.message.activityName')"
            f" WHEN {_IS_FAULT} THEN {_FAULTED} WHEN {_IS_SCHEDULED} THEN {_PUT_OFF}"
            f" WHEN {_IN_ERROR} OR {_REDELIVERED} > 0 OR {_IS_SENT} THEN {_SHORT} END"
        ),
        "phase": (
            f"CASE WHEN {_IN_ERROR} AND NOT {_IS_FAULT} THEN 'failed'"
            f" WHEN {_IS_SLIP} THEN CASE WHEN {_IS_UNDONE} THEN 'compensating' ELSE 'command' END"
            f" WHEN {_IS_COURIER} THEN {_cases(_EVENT, _PHASES)}"
            f" WHEN {_IS_FAULT} THEN 'failed' WHEN {_IS_SCHEDULED} THEN 'waiting'"
            f" WHEN {_REDELIVERED} > 0 THEN 'started' WHEN {_IS_SENT} THEN 'command' END"
        ),
        "outcome": f"CASE WHEN {_IS_COURIER} AND NOT {_IN_ERROR} THEN {_cases(_EVENT, _OUTCOMES)} END",
        "owner": (
            f"CASE WHEN {_IS_SLIP} THEN {_ACTIVITY.format(_RECEIVER)}"
            f" WHEN {_IS_COURIER} THEN {_ACTIVITY.format(_SENDER)}"
            f" WHEN NOT {_IS_FAULT} AND NOT {_IS_SCHEDULED} AND ({_IN_ERROR} OR {_REDELIVERED} > 0 OR {_IS_SENT})"
            f" THEN {_RECEIVER} ELSE {_SENDER} END"
        ),
        "name": f"CASE WHEN {_IS_FAULT} THEN 'Fault<' || {_FAULTED} || '>' ELSE {_SHORT} END",
        "at_ns": (
            f"coalesce({_header('MT-Fault-Timestamp')},"
            f" CASE WHEN {_IS_FAULT} OR {_IS_COURIER} THEN path('$.message.timestamp') END, path('$.sentTime'))"
        ),
        "attempt": (
            f"CASE WHEN {_header('MT-Redelivery-Count')} IS NOT NULL OR {_header('MT-Fault-RetryCount')} IS NOT NULL"
            f" THEN (1 + {_REDELIVERED} + {_RETRIED})::VARCHAR END"
        ),
        "message_id": _envelope("messageId", "MessageId"),
        "causation_id": f"CASE WHEN {_IS_FAULT} THEN path('$.message.faultedMessageId') END",
        "error": _ERROR,
        "schema_ref": f"regexp_replace(split_part({_TYPE}, ';', 1), '^urn:message:', '')",
        "style": f"CASE WHEN {_IS_COURIER} THEN 'choreography' END",
        "aliases": aliases(
            conversation=f"CASE WHEN {_SAGA_ID} IS NOT NULL THEN {_CONVERSATION} END",
            initiating_conversation=_INITIATING_CONVERSATION,
        ),
    },
    body="$.message",
)
