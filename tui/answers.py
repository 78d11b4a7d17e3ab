"""The head of a transaction: who owns it, how long against what is normal, where its message is, what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from tracer.views import Advice, Current, Forecast, MessageGroup, MessagePlace, Transaction
from tui.alert import mark_line
from tui.chrome import cut, wrapped
from tui.format import clock, count, exact, shown, ticking
from tui.look import Line, Look, role_of
from tui.strip import strip
from tui.timeline import is_open

MAX_WHY_LINES: Final = 7
MAX_LISTED: Final = 3
_LOW: Final = 30
_LOW_WHY_LINES: Final = 3
_ADVICE_LINES: Final = 2
_GROUPS_LINES: Final = 2
_LABEL: Final = 7
_ENDED_STATES: Final = frozenset({"completed", "compensated"})


def head(
    transaction: Transaction,
    now: datetime,
    look: Look,
    width: int,
    height: int,
    advice_key: str = "a",
    *,
    hints: Sequence[str] = (),
) -> tuple[Line, ...]:
    """Paint the verdict, the four answers, the reason in full, the steps, the facts, and the notes, `hints` first.

    On a screen of less than 30 lines the reason is cut, and facts and notes are left out beyond half of the screen.
    """
    is_low = height < _LOW
    room = width - _LABEL
    lines = [_verdict(transaction, now, look)]
    if transaction.alert is not None:
        lines += _labelled("alert", [mark_line(transaction.alert, look)])
    if is_open(transaction):
        lines += _labelled("who", _who(transaction, now, look, 1 if is_low else MAX_LISTED))
        lines += _labelled("long", [_long(transaction, now, look)])
    if is_open(transaction) or transaction.message is not None:
        lines += _labelled("where", _where(transaction, now, look, room))
    if is_open(transaction) or transaction.advice:
        lines += _labelled("next", _next(transaction, now, room, advice_key))
    if transaction.stall is not None:
        why = wrapped(shown(transaction.stall.why), room, _LOW_WHY_LINES if is_low else MAX_WHY_LINES)
        lines += _labelled("why", [((line, "strong"),) for line in why])
    lines += _labelled("steps", strip(transaction, look, room))
    notes = _labelled("note", [((shown(note), "text"),) for note in (*hints, *transaction.notes)[:MAX_LISTED]])
    more = [_facts(transaction, now, look), *notes]
    lines += more[: max(0, height // 2 - len(lines))] if is_low else more
    return tuple(cut(line, width) for line in lines)


def _labelled(label: str, lines: Iterable[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        yield ((f" {'' if number else label:<{_LABEL - 1}}", "dim"), *line)


def _verdict(transaction: Transaction, now: datetime, look: Look) -> Line:
    role = role_of(transaction.status)
    label = f" {look.glyph(transaction.status)} {transaction.status.upper()}"
    stall = transaction.stall
    if stall is None:
        return ((label, role), (f" {_since_words(transaction, now)}", "text"))
    at = f" at {shown(stall.owner)}" if stall.owner else ""
    return ((f"{label} for {ticking((now - stall.since).total_seconds())}", "alarm"), (f"  {stall.kind}{at}", role))


def _since_words(transaction: Transaction, now: datetime) -> str:
    if transaction.ended_at is not None:
        how = "cancelled " if transaction.outcome == "cancelled" else ""
        return f"{how}at {clock(transaction.ended_at, now)} after {exact(transaction.elapsed_s)}"
    return f"for {ticking((now - transaction.started_at).total_seconds())}"


# --- who, and for how long ------------------------------------------------------------------------------------


def owning(transaction: Transaction) -> tuple[Current, ...]:
    """Give the steps that own the transaction now, the one that is stuck first."""
    stuck = transaction.stall.step if transaction.stall else None
    return tuple(sorted(transaction.current, key=lambda one: one.step != stuck))


def _who(transaction: Transaction, now: datetime, look: Look, most: int) -> Iterator[Line]:
    owners = owning(transaction)
    if not owners:
        yield (("no record names a step", "text"),)
        return
    for one in owners[:most]:
        yield _owner(one, transaction, now, look)
    if len(owners) > most:
        dot = look.pick(" · ", " - ")
        others = ", ".join(f"{shown(one.owner)}{dot}{shown(one.step)}" for one in owners[most : most + MAX_LISTED])
        yield ((f"and {count(len(owners) - most)} more: ", "dim"), (others, "text"))


def _owner(current: Current, transaction: Transaction, now: datetime, look: Look) -> Line:
    stall = transaction.stall
    role = "stuck" if stall is not None and stall.step in {None, current.step} else "strong"
    guess = " (inferred)" if current.basis == "inferred" else ""
    how = f"{current.state} at" if current.state in _ENDED_STATES else f"{current.state} since"
    step = f"{look.pick(' · ', ' - ')}{shown(current.step)}"
    return (
        (shown(current.owner), role),
        (step, role),
        (guess, "dim"),
        (f", {how} {clock(current.since, now)}", "text"),
    )


def _long(transaction: Transaction, now: datetime, look: Look) -> Line:
    """Say how long it stands there, against what is normal and the limit with its source."""
    owners, stall = owning(transaction), transaction.stall
    since = stall.since if stall else owners[0].since if owners else transaction.last_activity_at
    waited = ticking((now - since).total_seconds())
    role = "stuck" if stall else "strong"
    dot = f" {look.pick('·', '-')} "
    if not owners:
        return ((waited, role), (f" since the last record{dot}normal not known", "text"))
    one = owners[0]
    normal = f"normal {exact(one.expected_s)}" if one.expected_s is not None else "normal not known"
    limit = f"limit {exact(one.threshold_s)} ({one.threshold_source})" if one.threshold_s is not None else "no limit"
    return ((waited, role), (f"{dot}{normal}{dot}{limit}", "text"))


# --- where the message is -------------------------------------------------------------------------------------


def _where(transaction: Transaction, now: datetime, look: Look, room: int) -> Iterator[Line]:
    """Say what became of the last message, then where and when it was written; a dead letter comes first."""
    if transaction.message is None:
        yield ((_last_seen(transaction, now), "text"),)
        return
    for line in _message(transaction.message, now, look, room):
        yield ((line, "text"),)


def _message(message: MessagePlace, now: datetime, look: Look, room: int) -> list[str]:
    groups = sorted(message.groups, key=lambda group: group.state != "dead-lettered")
    words = [_group_words(group) for group in groups[:MAX_LISTED]]
    if more := len(groups) - len(words) + message.more_groups:
        words.append(f"{more} more")
    place = f"{shown(message.topic)}[{message.partition}]@{message.offset}"
    dot = f" {look.pick('·', '-')} "
    where = dot.join((place, clock(message.at, now)))
    line = dot.join(filter(None, (", ".join(words), where)))
    return [line] if cell_len(line) <= room else [*wrapped(", ".join(words), room, _GROUPS_LINES), where]


def _group_words(group: MessageGroup) -> str:
    before = f" ({group.lag - 1} before it)" if group.lag is not None and group.lag > 1 else ""
    return f"{shown(group.group)} {group.state}{before}"


def _last_seen(transaction: Transaction, now: datetime) -> str:
    """Say what was seen last, where no broker tells of a message."""
    at = clock(transaction.last_activity_at, now)
    timeline = transaction.timeline
    if not timeline or transaction.timeline_total > len(timeline):
        return f"last record {at}; no broker tells of a message"
    _, _, last = max((entry.until or entry.at, number, entry) for number, entry in enumerate(timeline))
    return f"last seen {shown(last.name)} at {shown(last.owner)}, {at}; no broker tells of a message"


# --- what to do next ------------------------------------------------------------------------------------------


def _next(transaction: Transaction, now: datetime, room: int, advice_key: str) -> Iterator[Line]:
    if not transaction.advice:
        yield ((_without_advice(transaction, now), "text"),)
        return
    best, *others = transaction.advice
    more = f" ({advice_key}: {len(others)} more)" if others else ""
    told = wrapped(f"{headline(best)}{more}: {shown(best.why)}", room, _ADVICE_LINES)
    for line in told:
        yield ((line, "strong"),)
    if best.command:
        yield (("$ ", "dim"), (shown(best.command), "key"))


def headline(advice: Advice) -> str:
    """Say what to do in a few words: retry charge-card at payment, 80% sure, learned."""
    undone = f", which undoes {shown(advice.compensates)}," if advice.compensates else ""
    owner = f" at {shown(advice.owner)}" if advice.owner else ""
    return f"{advice.action} {shown(advice.step)}{undone}{owner}, {advice.confidence:.0%} sure, {advice.basis}"


def _without_advice(transaction: Transaction, now: datetime) -> str:
    if transaction.stall is not None:
        return "no advice: nothing is known that would help it on"
    return _hope(transaction.forecast, now) if transaction.forecast else "nothing to do: it is within its limit"


def _hope(forecast: Forecast, now: datetime) -> str:
    chance = "" if forecast.finish_p is None else f"{forecast.finish_p:.0%} of those like it completed"
    end = "" if forecast.end is None else f"over at about {clock(forecast.end, now)}"
    return f"nothing to do: {', '.join(filter(None, (chance, end))) or 'it is within its limit'} ({forecast.basis})"


def _facts(transaction: Transaction, now: datetime, look: Look) -> Line:
    age = exact(transaction.elapsed_s)
    if is_open(transaction):
        age = ticking((now - transaction.started_at).total_seconds())
    facts = [f"age {age}", f"began {clock(transaction.started_at, now)}"]
    facts.append(f"last seen {clock(transaction.last_activity_at, now)}")
    if transaction.aliases:
        facts.append(f"also {', '.join(shown(alias) for alias in transaction.aliases[:MAX_LISTED])}")
    return ((f" {look.pick(' · ', ' - ').join(facts)}", "dim"),)
