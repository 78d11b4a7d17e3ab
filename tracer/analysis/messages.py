"""Where the last message of a transaction is: who has read it, who has not, and who lost it.

A consumer group commits the next offset that it will read, so it has read a message when what it has committed lies
past the message's offset. Samples are taken every few seconds: when a group passed an offset is known as the time
between two samples, and told as "about".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracer.clock import NS_PER_S
from tracer.model.duration import spell
from tracer.views import ReaderState

STALE_S: Final = 120.0  # a group that was not looked at for so long may have moved since
NONE_COMMITTED: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Two samples in a row with the offset between what they had committed."""

    before_ns: int
    before: int
    after_ns: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a group has come in the partition of a message.

    `committed` was first seen at `since_ns` and last at `seen_ns`; -1: nothing committed. `log_end` and `members` (-1)
    may not be known. `earlier` is an earlier sample (when, committed) to measure a rate by.
    """

    group: str
    committed: int
    since_ns: int
    seen_ns: int
    log_end: int | None
    members: int
    passed: Passed | None = None
    earlier: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The message as somebody put it aside, in a dead-letter topic; `place` as topic[partition]@offset."""

    place: str
    at_ns: int
    group: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The last message of a transaction.

    `is_followed` tells whether the transaction went on after it (or ended), `is_stuck` whether it counts as stuck.
    """

    topic: str
    partition: int
    offset: int
    at_ns: int
    is_followed: bool
    is_stuck: bool
    letter: Letter | None = None

    @property
    def place(self) -> str:
        """The place as people write it."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What a group did with a message. `lag` counts up to this message and with it, `total_lag` all that waits."""

    group: str
    state: ReaderState
    committed: int | None
    lag: int | None
    total_lag: int | None
    eta_s: float | None
    read_ns: int | None
    members: int | None
    why: str


def readers(message: Message, progress: tuple[Progress, ...], now_ns: int) -> tuple[Reader, ...]:
    """Say of each group what it did with the message, in the groups' order."""
    known = tuple(_reader(message, at, now_ns) for at in progress)
    letter = message.letter
    if letter is None or any(one.state == "dead-lettered" for one in known):
        return known
    named = Progress(
        group=letter.group or "a group that is not named",
        committed=NONE_COMMITTED,
        since_ns=letter.at_ns,
        seen_ns=letter.at_ns,
        log_end=None,
        members=-1,
    )
    return (*known, _told(named, "dead-lettered", _dead_lettered(letter, now_ns)))


def expected_owner(found: tuple[Reader, ...]) -> str | None:
    """Name who was to take the message: the group, where there is exactly one."""
    return found[0].group if len(found) == 1 and found[0].state != "dead-lettered" else None


def sentence(message: Message, found: tuple[Reader, ...], more: int = 0) -> str:
    """One sentence for the reason of a stall, with how many more groups there are; empty where none reads the topic."""
    if not found:
        return ""
    others = f"; and {more} more groups" if more else ""
    return f"The last message is {message.place}; {'; '.join(f'{one.group} {one.why}' for one in found)}{others}."


def _reader(message: Message, at: Progress, now_ns: int) -> Reader:
    letter = message.letter
    if letter is not None and (letter.group == at.group or (letter.group is None and at.committed > message.offset)):
        return _told(at, "dead-lettered", _dead_lettered(letter, now_ns), read_ns=_read_ns(message, at))
    if at.committed > message.offset:
        return _has_read(message, at, now_ns)
    to_go = None if at.committed == NONE_COMMITTED else message.offset + 1 - at.committed
    behind = _behind(at, to_go)
    if now_ns - at.seen_ns > STALE_S * NS_PER_S:
        ago = _since(at.seen_ns, now_ns)
        return _told(at, "unknown", f"had not read it when it was last looked at, {ago} ago: {behind}", lag=to_go)
    if at.members == 0:
        return _told(at, "no-members", f"has no members, so nobody reads it: {behind}", lag=to_go)
    if to_go == 1:
        still = _since(max(at.since_ns, message.at_ns), now_ns)
        return _told(at, "reading", f"is at it, and not past it for {still}: {behind}", lag=to_go)
    return _unread(at, to_go, behind, now_ns)


def _unread(at: Progress, to_go: int | None, behind: str, now_ns: int) -> Reader:
    rate = _rate_per_s(at)
    if rate and to_go is not None:
        eta_s = to_go / rate
        return _told(at, "unread", f"has not read it: {behind}, about {spell(eta_s)}", lag=to_go, eta_s=eta_s)
    still = f"not moved for {_since(at.since_ns, now_ns)}"
    return _told(at, "unread", f"has not read it: {behind}, {still}", lag=to_go)


def _has_read(message: Message, at: Progress, now_ns: int) -> Reader:
    read_ns = _read_ns(message, at)
    when = "before it was first looked at" if read_ns is None else f"about {_since(read_ns, now_ns)} ago"
    if message.is_followed:
        return _told(at, "read", f"read it {when}", read_ns=read_ns)
    lost = f": lost inside {at.group}" if message.is_stuck else " yet"
    return _told(at, "read", f"read it {when} and nothing followed{lost}", read_ns=read_ns)


def _dead_lettered(letter: Letter, now_ns: int) -> str:
    error = f": {letter.error}" if letter.error else ""
    return f"gave it up {_since(letter.at_ns, now_ns)} ago, it is at {letter.place}{error}"


def _behind(at: Progress, to_go: int | None) -> str:
    if to_go is None:
        return "it has committed nothing there"
    total = _total_lag(at)
    in_all = "" if total is None or total <= to_go else f" of {total} behind"
    return f"committed {at.committed}, {to_go} to go{in_all}"


def _since(then_ns: int, now_ns: int) -> str:
    """Spell the time since then; none where clocks disagree."""
    return spell(max(0, now_ns - then_ns) / NS_PER_S)


def _total_lag(at: Progress) -> int | None:
    if at.log_end is None or at.committed == NONE_COMMITTED:
        return None
    return max(0, at.log_end - at.committed)


def _rate_per_s(at: Progress) -> float | None:
    """Messages a second since the earlier sample; None where the group has not moved on."""
    if at.earlier is None:
        return None
    earlier_ns, committed = at.earlier
    moved, took_ns = at.committed - committed, at.seen_ns - earlier_ns
    return moved / took_ns * NS_PER_S if moved > 0 and took_ns > 0 else None


def _read_ns(message: Message, at: Progress) -> int | None:
    """When the group passed the message, between two samples in proportion, and never before there was a message."""
    if at.passed is None:
        return None
    passed = at.passed
    share = (message.offset + 1 - passed.before) / (passed.after - passed.before)
    return max(message.at_ns, passed.before_ns + int(share * (passed.after_ns - passed.before_ns)))


def _told(
    at: Progress,
    state: ReaderState,
    why: str,
    *,
    lag: int | None = None,
    eta_s: float | None = None,
    read_ns: int | None = None,
) -> Reader:
    return Reader(
        group=at.group,
        state=state,
        committed=None if at.committed == NONE_COMMITTED else at.committed,
        lag=lag,
        total_lag=_total_lag(at),
        eta_s=eta_s,
        read_ns=read_ns,
        members=None if at.members < 0 else at.members,
        why=why,
    )
