"""Finds the last message of a transaction among its records, and how far its readers have come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from tracer.analysis.messages import Letter, Message, Passed, Progress, Reader, readers
from tracer.clock import NS_PER_S, to_datetime
from tracer.query.gathering import Gathered
from tracer.store.session import Row, Session
from tracer.views import MessageGroup, MessagePlace

MAX_GROUPS: Final = 50
RATE_OVER_S: Final = 600
_BEFORE_S: Final = 3600  # before a message was written, a sample of where a group stood may be so old
MAX_LETTERS: Final = 20
_FOREVER_NS: Final = (1 << 63) - 1
_PLACE: Final = re.compile(r"(.+)/([0-9]{1,9})/([0-9]{1,18})")
_AT, _UNTIL, _KIND, _OWNER, _PHASE, _ERROR, _SOURCE, _POSITION, _SEQ = 0, 1, 2, 5, 6, 9, 10, -3, -1
# The attribute that a collector gives to what it found in a dead-letter topic, and the headers by which clients mark it
# (Spring Kafka, Kafka Connect, MassTransit, NServiceBus).
DEAD_LETTER: Final = "dlt"
_MARKS: Final = ("kafka_dlt-", "__connect.errors.", "MT-Fault-", "NServiceBus.FailedQ")
_GROUPS: Final = ("kafka_dlt-original-consumer-group", "NServiceBus.ProcessingEndpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The last message of a transaction, and what each group did with it."""

    source: str
    message: Message
    readers: tuple[Reader, ...]
    more: int = 0

    def view(self) -> MessagePlace:
        """Put it into the shape of the contract."""
        message = self.message
        return MessagePlace(
            source=self.source,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            at=to_datetime(message.at_ns),
            groups=tuple(_group(one) for one in self.readers),
            more_groups=self.more,
        )


@dataclass(frozen=True, slots=True)
class _Borne:
    """A record that a message brought."""

    row: Row
    topic: str
    partition: int
    offset: int

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


def find_message(session: Session, at: Gathered, *, now_ns: int, is_stuck: bool, is_past: bool = False) -> Found | None:
    """Find the last message of a transaction and its readers; None where no record came by message.

    Asks the store only where one did. Also None where the transaction has more records than its timeline, so that the
    last one is not known.
    """
    borne = list(_borne(at.timeline))
    if not borne or at.head.records > len(at.timeline):
        return None
    letters = _letters(session, borne)
    alive = [one for one in borne if one.row[_SEQ] not in letters]
    last = (alive or borne)[-1]
    put_aside = [one for one in borne if one.row[_SEQ] in letters and one is not last]
    dead = next((one for one in reversed(put_aside) if one.row[_AT] >= last.row[_AT]), None)
    message = Message(
        topic=last.topic,
        partition=last.partition,
        offset=last.offset,
        at_ns=last.row[_AT],
        is_followed=at.head.ended_ns is not None or _is_followed(at.timeline, last.row, put_aside),
        # What is tried again was not lost.
        is_stuck=is_stuck and at.head.stall != "retry-loop",
    )
    progress, more = _progress(session, last.row[_SOURCE], message, now_ns=now_ns, is_past=is_past)
    if dead is not None:
        message = replace(message, letter=_letter(dead, letters[dead.row[_SEQ]], progress))
    found = readers(message, progress, now_ns, more)
    return Found(source=last.row[_SOURCE], message=message, readers=found, more=more)


def _borne(timeline: Iterable[Row]) -> Iterable[_Borne]:
    for row in timeline:
        found = _PLACE.fullmatch(row[_POSITION]) if row[_POSITION] and row[_KIND] == "event" else None
        if found:
            yield _Borne(row, found[1], int(found[2]), int(found[3]))


def _is_followed(timeline: Iterable[Row], last: Row, letters: Sequence[_Borne]) -> bool:
    """Whether anything began after the message that is not a dead letter."""
    dead = {one.row[_SEQ] for one in letters}
    rest = (row for row in timeline if row[_SEQ] not in dead and row[_SEQ] != last[_SEQ])
    return any(row[_AT] > last[_AT] for row in rest)


def _letters(session: Session, borne: Sequence[_Borne]) -> Mapping[int, str | None]:
    """Tell which records were found in a dead-letter topic, by their numbers, with the group that a header names.

    Only a failed record can be one.
    """
    seqs = [one.row[_SEQ] for one in borne if one.row[_PHASE] == "failed"][-MAX_LETTERS:]
    if not seqs:
        return {}
    rows = session.rows("message_letters", {"seqs": seqs, "low": min(seqs), "high": max(seqs)})
    decoded = ((seq, msgspec.json.decode(attributes)) for seq, attributes in rows)
    return {seq: _named_group(_headers(one)) for seq, one in decoded if _is_dead(one)}


def _is_dead(attributes: Any) -> bool:
    return bool(attributes.get(DEAD_LETTER)) or any(name.startswith(_MARKS) for name in _headers(attributes))


def _headers(attributes: Any) -> Mapping[str, Any]:
    headers = attributes.get("headers")
    return headers if isinstance(headers, dict) else {}


def _named_group(headers: Mapping[str, Any]) -> str | None:
    return next((headers[name] for name in _GROUPS if isinstance(headers.get(name), str)), None)


def _letter(dead: _Borne, named: str | None, progress: Sequence[Progress]) -> Letter:
    """Describe a dead letter. Its owner is a group only where there is a group of that name: it may be who wrote it."""
    owner = dead.row[_OWNER]
    group = named or (owner if any(one.group == owner for one in progress) else None)
    return Letter(place=dead.place, at_ns=dead.row[_AT], group=group, error=dead.row[_ERROR])


def _progress(
    session: Session, source: str, message: Message, *, now_ns: int, is_past: bool
) -> tuple[tuple[Progress, ...], int]:
    """Give the groups that are furthest behind, and how many more there are."""
    place = {"source": source, "topic": message.topic, "partition": message.partition, "offset": message.offset}
    recent = now_ns - RATE_OVER_S * NS_PER_S
    begin = min(message.at_ns, recent) - _BEFORE_S * NS_PER_S
    when = {"now": now_ns if is_past else _FOREVER_NS, "recent": recent, "from": begin, "live": not is_past}
    rows = session.rows("message_readers", {**place, **when, "limit": MAX_GROUPS})
    return tuple(_of_group(row) for row in rows), rows[0][-1] - len(rows) if rows else 0


def _of_group(row: Row) -> Progress:
    group, committed, since_ns, seen_ns, passed, earlier, log_end, members, _ = row
    return Progress(
        group=group,
        committed=committed,
        since_ns=since_ns,
        seen_ns=seen_ns,
        log_end=log_end,
        members=members,
        passed=None
        if passed is None
        else Passed(
            before_ns=passed["until_ns"],
            before=passed["committed"],
            after_ns=passed["next_ns"],
            after=passed["next_committed"],
        ),
        earlier=None if earlier is None else (earlier["at_ns"], earlier["committed"]),
    )


def _group(one: Reader) -> MessageGroup:
    return MessageGroup(
        group=one.group,
        state=one.state,
        committed=one.committed,
        lag=one.lag,
        total_lag=one.total_lag,
        eta_s=one.eta_s,
        read_at=None if one.read_ns is None else to_datetime(one.read_ns),
        members=one.members,
        why=one.why,
    )
