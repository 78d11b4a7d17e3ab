"""The words by which events and fields are called, all in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tracer.model.words import Phase

_BY_PHASE: Final[Mapping[Phase, str]] = {
    "command": "command",
    "started": "requested started initiated begun began submitted commenced required asked triggered scheduled",
    "progressed": "progressed updated changed",
    "waiting": "waiting pending awaiting queued suspended parked paused",
    "completed": "completed succeeded success confirmed approved authorized authorised accepted processed done finished"
    " fulfilled executed granted created placed opened received registered validated verified reserved allocated held"
    " locked booked charged captured paid settled debited credited posted transferred shipped dispatched delivered"
    " issued sent prepared packed assigned ticketed notified",
    "failed": "failed failure rejected declined denied refused errored error aborted unavailable insufficient faulted"
    " bounced",
    "retried": "retried retrying redelivered",
    "timed_out": "timedout expired lapsed",
    "compensating": "compensating releasing refunding reversing cancelling canceling reverting",
    "compensated": "compensated released refunded reversed cancelled canceled voided reverted rolledback undone"
    " returned unlocked unreserved deallocated restocked withdrawn",
}
PHASE_OF: Final[Mapping[str, Phase]] = {word: phase for phase, words in _BY_PHASE.items() for word in words.split()}

# Of the transaction itself, where its own noun stands before them: OrderPlaced, OrderCompleted, OrderCancelled.
BEGINNINGS: Final = frozenset(
    ["placed", "created", "submitted", "opened", "received", "initiated", "requested", "started", "registered"]
)
GOOD_ENDS: Final = frozenset(["completed", "fulfilled", "closed", "finished", "settled", "succeeded", "confirmed"])
BAD_ENDS: Final = frozenset(["cancelled", "canceled", "failed", "rejected", "aborted", "declined", "expired"])

TYPE_NAMES: Final = frozenset(
    [
        "type",
        "eventtype",
        "event",
        "eventname",
        "messagetype",
        "msgtype",
        "cetype",
        "typeid",
        "name",
        "action",
        "kind",
        "contenttype",
        "subjecttype",
    ]
)
TIME_NAMES: Final = frozenset(
    [
        "time",
        "timestamp",
        "ts",
        "at",
        "occurredat",
        "occurredon",
        "createdat",
        "eventtime",
        "eventtimestamp",
        "emittedat",
        "publishedat",
        "happenedat",
        "cetime",
        "date",
        "datetime",
        "sentat",
    ]
)
MESSAGE_ID_NAMES: Final = frozenset(["id", "eventid", "messageid", "msgid", "ceid", "uuid", "eventuuid", "recordid"])
CAUSATION_NAMES: Final = frozenset(
    [
        "causationid",
        "causeid",
        "causedby",
        "parentid",
        "parenteventid",
        "parentmessageid",
        "inreplyto",
        "triggeredby",
        "cause",
    ]
)
OWNER_NAMES: Final = frozenset(
    [
        "owner",
        "service",
        "servicename",
        "producer",
        "producedby",
        "producername",
        "publisher",
        "publishedby",
        "source",
        "sourceservice",
        "cesource",
        "origin",
        "originator",
        "emitter",
        "emittedby",
        "sender",
        "sentby",
        "application",
        "applicationname",
        "app",
        "appname",
        "component",
        "xservice",
        "xproducer",
        "xsource",
    ]
)
ERROR_NAMES: Final = frozenset(
    [
        "error",
        "errormessage",
        "errorreason",
        "errortext",
        "errordetail",
        "reason",
        "failure",
        "failurereason",
        "rejectionreason",
        "declinereason",
        "cancelreason",
        "cancellationreason",
        "message",
        "problem",
        "exception",
        "exceptionmessage",
        "why",
    ]
)
GENERIC_IDS: Final = frozenset(
    [
        "id",
        "key",
        "correlationid",
        "conversationid",
        "traceid",
        "sagaid",
        "aggregateid",
        "entityid",
        "businessid",
        "transactionid",
        "txid",
    ]
)
ID_ENDINGS: Final = ("id", "number", "no", "ref", "reference", "key", "uuid", "code")
# Not the transaction's, though many of its events carry them.
OTHER_IDS: Final = frozenset(
    [
        "customerid",
        "userid",
        "accountid",
        "tenantid",
        "sessionid",
        "productid",
        "sku",
        "itemid",
        "merchantid",
        "warehouseid",
        "deviceid",
    ]
)
_ENDINGS: Final = frozenset(["event", "message", "evt", "msg"])
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_VERSION: Final = re.compile(r"v?\d+")


def words_of(name: str) -> tuple[str, ...]:
    """Split the name of an event into words, in small letters: OrderPlacedEvent, order.placed.v1, ORDER_PLACED."""
    simple = re.split(r"[/$:]", name)[-1]
    found = [word.lower() for word in _WORDS.findall(simple)]
    while len(found) > 1 and (found[-1] in _ENDINGS or _VERSION.fullmatch(found[-1]) or found[-1] == "v"):
        found.pop()
    joined = {"timed out": "timedout", "rolled back": "rolledback"}
    if len(found) > 1 and (one := joined.get(" ".join(found[-2:]))):
        found[-2:] = [one]
    return tuple(found)


def plain(name: str) -> str:
    """Write the last name of a place without its signs: $.order.orderId and header:order-id are both orderid."""
    last = re.split(r"[.:]", name.replace('"', ""))[-1] if name.startswith(("$", "header:")) else name
    return re.sub(r"[^a-z0-9]", "", last.lower())


def noun_of(name: str) -> str:
    """Take the noun out of the name of an id: order out of $.orderId; "" where it has none."""
    last = re.split(r"[.:]", name.replace('"', ""))[-1]
    found = [word.lower() for word in _WORDS.findall(last)]
    kept = [word for word in found if word not in ID_ENDINGS]
    return "-".join(kept) if len(kept) < len(found) and plain(name) not in GENERIC_IDS else ""
