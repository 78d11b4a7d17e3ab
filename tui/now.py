"""What is wrong now: incidents, the worst first, then the transactions that are stuck, as lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from tracer.clock import NS_PER_S, to_ns
from tracer.model.words import OPEN_STATUSES
from tracer.model.zone import in_local_time
from tracer.views import CollectorList, CollectorView, Difference, Incident, IncidentList, StallRow
from tui.chrome import cut, wrapped
from tui.columns import MARKER
from tui.format import clock, count, exact, fit, plural, right, short_count, shown, ticking
from tui.look import Line, Look, Piece, width_of
from tui.trend import course, spark
from tui.wants import NowAnswer

MAX_WHY_LINES: Final = 4
MAX_DIFFERENT: Final = 3
_VARIES: Final = re.compile(r""""[^"]*"|`[^`]*`|'[^']*'|\S*\d\S*|["'`]""")
_SAME_CHARACTERS: Final = 60
_ERROR_CHARACTERS: Final = 500
MAX_COLLECTORS: Final = 3
QUIET_S: Final = 60.0
FRESH_S: Final = 20.0  # more than the longest wait between two readings
BEHIND: Final = 1_000
_SPARK: Final = (10, 30)
_ROOM_FOR_SPARKS: Final = 100
_TIME: Final = 6
_STATE: Final = 8
_LEAST: Final = 8
_COLUMNS: Final = 5
_STUMP: Final = 8
_MOST: Final[Mapping[str, int]] = {"transaction_id": 40, "step": 32, "owner": 24, "kind": 18}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to open: an incident or a stuck transaction. `key` tells it again after a refresh."""

    key: tuple[str, str]
    incident: Incident | None = None
    stall: StallRow | None = None

    @property
    def saga(self) -> str | None:
        """The saga that it belongs to."""
        one = self.incident or self.stall
        return one.saga if one else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line: `item` is the number of the item that it tells of, None for a heading; `first` of its lines or not."""

    line: Line
    item: int | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NowState:
    """What was read, and what two readings say together: how many records come in, and since when none do."""

    answer: NowAnswer | None = None
    taken_ns: int = 0
    records: int | None = None
    rate: float | None = None
    grew_ns: int = 0

    def received(self, answer: NowAnswer, taken_ns: int) -> NowState:
        """Take in a reading."""
        steady = replace(answer, incidents=_steady(answer.incidents, self.answer))
        before = self.answer.collected_ns if self.answer else 0
        records = _records(answer.collectors)
        state = replace(self, answer=steady, taken_ns=taken_ns)
        if answer.collected_ns == before:
            return state
        grown = None if records is None or self.records is None else records - self.records
        passed_s = (answer.collected_ns - before) / NS_PER_S
        # Counters that went back are those of a sidecar that began anew.
        rate = None if grown is None or grown < 0 or passed_s <= 0 else grown / passed_s
        is_quiet = rate == 0 and self.grew_ns > 0
        return replace(state, records=records, rate=rate, grew_ns=self.grew_ns if is_quiet else answer.collected_ns)

    def items(self) -> tuple[Item, ...]:
        """Give what can be opened, the worst first."""
        if self.answer is None:
            return ()
        incidents = (Item(key=("incident", one.id), incident=one) for one in self.answer.incidents.incidents)
        stalls = (Item(key=("stall", one.transaction_id), stall=one) for one in self.answer.stalls.stalls)
        return (*incidents, *stalls)

    def stuck_ids(self) -> tuple[str, ...]:
        """Give the ids of the stuck transactions that are here."""
        return tuple(one.transaction_id for one in self.answer.stalls.stalls) if self.answer else ()

    def beside(self, transaction_id: str, direction: int) -> str | None:
        """Give the stuck transaction after or before this one; after one that is not stuck comes the first."""
        ids = self.stuck_ids()
        at = ids.index(transaction_id) + direction if transaction_id in ids else 0 if direction > 0 else -1
        return ids[at] if 0 <= at < len(ids) else None


def _records(collectors: CollectorList | None) -> int | None:
    listed = collectors.collectors if collectors else ()
    counted = [one.counters["records"] for one in listed if "records" in one.counters]
    return sum(counted) if counted else None


def _steady(listed: IncidentList, before: NowAnswer | None) -> IncidentList:
    """Keep a sentence for as long as only its seconds have changed: every byte crosses somebody's ssh."""
    known = {one.id: one for one in before.incidents.incidents} if before else {}
    kept = tuple(
        replace(one, why=known[one.id].why) if one.id in known and _gist(one) == _gist(known[one.id]) else one
        for one in listed.incidents
    )
    return replace(listed, incidents=kept)


def _gist(one: Incident) -> tuple[object, ...]:
    return one.transactions, one.latest, one.error, one.different, ticking(one.stuck_s)


# --- the figures above ----------------------------------------------------------------------------------------


def figures(state: NowState, now_ns: int, look: Look, width: int, *, of_file: bool = False) -> tuple[Line, ...]:
    """Paint how much is stuck and open, what comes in, what joins, how old that is, and which collector is ill.

    Into a store file nothing comes, and the title says how old it is.
    """
    answer = state.answer
    if answer is None:
        return ()
    stuck = answer.incidents.stuck
    pieces: list[Piece] = [(f" {look.glyph('stuck')} {count(stuck)} stuck", "stuck" if stuck else "dim")]
    opened = sum(answer.counts.get(status, 0) for status in OPEN_STATUSES)
    dot = f" {look.pick('·', '-')} "
    pieces += [(f" of {count(opened)} open", "text"), (dot, "faint")]
    if not of_file:
        pieces += [_age(state, now_ns), (dot, "faint"), _ingest(state, now_ns), (dot, "faint")]
    pieces += [_coverage(answer.collectors)]
    lags = _lags(answer.collectors, _there_ns(state, now_ns), dot)
    ill = [one for one in answer.collectors.collectors if one.state != "running"] if answer.collectors else []
    troubles = tuple(
        ((f" {look.glyph('failed')} collector {shown(one.name)} {shown(one.state)}: {shown(one.detail)}", "warn"),)
        for one in ill[:MAX_COLLECTORS]
    )
    return tuple(cut(line, width) for line in (tuple(pieces), *lags, *troubles))


def _age(state: NowState, now_ns: int) -> Piece:
    age_s = (now_ns - state.taken_ns) / NS_PER_S
    return ("data is fresh", "text") if age_s < FRESH_S else (f"data {ticking(age_s)} old", "warn")


def _ingest(state: NowState, now_ns: int) -> Piece:
    if state.records is None:
        return ("records not counted", "dim")
    quiet_s = _quiet_s(state, now_ns)
    if quiet_s >= QUIET_S or state.rate == 0:
        return (f"no records for {ticking(quiet_s)}", "warn" if quiet_s >= QUIET_S else "text")
    if state.rate is None:
        return (f"{short_count(state.records)} records", "text")
    return (f"{short_count(round(state.rate))} records/s" if state.rate >= 1 else "under 1 record/s", "text")


def _quiet_s(state: NowState, now_ns: int) -> float:
    """Say for how long no record came in: by when the last one arrived, else by two readings."""
    listed = state.answer.collectors.collectors if state.answer and state.answer.collectors else ()
    arrived = [to_ns(one.last_record_at) for one in listed if one.last_record_at is not None]
    if arrived:
        return max(0, _there_ns(state, now_ns) - max(arrived)) / NS_PER_S
    return (now_ns - state.grew_ns) / NS_PER_S if state.rate == 0 else 0.0


def _there_ns(state: NowState, now_ns: int) -> int:
    """Say what the sidecar's clock shows now, which may be wrong, or ours."""
    return now_ns if state.answer is None else now_ns + to_ns(state.answer.incidents.as_of) - state.taken_ns


def _lags(collectors: CollectorList | None, now_ns: int, dot: str) -> tuple[Line, ...]:
    """Say of each collector how far behind it is, and for how long nothing came; the latest ones first."""
    running = [one for one in collectors.collectors if one.state == "running"] if collectors else []
    told = [(shown(one.name), *_lag(one, now_ns)) for one in running]
    told.sort(key=lambda each: not each[2])
    pieces: list[Piece] = []
    for name, words, is_late in told:
        pieces += [(dot if pieces else " ", "faint"), (f"{name} {words}", "warn" if is_late else "dim")]
    return (tuple(pieces),) if pieces else ()


def _lag(one: CollectorView, now_ns: int) -> tuple[str, bool]:
    """Say how late a collector is, and whether that is worth a warning: messages that wait, else silence."""
    behind = int(one.gauges.get("lag", 0))
    quiet_s = None if one.last_record_at is None else (now_ns - to_ns(one.last_record_at)) / NS_PER_S
    is_quiet = quiet_s is not None and quiet_s >= QUIET_S
    words = [f"{count(behind)} messages behind"] if behind else []
    if is_quiet:
        words.append(f"no record for {ticking(quiet_s)}")
    elif not words:
        words.append("has no record lately" if quiet_s is None else "up to date")
    return ", ".join(words), behind >= BEHIND or is_quiet or bool(behind and quiet_s is None)


def _late(collectors: CollectorList | None, now_ns: int) -> CollectorView | None:
    """Give a collector whose messages wait, so that what is known may be old."""
    running = [one for one in collectors.collectors if one.state == "running"] if collectors else []
    return next((one for one in running if one.gauges.get("lag", 0) and _lag(one, now_ns)[1]), None)


def _coverage(collectors: CollectorList | None) -> Piece:
    rows = collectors.coverage if collectors else ()
    records = sum(one.records for one in rows)
    if not records:
        return ("coverage not known", "dim")
    joined = sum(one.by_id + one.joined for one in rows)
    return (f"{_percent(joined, records)} of records joined", "text")


def _percent(part: int, whole: int) -> str:
    """Say a share; 100% only where nothing is missing."""
    return f"{part * 100 // whole}%"


# --- nothing is wrong -----------------------------------------------------------------------------------------


def calm(state: NowState, now_ns: int, look: Look, *, away: bool) -> tuple[Line, ...]:
    """Paint that nothing is stuck, and how well that is known: silence alone is no good news."""
    answer = state.answer
    if answer is None or state.items():
        return ()
    if away:
        return ((("  when the sidecar last answered nothing was stuck; what is so now is not known", "warn"),),)
    everything = sum(answer.counts.values())
    if not everything:
        return ((("  no transactions yet; send OTLP to the sidecar (by default port 4317 or 4318)", "dim"),),)
    quiet_s = _quiet_s(state, now_ns)
    if quiet_s >= QUIET_S:
        text = f"  nothing is stuck, but no record came in for {ticking(quiet_s)}: does anything still send?"
        return (((text, "warn"),),)
    there_ns = _there_ns(state, now_ns)
    if late := _late(answer.collectors, there_ns):
        text = f"  nothing is stuck as far as is known: collector {shown(late.name)} is {_lag(late, there_ns)[0]}"
        return (((text, "warn"),),)
    opened = sum(answer.counts.get(status, 0) for status in OPEN_STATUSES)
    done = plural(everything, "transaction")
    return (
        ((f"  {look.glyph('completed')} nothing is stuck", "live"),),
        ((f"    {count(opened)} of {done} open, each within its limit", "dim"),),
    )


# --- what is wrong --------------------------------------------------------------------------------------------


def told(state: NowState, look: Look, width: int, now: datetime) -> tuple[Told, ...]:
    """Paint every item, without the marker in front, in `width` cells with it; headings between."""
    items, answer = state.items(), state.answer
    if answer is None or not items:
        return ()
    incidents = [(number, one.incident) for number, one in enumerate(items) if one.incident]
    stalls = [(number, one.stall) for number, one in enumerate(items) if one.stall]
    lines = [Told(line=_heading(plural(len(incidents), "incident"), "most transactions first"))] if incidents else []
    for number, incident in incidents:
        block = _incident(incident, look, width - MARKER, now)
        lines += [Told(line=line, item=number, first=not at) for at, line in enumerate(block)]
    if stalls:
        lines.append(Told(line=_heading(f"{count(answer.stalls.total)} stuck", "longest overdue first")))
        widths = _widths([one for _, one in stalls], width - MARKER)
        lines += [
            Told(line=_stall(one, look, width - MARKER, widths, now), item=number, first=True) for number, one in stalls
        ]
    if more := answer.stalls.total - len(stalls):
        lines.append(Told(line=((f"   and {count(more)} more: l lists all transactions", "dim"),)))
    return tuple(lines)


def _heading(what: str, order: str) -> Line:
    return ((f" {what.upper()}", "heading"), (f"  {order}", "dim"))


def _incident(one: Incident, look: Look, width: int, now: datetime) -> Iterator[Line]:
    indent = cell_len(look.glyph("stuck")) + 1
    room = max(10, width - indent)
    first, *rest = wrapped(shown(in_local_time(one.why, now)), room, MAX_WHY_LINES) or ["-"]
    yield ((f"{look.glyph('stuck')} ", "stuck"), (first, "strong"))
    for line in rest:
        yield ((" " * indent, "text"), (line, "strong"))
    for facts in (
        *_facts(one, look, now, room),
        *((_difference(each, room),) for each in one.different[:MAX_DIFFERENT]),
    ):
        yield cut(((" " * indent, "text"), *facts), width)


def _facts(one: Incident, look: Look, now: datetime, room: int) -> tuple[Line, ...]:
    """Say how many, whether it grows, since when and where, on two lines where one is too narrow."""
    dot = look.pick(" · ", " - ")
    age = ticking((now - one.since).total_seconds())
    place = dot.join((f"{shown(one.step)} at {shown(one.owner)}", one.kind, *_at_stake(one)))
    since = f"since {clock(one.since, now)} ({age})"
    sparks = spark(one.trend, _SPARK[room >= _ROOM_FOR_SPARKS], look)
    stuck: Line = ((f"{count(one.transactions)} stuck", "stuck"), (dot, "faint"))
    drawn: Line = ((f" {sparks}", "stuck"),) if sparks else ()
    lately = _trend(one)
    # Where there is no room for all of the trend, the picture says more than the word.
    trends: tuple[Line, ...] = ((*lately, *drawn), (*lately[:1], *drawn), lately[:1])
    many: list[Line] = [(*stuck, *trend, (f"{dot}{since}", "dim")) for trend in trends]
    whole: Line = (*many[0], (f"{dot}{place}", "dim"))
    if width_of(whole) <= room:
        return (whole,)
    return (next((line for line in many if width_of(line) <= room), many[-1]), ((place, "dim"),))


def _trend(one: Incident) -> Line:
    """Say how many became stuck lately and, where some did before, whether that grows."""
    if not one.recent:
        return (("no more in 10m", "text"),)
    how = course(one.trend)
    lately = "all" if one.recent >= one.transactions else f"{count(one.recent)} more"
    return ((f"{lately} in 10m", "warn"), *(((f", {how}", "warn"),) if how else ()))


def _at_stake(one: Incident) -> Iterable[str]:
    if one.amount is not None:
        yield f"{one.amount:,.2f} at stake"


def _difference(one: Difference, room: int) -> Piece:
    """Say a value and how many have it; a long one is cut, the numbers never are."""
    numbers = (
        f": {count(one.stuck)} of {count(one.stuck_of)} stuck, {count(one.passing)} of {count(one.passing_of)} passing"
    )
    named = f"different: {shown(one.attribute)} = {shown(one.value)}"
    left = max(0, room - cell_len(numbers))
    return ((named if cell_len(named) <= left else fit(named, left)) + numbers, "text")


def _widths(stalls: Sequence[StallRow], width: int) -> Mapping[str, int]:
    """Share the width among the columns: the step gives way first, whom to call and the id last."""
    widths = {name: max(cell_len(shown(getattr(one, name))[:64]) for one in stalls) for name in _MOST}
    widths = {name: min(_MOST[name], cells) for name, cells in widths.items()}
    over = sum(widths.values()) + 2 * len(widths) + _STATE + _TIME - width
    for name in ("step", "kind", "owner", "transaction_id"):
        less = max(0, min(over, widths[name] - _LEAST))
        widths[name] -= less
        over -= less
    return widths


def _stall(one: StallRow, look: Look, width: int, widths: Mapping[str, int], now: datetime) -> Line:
    age = ticking((now - one.since).total_seconds())
    error = f"  {shown(one.error)}" if one.error else ""
    line: Line = (
        (fit(f"{look.glyph('stuck')} stuck", _STATE) + right(age, _TIME), "stuck"),
        (f"  {fit(one.transaction_id, widths['transaction_id'])}", "strong"),
        (f"  {fit(one.step, widths['step'])}", "text"),
        (f"  {fit(one.owner, widths['owner'])}", "strong"),
        (f"  {fit(one.kind, widths['kind'])}", "stuck"),
        (f"  limit {exact(one.threshold_s)} ({one.threshold_source})", "dim"),
        (error, "failed"),
    )
    # What is told last is left out where it would be a stump.
    while len(line) > _COLUMNS and width_of(line) > width and width_of(line[:-1]) > width - _STUMP:
        line = line[:-1]
    return cut(line, width)


# --- what Enter asks for --------------------------------------------------------------------------------------


def filter_of(one: Incident) -> str:
    """Give the filter line that lists the transactions of an incident."""
    terms = (("saga", one.saga), ("step", one.step), ("owner", one.owner), ("kind", one.kind), ("error", _same(one)))
    return " ".join(["status:stuck", *(term(name, value) for name, value in terms if value)])


def _same(one: Incident) -> str | None:
    """Give the longest part of the error without numbers and quoted texts, which differ within an incident."""
    parts = _VARIES.split(shown(one.error[:_ERROR_CHARACTERS])) if one.error else []
    return max((part.strip()[:_SAME_CHARACTERS].strip() for part in parts), key=len, default=None) or None


def term(name: str, value: str) -> str:
    """Write a term that means this value alone."""
    safe = shown(value).replace('"', "")
    return f'{name}:"{safe}"'
