"""One alert, whole; what was told to whom; and the rules, as lines of panels. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tracer.views import AlertChange, AlertMark, Delivery, DeliveryList, RuleList, RuleView
from tui.alerts import INDENT, MAX_SUMMARY_LINES, SEVERITIES, alert_lines
from tui.chrome import cut, wrapped
from tui.format import clock, count, shown
from tui.look import Line, Look
from tui.wants import AlertDetail

MAX_LINES: Final = 40
MAX_ERROR_LINES: Final = 4
_LABEL: Final = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of the panel, and the transaction that it names."""

    line: Line
    example: str | None = None


def mark_line(mark: AlertMark, look: Look) -> Line:
    """Paint which alert a transaction belongs to, and who is on it."""
    dot = look.pick(" · ", " - ")
    by = mark.acknowledged_by
    taken = (f"{shown(by)} is on it", "key") if by else ("nobody is on it yet", "text")
    return (
        (mark.state, "stuck" if mark.state == "firing" else "dim"),
        (dot, "dim"),
        taken,
        (f"{dot}{shown(mark.id)}", "dim"),
    )


def detail_lines(detail: AlertDetail, look: Look, width: int, now: datetime) -> tuple[Told, ...]:
    """Tell why an alert fires, what to do, what was told to whom, and what became of it."""
    one = detail.alert
    facts = (
        ("state", f"{one.state}, {one.severity}"),
        ("found", clock(one.pending_at, now)),
        ("fired", clock(one.fired_at, now) if one.fired_at else "not yet"),
        ("value", "" if one.value is None else f"{one.value:g}"),
        ("silenced", ", ".join(map(shown, one.silenced_by))),
        ("incident", shown(one.incident) if one.incident else ""),
        ("do", f"{shown(one.action)}" if one.action else ""),
        ("command", shown(one.command) if one.command else ""),
        ("open", shown(one.open_command) if one.open_command else ""),
        ("link", shown(one.link) if one.link else ""),
    )
    lines = [*alert_lines(one, look, width, now), _blank(), *_pairs(facts, width)]
    after: list[Line] = []
    for title, values in (("labels", one.labels), ("annotations", one.annotations)):
        after += _titled(title, _pairs([(shown(name), shown(text)) for name, text in values.items()], width))
    after += _titled("told", _told(detail.deliveries, look, width, now))
    after += _titled("history", (cut(_change(each, now), width) for each in detail.history.changes))
    return (*_plain(lines), *_examples(one.examples, width), *_plain(after))


def _plain(lines: Iterable[Line]) -> Iterator[Told]:
    return (Told(line=line) for line in lines)


def _examples(examples: Iterable[str], width: int) -> Iterator[Told]:
    for number, example in enumerate(examples):
        line: Line = ((f" {'' if number else 'examples':<11} ", "dim"), (shown(example), "key"))
        yield Told(line=cut(line, width), example=example)


def delivery_lines(listed: DeliveryList, look: Look, width: int, now: datetime) -> tuple[Line, ...]:
    """Tell what was told to whom, the latest first, with what the receivers said."""
    waiting = f"{count(listed.waiting)} waiting"
    head: Line = (
        (f" {waiting}", "warn" if listed.waiting else "dim"), (look.pick(" · ", " - "), "dim"),
        (f"{count(listed.failed)} failed", "failed" if listed.failed else "dim"),
    )  # fmt: skip
    if not listed.deliveries:
        return (head, _blank(), ((" nobody was told of anything yet", "dim"),))
    return (head, _blank(), *_told(listed, look, width, now, rules=True))


def _told(listed: DeliveryList, look: Look, width: int, now: datetime, *, rules: bool = False) -> Iterator[Line]:
    for one in listed.deliveries:
        yield cut(_delivery(one, look, now, rule=f" of {shown(one.rule)}" if rules else ""), width)
        again = f"again at {clock(one.due, now)}" if one.state == "waiting" and one.due and one.tries else ""
        below = ": ".join(filter(None, (again, shown(one.error) if one.error else "")))
        for line in wrapped(below, max(1, width - _LABEL), MAX_ERROR_LINES):
            yield ((f"{' ' * _LABEL}{line}", "warn"),)


def _blank() -> Line:
    return ((" ", "text"),)


def _titled(title: str, lines: Iterable[Line]) -> Iterator[Line]:
    those = tuple(lines)
    if those:
        yield _blank()
        yield ((f" {title.upper()}", "heading"),)
        yield from those


def _pairs(pairs: Iterable[tuple[str, str]], width: int) -> Iterator[Line]:
    for name, text in pairs:
        for at, line in enumerate(wrapped(text, max(1, width - _LABEL - 1), MAX_LINES) if text else ()):
            yield ((f" {'' if at else name:<11.11} ", "dim"), (line, "text"))


def _delivery(one: Delivery, look: Look, now: datetime, rule: str) -> Line:
    glyph, role = {"delivered": ("completed", "live"), "failed": ("failed", "failed")}.get(
        one.state, ("waiting", "text")
    )
    tries = f", {count(one.tries)} tries" if one.tries > 1 else ""
    at = clock(one.delivered or one.created, now)
    return (
        (f" {look.glyph(glyph)} {one.state:<9}", role),
        (f" {at} {one.kind}{rule} to {shown(one.notifier)}{tries}", "text"),
    )


def _change(one: AlertChange, now: datetime) -> Line:
    by = f" by {shown(one.by)}" if one.by else ""
    detail = f": {shown(one.detail)}" if one.detail else ""
    return ((f" {clock(one.at, now)} ", "dim"), (f"{shown(one.what)}{by}{detail}", "text"))


# --- the rules ------------------------------------------------------------------------------------------------


def rule_lines(rules: RuleList, look: Look, width: int) -> tuple[Line, ...]:
    """Tell the rules that run, and how it goes with those who are told."""
    lines: list[Line] = []
    for rule in rules.rules:
        lines += _rule(rule, look, width)
    told = (((f" {shown(name)}", "strong"), (f"  {shown(how)}", "text")) for name, how in rules.notifiers.items())
    lines += _titled("notifiers", (cut(line, width) for line in told))
    if not rules.notifiers:
        lines += [_blank(), ((" nobody is told: no [notifiers] are configured", "warn"),)]
    return tuple(lines)


def _rule(rule: RuleView, look: Look, width: int) -> Iterator[Line]:
    glyph, role = SEVERITIES[rule.severity] if rule.firing else ("completed", "dim")
    glyph = "failed" if rule.trouble else glyph
    found = f"{count(rule.firing)} firing" if rule.firing else f"{count(rule.pending)} pending"
    stands = found if rule.firing or rule.pending else "fails" if rule.trouble else "calm"
    kind = f"{rule.severity}, built in" if rule.default else rule.severity
    head = ((f" {look.glyph(glyph)} {shown(rule.name)}", "strong"), (f"  {stands}", role), (f"  {kind}", "dim"))
    yield cut(head, width)
    for line in wrapped(shown(rule.about), max(1, width - 5), MAX_SUMMARY_LINES):
        yield ((f"{INDENT}{line}", "text"),)
    for line in wrapped(shown(rule.trouble), max(1, width - 5), MAX_SUMMARY_LINES) if rule.trouble else ():
        yield ((f"{INDENT}{line}", "warn"),)
