"""Tries a mapping on a sample: what each message becomes, and what of it nothing reads.

That a place is read is found out by taking it away: where no message without it becomes anything else, nothing
reads it. So the answer holds for every decoder, whatever it is configured with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tracer.exchange.messages import Message, batch_of_messages
from tracer.exchange.paths import places, without
from tracer.model.records import RECORD_SCHEMA
from tracer.ports import MessageDecoder

PROBES: Final = 4  # messages from which each place is taken away, and one more of each further event
MAX_PROBES: Final = 16
_MOVED_NS: Final = 1_234_567
BATCH: Final = 1_000
_Outcome = tuple[Mapping[str, Any] | None, str | None]  # a record, or the reason why there is none
# What may be at its default, and what that is.
DEFAULTS: Final[Mapping[str, Any]] = {
    "transaction_id": None, "saga": None, "step": None, "owner": None, "phase": "observed", "message_id": None,
    "causation_id": None, "attempt": None, "schema_ref": None, "aliases": None,
}  # fmt: skip
# Not what a message says: where it stands, and the whole of it.
_ASIDE: Final = frozenset({"uid", "position", "attributes", "received_ns"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What a message became: a record (the columns of RECORD_SCHEMA), or the reason why it was refused.

    Neither for a tombstone.
    """

    message: Message
    record: Mapping[str, Any] | None
    refused: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that nothing reads, and in how many messages it is."""

    place: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The messages of a sample, the dialect of each topic, and what was left over.

    `defaults` says of a column in how many records it was left at its default.
    """

    became: tuple[Became, ...]
    dialects: Mapping[str, str]
    unread: tuple[Place, ...]
    defaults: Mapping[str, int]


def try_mapping(messages: Sequence[Message], decoder: MessageDecoder, *, received_ns: int) -> Trial:
    """Decode a sample, and again without each of its places."""
    numbered = [replace(message, offset=number) for number, message in enumerate(messages)]
    outcomes, dialects = _decode(numbered, decoder, received_ns)
    became = tuple(
        Became(message=message, record=record, refused=refused)
        for message, (record, refused) in zip(messages, outcomes, strict=True)
    )
    records = [one.record for one in became if one.record is not None]
    defaults = {name: sum(record[name] == default for record in records) for name, default in DEFAULTS.items()}
    return Trial(
        became=became,
        dialects=dialects,
        unread=_unread(became, decoder, received_ns),
        defaults={name: count for name, count in defaults.items() if count},
    )


def _unread(became: Sequence[Became], decoder: MessageDecoder, received_ns: int) -> tuple[Place, ...]:
    """Take each place away from a few messages that became records.

    All of them get another time than they have, since what an event says of its time is often the same.
    """
    moved = [replace(one.message, at_ns=one.message.at_ns + _MOVED_NS, offset=n) for n, one in enumerate(became)]
    before = dict(enumerate(_decode(moved, decoder, received_ns)[0]))
    having: dict[str, list[int]] = {}
    for number, one in enumerate(became):
        if one.record is not None:
            for place in places(one.message):
                having.setdefault(place, []).append(number)
    probes = [(place, number) for place, those in having.items() for number in _spread(those, before)]
    read: set[str] = set()
    for start in range(0, len(probes), BATCH):
        part = probes[start : start + BATCH]
        changed = [replace(without(moved[number], place), offset=n) for n, (place, number) in enumerate(part)]
        outcomes, _ = _decode(changed, decoder, received_ns)
        for (place, number), (record, _) in zip(part, outcomes, strict=True):
            if record is None or _said(record) != _said(before[number][0]):
                read.add(place)
    return tuple(Place(place=place, messages=len(those)) for place, those in having.items() if place not in read)


def _spread(those: Iterable[int], before: Mapping[int, _Outcome]) -> list[int]:
    """Choose a few messages, of as many different events as there are."""
    names: set[str] = set()
    chosen: list[int] = []
    for number in those:
        record, _ = before[number]
        name = "" if record is None else record["name"]
        if name not in names or len(chosen) < PROBES:
            chosen.append(number)
            names.add(name)
        if len(chosen) >= MAX_PROBES:
            break
    return chosen


def _said(record: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in (record or {}).items() if name not in _ASIDE]


def _decode(
    messages: Sequence[Message], decoder: MessageDecoder, received_ns: int
) -> tuple[list[_Outcome], Mapping[str, str]]:
    """Decode messages that their offsets tell apart; by each its record, or the reason."""
    decoded = decoder.decode(batch_of_messages(messages), received_ns=received_ns)
    offsets = decoded.refused.column("offset").to_pylist()
    reasons = dict(zip(offsets, decoded.refused.column("reason").to_pylist(), strict=True))
    columns = {name: decoded.records.column(name).to_pylist() for name in RECORD_SCHEMA.names}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    by_place = {row["position"]: row for row in rows} | {row["uid"]: row for row in rows}
    outcomes: list[_Outcome] = [(by_place.get(message.place), reasons.get(message.offset)) for message in messages]
    return outcomes, decoded.dialects
