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
OLD_S: Final = 30.0  # what was seen so long ago is told with its age
MAX_NAMED: Final = 3
_ONE_BEFORE: Final = 2  # the message itself counts
# Of several groups, the one that most likely holds the message comes first.
_WORST_FIRST: Final[tuple[ReaderState, ...]] = ("dead-lettered", "no-members", "reading", "unread", "unknown", "read")
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

    `is_followed` tells whether the transaction went on after it (or ended), `is_stuck` whether it counts as stuck in
    a way that a lost message explains.
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


def readers(message: Message, progress: tuple[Progress, ...], now_ns: int, more: int = 0) -> tuple[Reader, ...]:
    """Say of each group what it did with the message, in the groups' order; `more` groups are known beside them."""
    is_sole = len(progress) + more == 1 and message.letter is None  # who put it aside is another one
    known = tuple(_reader(message, at, now_ns, is_sole=is_sole) for at in progress)
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
    """Words for the reason of a stall: the group that matters most, and how many more there are.

    Empty where no group reads the topic, and where all have read a message after which the transaction went on.
    """
    if not found or (message.is_followed and all(one.state == "read" for one in found)):
        return ""
    return f"Last message: {_of_all(found, more)}. It was written to {message.place}."


def _of_all(found: tuple[Reader, ...], more: int) -> str:
    worst, *rest = sorted(found, key=lambda one: _WORST_FIRST.index(one.state))
    others = len(rest) + more
    if not others:
        return f"{worst.group} {worst.why}"
    if worst.state == "read":
        unnamed = len(found) - MAX_NAMED + more
        names = ", ".join(one.group for one in found[:MAX_NAMED]) + (f" and {unnamed} more" if unnamed > 0 else "")
        return f"read past by {names}; nothing followed: look in the one that should act on it"
    # Who is behind is listed first: where one that is listed has read it, so have all that are not.
    have_read = rest and all(one.state == "read" for one in rest)
    groups = f"{others} more {'group' if others == 1 else 'groups'}"
    return f"{worst.group} {worst.why}; {groups} read past it" if have_read else f"{worst.group} {worst.why}; {groups}"


def _reader(message: Message, at: Progress, now_ns: int, *, is_sole: bool) -> Reader:
    letter = message.letter
    if letter is not None and (letter.group == at.group or (letter.group is None and at.committed > message.offset)):
        return _told(at, "dead-lettered", _dead_lettered(letter, now_ns), read_ns=_read_ns(message, at))
    if at.committed > message.offset:
        return _has_read(message, at, now_ns, is_sole=is_sole)
    to_go = None if at.committed == NONE_COMMITTED else message.offset + 1 - at.committed
    behind = _behind(at, to_go)
    seen = _since(at.seen_ns, now_ns)
    if now_ns - at.seen_ns > STALE_S * NS_PER_S:
        return _told(at, "unknown", f"had not read it when Sagascope last asked, {seen} ago: {behind}", lag=to_go)
    is_old = now_ns - at.seen_ns > OLD_S * NS_PER_S
    until_ns, as_of = (at.seen_ns, f" (as of {seen} ago)") if is_old else (now_ns, "")
    if at.members == 0:
        return _told(at, "no-members", f"has no members, so nobody reads it: {behind}{as_of}", lag=to_go)
    if to_go == 1:
        still = _since(max(at.since_ns, message.at_ns), until_ns)
        in_all = _in_all(at, to_go)
        waiting = f": {in_all}" if in_all else ""
        return _told(at, "reading", f"is at it, and not past it for {still}{waiting}{as_of}", lag=to_go)
    return _unread(at, to_go, behind, until_ns=until_ns, as_of=as_of)


def _unread(at: Progress, to_go: int | None, behind: str, *, until_ns: int, as_of: str) -> Reader:
    rate = _rate_per_s(at)
    if rate and to_go is not None:
        eta_s = to_go / rate
        pace = f"about {spell(eta_s)} at its present rate"
        return _told(at, "unread", f"has not read it: {behind}, {pace}{as_of}", lag=to_go, eta_s=eta_s)
    still = f"not moved for {_since(at.since_ns, until_ns)}"
    return _told(at, "unread", f"has not read it: {behind}, {still}{as_of}", lag=to_go)


def _has_read(message: Message, at: Progress, now_ns: int, *, is_sole: bool) -> Reader:
    """Tell that a group is past the message.

    That it lost it is told of a single group alone: of several, most have nothing to do about it.
    """
    read_ns = _read_ns(message, at)
    when = None if read_ns is None else f"about {_since(read_ns, now_ns)} ago"
    past = f"read past it {when}" if when else "had read past it before Sagascope first asked"
    if message.is_followed or not is_sole:
        return _told(at, "read", past, read_ns=read_ns)
    lost = f": lost inside {at.group}" if message.is_stuck else " yet"
    return _told(at, "read", f"{past} and nothing followed{lost}", read_ns=read_ns)


def _dead_lettered(letter: Letter, now_ns: int) -> str:
    error = f": {letter.error}" if letter.error else ""
    return f"gave it up {_since(letter.at_ns, now_ns)} ago, it is at {letter.place}{error}"


def _behind(at: Progress, to_go: int | None) -> str:
    if to_go is None:
        return "it has committed nothing there"
    before = (
        f"{to_go - 1} message{'' if to_go == _ONE_BEFORE else 's'} before it" if to_go > 1 else "it is the next one"
    )
    in_all = _in_all(at, to_go)
    return f"{before}, {in_all}" if in_all else before


def _in_all(at: Progress, to_go: int) -> str:
    total = _total_lag(at)
    return "" if total is None or total <= to_go else f"{total} waiting in all"


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
