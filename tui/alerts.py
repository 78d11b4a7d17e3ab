"""Alerts as lines: what fires, the most severe first, who is on it, and what was told to whom. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from tracer.views import AlertList, AlertState, AlertView, Delivery, Silence
from tui.chrome import cut, wrapped
from tui.columns import MARKER
from tui.format import clock, count, plural, shown, ticking
from tui.look import Line, Look
from tui.sheet import Sheet, Told
from tui.wants import AlertsAnswer

MAX_SUMMARY_LINES: Final = 3
MAX_TROUBLES: Final = 5
FAILURES_OF: Final = timedelta(hours=24)
INDENT: Final = "    "
_PLAIN: Final = re.compile(r"[\w.:/@-]+")
SEVERITIES: Final[Mapping[str, tuple[str, str]]] = {
    # severity: whose glyph, role
    "critical": ("failed", "failed"),
    "warning": ("stuck", "stuck"),
    "info": ("running", "running"),
}
_PARTS: Final[tuple[tuple[AlertState, str], ...]] = (
    ("firing", "the most severe first"), ("pending", "found, but not for long enough yet"), ("resolved", "lately"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An alert, or a silence that holds."""

    alert: AlertView | None = None
    silence: Silence | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Tell the item again after a refresh."""
        if self.alert is not None:
            return ("alert", self.alert.id)
        return ("silence", self.silence.id if self.silence else "")


def holding(silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Give the silences that hold now."""
    return tuple(one for one in silences if one.starts <= now < one.ends and one.ended_by is None)


def matchers_of(alert: AlertView) -> tuple[str, ...]:
    """Give the matchers of a silence for this alert and for what comes again at the same place."""
    return tuple(_matcher(name, value) for name, value in {"alertname": alert.rule, **alert.labels}.items())


def _matcher(label: str, value: str) -> str:
    """Write that a label is exactly this; quotes keep a value from being read as something else."""
    return f"{label}={value}" if _PLAIN.fullmatch(value) else f'{label}="{value}"'


# --- the screen -----------------------------------------------------------------------------------------------


def summary(answer: AlertsAnswer | None, look: Look, now: datetime) -> Line:
    """Paint how it stands in one line: what fires, who is on it, what is silenced."""
    if answer is None:
        return ((" asking", "dim"),)
    return (*told_briefly(answer.alerts, look), *_held(answer.silences.silences, look, now))


def told_briefly(alerts: AlertList, look: Look) -> Line:
    """Paint how many alerts fire, and who is on how many of them."""
    firing = [one for one in alerts.alerts if one.state == "firing"]
    if not firing:
        return ((f" {look.glyph('completed')} no alert fires", "live"), _pending(alerts, look))
    worst = min(firing, key=lambda one: tuple(SEVERITIES).index(one.severity))
    glyph, role = SEVERITIES[worst.severity]
    names = sorted({shown(one.acknowledged.by) for one in firing if one.acknowledged is not None})
    taken = sum(one.acknowledged is not None for one in firing)
    on_it = f"{look.pick(' · ', ' - ')}{count(taken)} acknowledged by {', '.join(names)}" if taken else ""
    fire = f"{plural(alerts.firing, 'alert')} {'fires' if alerts.firing == 1 else 'fire'}"
    return ((f" {look.glyph(glyph)} {fire}", role), (on_it, "text"), _pending(alerts, look))


def _pending(alerts: AlertList, look: Look) -> tuple[str, str]:
    return (f"{look.pick(' · ', ' - ')}{count(alerts.pending)} pending" if alerts.pending else "", "dim")


def _held(silences: Iterable[Silence], look: Look, now: datetime) -> Line:
    held = holding(silences, now)
    return ((f"{look.pick(' · ', ' - ')}{plural(len(held), 'silence')}", "warn"),) if held else ()


def sheet(answer: AlertsAnswer | None, look: Look, width: int, now: datetime) -> Sheet[Item]:
    """Paint what does not work, the alerts by state, and the silences, without the marker in front."""
    if answer is None:
        return Sheet()
    lines: list[Told[Item]] = [Told(line=line) for line in _troubles(answer, width, now)]
    for state, order in _PARTS:
        those = [one for one in answer.alerts.alerts if one.state == state]
        if those:
            lines.append(Told(line=_heading(state, order)))
        for alert in those:
            lines += _numbered(alert_lines(alert, look, width - MARKER, now), Item(alert=alert))
    if not answer.alerts.alerts:
        lines.append(Told(line=((f"  {look.glyph('completed')} no alert fires, and none did lately", "live"),)))
    held = holding(answer.silences.silences, now)
    if held:
        lines.append(Told(line=_heading("silences", "those that hold")))
    for silence in held:
        lines += _numbered(_silence(silence, width - MARKER, now), Item(silence=silence))
    return Sheet(lines=tuple(lines))


def _numbered(block: Iterable[Line], item: Item) -> Iterator[Told[Item]]:
    for at, line in enumerate(block):
        yield Told(line=line, item=item, first=not at)


def _heading(what: str, order: str) -> Line:
    return ((f" {what.upper()}", "heading"), (f"  {order}", "faint"))


def _troubles(answer: AlertsAnswer, width: int, now: datetime) -> Iterator[Line]:
    texts = [*(f"rule {shown(one)}" for one in answer.alerts.troubles), *_failures(answer.undelivered.deliveries, now)]
    for text in texts[:MAX_TROUBLES]:
        for line in wrapped(text, width - 2, 2):
            yield ((f" {line}", "warn"),)
    if len(texts) > MAX_TROUBLES:
        yield ((f" and {len(texts) - MAX_TROUBLES} more", "warn"),)


def _failures(deliveries: Iterable[Delivery], now: datetime) -> Iterator[str]:
    """Say of each notifier what it could not deliver in the last day, and what it tries again."""
    wrong = [one for one in deliveries if one.state == "failed" or (one.state == "waiting" and one.error)]
    lately = sorted((one for one in wrong if now - one.created <= FAILURES_OF), key=_kind_of_failure)
    for (notifier, state), group in groupby(lately, key=_kind_of_failure):
        those = list(group)
        last = max(those, key=lambda one: one.created)
        if state == "failed":
            told = f"{plural(len(those), 'notice')} not delivered, the last at {clock(last.created, now)}"
        else:
            tries = plural(max(one.tries for one in those), "time")
            told = f"{plural(len(those), 'notice')} tried in vain, {tries} so far"
        yield f"notifier {shown(notifier)}: {told}: {shown(last.error)}"


def _kind_of_failure(one: Delivery) -> tuple[str, str]:
    return one.notifier, one.state


def alert_lines(one: AlertView, look: Look, width: int, now: datetime) -> Iterator[Line]:
    """Paint an alert in a few lines: how severe, what, since when, and who is on it."""
    glyph, role = SEVERITIES[one.severity]
    word = f"{look.glyph(glyph)} {one.severity} "
    bright = "text" if one.acknowledged or one.silenced_by or one.state != "firing" else "strong"
    for at, line in enumerate(wrapped(shown(one.summary), max(1, width - len(word)), MAX_SUMMARY_LINES)):
        yield ((" " * len(word) if at else word, role if one.state == "firing" else "dim"), (line, bright))
    dot = look.pick(" · ", " - ")
    for line in wrapped(dot.join(_facts(one, now)), max(1, width - len(INDENT)), MAX_SUMMARY_LINES):
        yield ((f"{INDENT}{line}", "dim"),)
    if one.acknowledged is not None:
        note = f": {shown(one.acknowledged.note)}" if one.acknowledged.note else ""
        on_it = f"{shown(one.acknowledged.by)} is on it since {clock(one.acknowledged.at, now)}{note}"
        yield cut(((f"{INDENT}{on_it}", "key"),), width)


def _facts(one: AlertView, now: datetime) -> Iterator[str]:
    yield f"rule {shown(one.rule)}"
    if one.state == "resolved" and one.resolved_at is not None:
        yield f"resolved {ticking((now - one.resolved_at).total_seconds())} ago"
    else:
        yield f"since {clock(one.since, now)} ({ticking((now - one.since).total_seconds())})"
    if one.peak:
        most = f", {count(one.peak)} at most" if one.peak > one.transactions else ""
        yield f"{plural(one.transactions, 'transaction')}{most}"
    if one.silenced_by:
        yield "silenced"
    elif one.state == "firing" and one.notified_at is None:
        yield "told to nobody"
    elif one.state == "firing" and one.repeat_at is not None and one.acknowledged is None:
        yield f"told again at {clock(one.repeat_at, now)}"


def _silence(one: Silence, width: int, now: datetime) -> Iterator[Line]:
    yield cut(((shown(", ".join(one.matchers)), "strong"),), width)
    left = ticking((one.ends - now).total_seconds())
    told = f"until {clock(one.ends, now)} (for {left}), by {shown(one.by)}: {shown(one.reason)}"
    yield cut(((f"{INDENT}{told}", "dim"),), width)
