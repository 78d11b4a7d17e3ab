"""What takes data in: each collector with its rates, what never joins, what was rejected; the worst first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tracer.clock import NS_PER_S
from tracer.rejections import RejectedMessage
from tracer.views import CollectorView, CoverageRow
from tui.chrome import cut, wrapped
from tui.columns import MARKER
from tui.format import clock, count, exact, plural, shown, ticking
from tui.grid import Column, fitted, head, painted
from tui.look import Line, Look, Piece
from tui.sheet import Sheet, Told
from tui.wants import SourcesAnswer

WINDOW_S: Final = 30.0
MAX_READINGS: Final = 40
MAX_DETAIL_LINES: Final = 3
MAX_TOPICS: Final = 8
_TROUBLES: Final = ("rejected", "refused", "failed", "lost", "dropped")
_TOPIC_LAG: Final = re.compile(r"topic_lag\{topic=(.*)\}", re.DOTALL)
_INDENT: Final = "    "
_PERCENT: Final = 0.01
_COVERAGE: Final = (
    Column(title="SERVICE", gives=1), Column(title="SOURCE", gives=1), Column(title="RECORDS", right=True),
    Column(title="NEVER JOINED", right=True), Column(title="SHARE", right=True), Column(title="AMBIGUOUS", right=True),
    Column(title="BY ID", right=True), Column(title="JOINED", right=True),
)  # fmt: skip
_REJECTED: Final = (
    Column(title="COUNT", right=True), Column(title="LAST", right=True), Column(title="SOURCE", gives=1),
    Column(title="TOPIC", gives=1), Column(title="REASON", gives=2),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Rejected messages of one source and topic, for one reason; the latest first."""

    source: str
    topic: str
    reason: str
    messages: tuple[RejectedMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the collectors had counted at one moment."""

    at_ns: int
    counters: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesState:
    """The answer that was read last, and the counters of the last half minute, for the rates."""

    answer: SourcesAnswer | None = None
    readings: tuple[Reading, ...] = ()

    def received(self, answer: SourcesAnswer, taken_ns: int) -> SourcesState:
        """Take in a reading."""
        counters = {one.name: one.counters for one in answer.collectors.collectors}
        since_ns = taken_ns - int(WINDOW_S * NS_PER_S)
        kept = (one for one in self.readings if one.at_ns >= since_ns)
        readings = (*kept, Reading(at_ns=taken_ns, counters=counters))[-MAX_READINGS:]
        return replace(self, answer=answer, readings=readings)

    def rate(self, collector: str, counter: str) -> float | None:
        """Say how many came in a second, between the first and the last reading; None where there is but one.

        A counter that went back belongs to a collector that began anew: nothing is known of it before that.
        """
        counted = [(one.at_ns, one.counters.get(collector, {}).get(counter)) for one in self.readings]
        known = [(at_ns, number) for at_ns, number in counted if number is not None]
        (first_ns, first), (last_ns, last) = known[0] if known else (0, 0), known[-1] if known else (0, 0)
        if last_ns <= first_ns or last < first:
            return None
        return (last - first) * NS_PER_S / (last_ns - first_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A collector, a service of which records came, or a reason to reject messages."""

    collector: CollectorView | None = None
    coverage: CoverageRow | None = None
    reason: Reason | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Tell the item again after a refresh."""
        if self.collector is not None:
            return ("collector", self.collector.name)
        if self.coverage is not None:
            return ("coverage", self.coverage.source, self.coverage.owner)
        reason = self.reason
        return ("reason", reason.source, reason.topic, reason.reason) if reason else ()


def collectors_of(answer: SourcesAnswer) -> tuple[CollectorView, ...]:
    """Give the collectors, those that are not well first."""
    return tuple(sorted(answer.collectors.collectors, key=lambda one: (is_well(one), -lag_of(one), one.name)))


def is_well(collector: CollectorView) -> bool:
    """Say whether a collector runs without trouble."""
    return collector.state == "running"


def lag_of(collector: CollectorView) -> float:
    """Give how many messages are written and not read yet; 0 where a source has no such thing."""
    return collector.gauges.get("lag", 0.0)


def coverage_of(answer: SourcesAnswer) -> tuple[CoverageRow, ...]:
    """Give the services, the one with the most records that never joined first."""
    return tuple(sorted(answer.collectors.coverage, key=lambda one: (-one.unplaced, -one.records, one.owner or "")))


def reasons_of(messages: Iterable[RejectedMessage]) -> tuple[Reason, ...]:
    """Gather rejected messages by source, topic and reason, the most first."""
    gathered: dict[tuple[str, str, str], list[RejectedMessage]] = {}
    for message in messages:
        gathered.setdefault((message.source, message.topic, message.reason), []).append(message)
    reasons = (
        Reason(source=source, topic=topic, reason=reason, messages=tuple(those))
        for (source, topic, reason), those in gathered.items()
    )
    return tuple(sorted(reasons, key=lambda one: -len(one.messages)))


# --- painting -------------------------------------------------------------------------------------------------


def sheet(state: SourcesState, look: Look, width: int, now: datetime) -> Sheet[Item]:
    """Paint the collectors, what never joins and what was rejected, without the marker in front."""
    answer = state.answer
    if answer is None:
        return Sheet()
    lines: list[Told[Item]] = [Told(line=_heading("collectors", "not well first"))]
    for collector in collectors_of(answer):
        block = _collector(collector, state, look, width - MARKER, now)
        lines += [Told(line=line, item=Item(collector=collector), first=not at) for at, line in enumerate(block)]
    lines += _coverage(coverage_of(answer), look, width)
    lines += _rejected(answer, look, width, now)
    return Sheet(lines=tuple(lines))


def summary(state: SourcesState, look: Look) -> Line:
    """Paint how it stands in one line: what does not run, what never joins, what was rejected."""
    answer = state.answer
    if answer is None:
        return ((" asking", "dim"),)
    ill = sum(not is_well(one) for one in answer.collectors.collectors)
    unplaced = sum(one.unplaced for one in answer.collectors.coverage)
    records = sum(one.records for one in answer.collectors.coverage)
    rejected = answer.rejected.total if answer.rejected else 0
    dot: Piece = (look.pick(" · ", " - "), "faint")
    glyph = look.glyph("stuck" if ill else "completed")
    runs = f"{plural(ill, 'collector')} not well" if ill else "every collector runs"
    joins = f"{count(unplaced)} of {plural(records, 'record')} never joined ({_share(unplaced, records)})"
    return (
        (f" {glyph} {runs}", "stuck" if ill else "live"), dot, (joins, "text"), dot,
        (f"{count(rejected)} rejected", "warn" if rejected else "text"),
    )  # fmt: skip


def _heading(what: str, order: str) -> Line:
    return ((f" {what.upper()}", "heading"), (f"  {order}", "faint"))


def _collector(one: CollectorView, state: SourcesState, look: Look, width: int, now: datetime) -> Iterator[Line]:
    role = "live" if is_well(one) else "stuck"
    glyph = look.glyph("running" if is_well(one) else "stuck")
    yield cut(
        ((f"{glyph} {shown(one.name)}", "strong"), (f" ({shown(one.type)})", "dim"), (f"  {shown(one.state)}", role)),
        width,
    )
    for line in wrapped(shown(one.detail), width - len(_INDENT), MAX_DETAIL_LINES) if one.detail else ():
        yield ((f"{_INDENT}{line}", "text" if is_well(one) else "warn"),)
    dot = look.pick(" · ", " - ")
    for role, facts in (("text", _figures(one, state, now)), ("warn", _troubles(one)), ("dim", _lags(one))):
        if facts:
            yield cut(((f"{_INDENT}{dot.join(facts)}", role),), width)
    listening = [f"{shown(name)} on {shown(address)}" for name, address in one.listening.items()]
    if listening:
        yield cut(((f"{_INDENT}{dot.join(listening)}", "dim"),), width)


def _figures(one: CollectorView, state: SourcesState, now: datetime) -> list[str]:
    facts = []
    if one.last_record_at is not None:
        facts.append(f"last record {ticking((now - one.last_record_at).total_seconds())} ago")
    for counter in ("records", "messages", "requests"):
        if counter in one.counters:
            rate = state.rate(one.name, counter)
            paced = "" if rate is None else f", {rate:,.1f}/s"
            facts.append(f"{count(one.counters[counter])} {counter}{paced}")
    return facts


def _troubles(one: CollectorView) -> list[str]:
    return [
        f"{shown(name).replace('_', ' ')} {count(number)}"
        for name, number in one.counters.items()
        if number and name.startswith(_TROUBLES)
    ]


def _lags(one: CollectorView) -> list[str]:
    """Tell how far behind the collector is, by topic, the furthest first."""
    topics = [(found[1], lag) for name, lag in one.gauges.items() if (found := _TOPIC_LAG.fullmatch(name))]
    topics.sort(key=lambda topic: -topic[1])
    told = [f"{shown(topic)} {lag:,.0f} behind" for topic, lag in topics[:MAX_TOPICS] if lag]
    if "lag" in one.gauges and not told:
        return ["nothing behind"] if not one.gauges["lag"] else [f"{one.gauges['lag']:,.0f} behind"]
    return told


def _coverage(rows: Sequence[CoverageRow], look: Look, width: int) -> Iterator[Told[Item]]:
    yield Told(line=_heading("coverage", "what never joins a transaction first"))
    if not rows:
        yield Told(line=(("  no records yet", "dim"),))
        return
    cells = [_coverage_cells(row) for row in rows]
    widths = fitted(_COVERAGE, cells, width)
    yield Told(line=cut(head(_COVERAGE, widths), width))
    for row, each in zip(rows, cells, strict=True):
        line = painted(each, _COVERAGE, widths, look, selected=False)[1:]
        yield Told(line=cut(line, width - MARKER), item=Item(coverage=row), first=True)


def _coverage_cells(row: CoverageRow) -> tuple[Piece, ...]:
    never = "warn" if row.unplaced else "faint"
    return (
        (shown(row.owner), "strong"), (shown(row.source), "text"), (count(row.records), "text"),
        (count(row.unplaced), never), (_share(row.unplaced, row.records), never),
        (count(row.ambiguous), "warn" if row.ambiguous else "faint"), (count(row.by_id), "dim"),
        (count(row.joined), "dim"),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    if not part or not whole:
        return "0%"
    return f"{part / whole:.0%}" if part / whole >= _PERCENT else "<1%"


def _rejected(answer: SourcesAnswer, look: Look, width: int, now: datetime) -> Iterator[Told[Item]]:
    page = answer.rejected
    listed = page.messages if page else ()
    part = f"by reason, of the latest {count(len(listed))} of {count(page.total)}" if page else ""
    yield Told(line=_heading("rejected", part if page and page.total > len(listed) else "by reason"))
    reasons = reasons_of(listed)
    if not reasons:
        text = "not known: the sidecar is busy" if page is None else f"{look.glyph('completed')} nothing was rejected"
        yield Told(line=((f"  {text}", "warn" if page is None else "dim"),))
        return
    cells = [_reason_cells(one, now) for one in reasons]
    widths = fitted(_REJECTED, cells, width)
    yield Told(line=cut(head(_REJECTED, widths), width))
    for reason, each in zip(reasons, cells, strict=True):
        line = painted(each, _REJECTED, widths, look, selected=False)[1:]
        yield Told(line=cut(line, width - MARKER), item=Item(reason=reason), first=True)


def _reason_cells(one: Reason, now: datetime) -> tuple[Piece, ...]:
    last = max(message.received_at for message in one.messages)
    return (
        (count(len(one.messages)), "warn"), (clock(last, now), "dim"), (shown(one.source), "text"),
        (shown(one.topic), "text"), (shown(one.reason), "strong"),
    )  # fmt: skip


# --- what Enter shows -----------------------------------------------------------------------------------------


def collector_lines(one: CollectorView, state: SourcesState, look: Look, width: int, now: datetime) -> tuple[Line, ...]:
    """Tell all that a collector says of itself."""
    lines: list[Line] = list(_collector(one, state, look, width, now))
    for title, values in (("COUNTED", one.counters), ("NOW", one.gauges)):
        if values:
            lines += [((" ", "text"),), ((f" {title}", "heading"),)]
        for name, number in values.items():
            rate = state.rate(one.name, name) if title == "COUNTED" else None
            paced = f"  {rate:,.1f}/s" if rate else ""
            lines.append(((f"  {shown(name)}", "text"), (f"  {number:,.0f}", "strong"), (paced, "dim")))
    return tuple(cut(line, width) for line in lines)


def query_of(row: CoverageRow) -> str:
    """Write the query for the latest records of a service that never joined a transaction."""
    owner = f"owner = {_quoted(row.owner)}" if row.owner else "owner IS NULL"
    return (
        "SELECT make_timestamp_ns(received_ns) AS received, name, kind, trace_id, parent_span_id, message_id,\n"
        "       attributes, resource\n"
        f"FROM records WHERE source = {_quoted(row.source)} AND {owner} AND transaction_id IS NULL\n"
        "ORDER BY received_ns DESC LIMIT 100"
    )


def _quoted(text: str) -> str:
    safe = shown(text).replace("'", "''")
    return f"'{safe}'"


def message_lines(message: RejectedMessage, width: int, most: int) -> tuple[Line, ...]:
    """Tell a rejected message whole, as `sagascope rejected --show` does."""
    facts = [
        ("reason", shown(message.reason)),
        ("from", f"{shown(message.source)}  {shown(message.topic)}[{message.partition}]@{message.offset}"),
        ("written", clock(message.at, message.received_at)),
        ("arrived", f"{clock(message.received_at)}, {exact(_delay_s(message))} later"),
        ("bytes", count(message.size)),
        ("key", "none" if message.key is None else shown(message.key)),
        *((f"header {shown(one.key)}", "none" if one.value is None else shown(one.value)) for one in message.headers),
    ]
    lines: list[Line] = []
    for label, text in facts:
        for at, part in enumerate(wrapped(text, max(1, width - 12), most)):
            lines.append(((f" {'' if at else label:<10} ", "dim"), (part, "strong" if label == "reason" else "text")))
    lines.append(((" ", "text"),))
    lines += [((f" {part}", "text"),) for part in _value_lines(message, width - 2, most)]
    if message.is_cut:
        lines.append(((" cut: the whole value comes when this message is read", "dim"),))
    return tuple(lines)


def _delay_s(message: RejectedMessage) -> float:
    return max(0.0, (message.received_at - message.at).total_seconds())


def _value_lines(message: RejectedMessage, width: int, most: int) -> Iterator[str]:
    if message.value is None:
        yield "no value"
        return
    left = most
    for line in message.value[: most * max(1, width)].split("\n"):
        for part in wrapped(shown(line), max(1, width), left) if line else [" "]:
            yield part
            left -= 1
        if left <= 0:
            yield f"this is its beginning; all of it: sagascope rejected --show {message.id} --raw FILE"
            return
