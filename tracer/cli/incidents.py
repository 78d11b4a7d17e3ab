"""`sagascope incidents`: what is wrong, as stalls that share a cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.exits import FoundSomething
from tracer.cli.filters import stall_filters, stall_query
from tracer.cli.reading import open_reader, reading_options
from tracer.cli.words import argument
from tracer.model.text import clean
from tracer.model.zone import in_local_time
from tracer.views import Difference, Incident, IncidentList

_ERROR: Final = 400
_VALUE: Final = 80
_FIVE: Final = 5


@click.command(short_help="Say what is wrong: stalls that share a cause.")
@stall_filters
@click.option("--fail-if-any", is_flag=True, help="Exit 1 when there is any.")
@reading_options
def incidents(as_json: bool, fail_if_any: bool, **options: Any) -> None:  # noqa: FBT001  click's
    """Say what is wrong: stalls that share a saga, step, owner, kind and error, the most transactions first."""
    query, where = stall_query(options)
    with open_reader(where) as reader:
        listed = reader.incidents(query)
    if as_json:
        output.write_json(listed)
    else:
        output.write_lines(lines(listed, width=output.width(), colour=output.has_colour()))
    if fail_if_any and listed.incidents:
        raise FoundSomething


def lines(listed: IncidentList, *, width: int | None, colour: bool) -> Iterator[str]:
    """Write each incident as a block, and at the end how many transactions are stuck in all."""
    if not listed.incidents:
        stuck = f": {listed.stuck} are stuck, none that the filters let through" if listed.stuck else ""
        yield f"no incident{stuck or ': nothing is stuck'}"
        return
    for incident in listed.incidents:
        yield from _block(incident, listed.as_of, width=width, colour=colour)
        yield ""
    count = len(listed.incidents)
    yield f"{count} incident{'s' if count > 1 else ''}; {listed.stuck} transactions stuck in all"


def _block(incident: Incident, now: datetime, *, width: int | None, colour: bool) -> Iterator[str]:
    first, *rest = human.wrap(clean(in_local_time(incident.why, now)), width)
    yield human.paint(first, "stuck", colour=colour)
    yield from (human.paint(line, "stuck", colour=colour) for line in rest)
    for text in _facts(incident, now):
        yield from (f"  {line}" for line in human.wrap(clean(text), None if width is None else max(20, width - 2)))
    if incident.examples:
        yield f"  look at: sagascope show {clean(argument(incident.examples[0]))}"


def _facts(incident: Incident, now: datetime) -> Iterator[str]:
    since, latest = human.moment(incident.since, now=now), human.moment(incident.latest, now=now)
    yield (
        f"{incident.transactions} stuck ({incident.kind}), the first for {human.duration(incident.stuck_s)}, "
        f"since {since}; the latest at {latest}, {incident.recent} in the last 10 minutes"
    )
    if any(incident.trend):
        yield f"became stuck, by 5 minutes, the latest last: {' '.join(map(str, _by_five(incident.trend)))}"
    if incident.amount is not None:
        yield f"at stake: {incident.amount:,.2f} in {incident.amount_of} of them"
    if incident.error:
        yield f"error: {clean(incident.error, _ERROR)}"
    for difference in incident.different:
        yield f"different: {_difference(difference)}"
    if incident.examples:
        yield f"examples: {', '.join(incident.examples)}"
    yield f"incident {incident.id}"


def _by_five(trend: Sequence[int]) -> Iterator[int]:
    return (sum(trend[at : at + _FIVE]) for at in range(0, len(trend), _FIVE))


def _difference(difference: Difference) -> str:
    name, value = clean(difference.attribute, _VALUE), clean(difference.value, _VALUE)
    stuck = f"{difference.stuck} of {difference.stuck_of} stuck ones"
    return f"{name} = {value} in {stuck}, and in {difference.passing} of {difference.passing_of} that pass"
