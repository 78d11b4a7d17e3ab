"""`sagascope alerts test RULE`: when a rule would have fired over stored history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import click

from tracer.cli import exits, human, output
from tracer.cli.human import Column
from tracer.cli.moments import Duration, Moment
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.model.text import clean
from tracer.views import RuleTest, TrialQuery, WouldFire

_COLUMNS: Final = (
    Column(heading="FIRED"),
    Column(heading="FOR", right=True),
    Column(heading="AT MOST", right=True),
    Column(heading="WHERE", gives=3),
    Column(heading="WHAT", gives=4),
)
_NOTE: Final = 500


@click.command("test", short_help="Say when a rule would have fired.")
@click.argument("rule", metavar="RULE")
@click.option("--at", type=Moment(), help="At this one moment: 02:00, an RFC 3339 time, or 15m (ago).")
@click.option("--since", type=Moment(), help="From this time on, like 7d (ago).  [default: a day before --until]")
@click.option("--until", type=Moment(), help="Until this time.  [default: now]")
@click.option("--every", type=Duration(), help="Look at a moment so often.  [default: 200 moments, 1m at least]")
@reading_options
def test(
    rule: str,
    at: datetime | None,
    since: datetime | None,
    until: datetime | None,
    every: float | None,
    *,
    as_json: bool,
    **where: Any,
) -> None:
    """Say when RULE would have fired over stored history, and for how long. Nobody is told, nothing is written."""
    exits.progress(f"trying {rule} over history...")
    try:
        with open_reader(Where(**where)) as reader:
            tried = reader.try_rule(rule, TrialQuery(at=at, since=since, until=until, every_s=every))
    finally:
        exits.progress("")
    if as_json:
        output.write_json(tried)
    else:
        output.write_lines(_lines(tried, width=output.width(), colour=output.has_colour()))


def _lines(tried: RuleTest, *, width: int | None, colour: bool) -> Iterator[str]:
    if tried.fired:
        rows = [_row(one, tried) for one in tried.fired]
        yield from human.table(_COLUMNS, rows, width=width, colour=colour)
        yield ""
    yield _told(tried)
    for note in tried.notes:
        yield from human.wrap(f"note: {clean(note, _NOTE)}", width)


def _told(tried: RuleTest) -> str:
    count = len(tried.fired)
    if tried.since == tried.until:
        at = human.moment(tried.until, now=tried.until)
        return f"{clean(tried.rule)} would have found {count or 'nothing'} at {at}"
    times = "not have fired" if not count else "have fired once" if count == 1 else f"have fired {count} times"
    since, until = (human.moment(at, now=tried.until) for at in (tried.since, tried.until))
    return f"{clean(tried.rule)} would {times} from {since} to {until}"


def _row(one: WouldFire, tried: RuleTest) -> tuple[str, ...]:
    """One span; what went on at the end lasted longer than is known."""
    lasted = human.duration(((one.resolved_at or tried.until) - one.fired_at).total_seconds())
    if one.resolved_at is None:
        lasted = "-" if tried.since == tried.until else f"{lasted}+"
    where = ", ".join(value for name, value in one.labels.items() if name != "incident")
    fired = human.moment(one.fired_at, now=tried.until)
    return fired, lasted, f"{one.peak:g}", where, one.summary
