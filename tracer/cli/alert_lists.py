"""`sagascope alerts deliveries`, `history`, `rules` and `silences`: what belongs to alerts, as lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.human import Column
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.model.text import clean
from tracer.views import AlertHistory, DeliveryList, DeliveryState, RuleList, RuleView, Silence, SilenceList

MAX_ROWS: Final = 1000
_DELIVERIES: Final = (
    Column(heading="STATE"),
    Column(heading="WHEN"),
    Column(heading="KIND"),
    Column(heading="NOTIFIER", gives=1),
    Column(heading="TRIES", right=True),
    Column(heading="ALERT", gives=1),
    Column(heading="RULE", gives=2),
    Column(heading="ERROR", gives=4),
)
_HISTORY: Final = (
    Column(heading="WHEN"),
    Column(heading="OF", gives=1),
    Column(heading="WHAT", gives=1),
    Column(heading="BY", gives=2),
    Column(heading="DETAIL", gives=4),
)
_RULES: Final = (
    Column(heading="RULE", gives=2),
    Column(heading="SEVERITY"),
    Column(heading="FIRING", right=True),
    Column(heading="PENDING", right=True),
    Column(heading="TELLS", gives=2),
    Column(heading="WATCHES", gives=4),
)
_SILENCES: Final = (
    Column(heading="STATE"),
    Column(heading="SILENCE", gives=1),
    Column(heading="STARTS"),
    Column(heading="ENDS"),
    Column(heading="BY", gives=2),
    Column(heading="MATCHES", gives=3),
    Column(heading="REASON", gives=4),
)
_OF_ALERT: Final = {"ALERT", "RULE", "OF"}  # columns that say the same for all of one alert
_limit = click.option("--limit", type=click.IntRange(1, MAX_ROWS), default=100, show_default=True, help="Rows at most.")


@click.command(short_help="List what was told to whom, and what came of it.")
@click.option("--failed", is_flag=True, help="Only what was given up.")
@click.option("--notifier", multiple=True, help="Only to this notifier; may be repeated.")
@click.option("--alert", metavar="ID", help="Only of this alert.")
@_limit
@reading_options
def deliveries(
    notifier: tuple[str, ...], alert: str | None, limit: int, *, failed: bool, as_json: bool, **where: Any
) -> None:
    """List what was told to whom, how often it was tried, and what came of it; the latest first."""
    states: tuple[DeliveryState, ...] = ("failed",) if failed else ()
    with open_reader(Where(**where)) as reader:
        told = reader.deliveries(alert=alert, notifier=notifier, state=states, limit=limit)
    if as_json:
        output.write_json(told)
        return
    output.write_lines(_delivery_lines(told))


@click.command(short_help="Show the audit trail.")
@click.argument("subject", metavar="[ID]", required=False)
@_limit
@reading_options
def history(subject: str | None, limit: int, *, as_json: bool, **where: Any) -> None:
    """Show what became of alerts and silences, when and by whom, of one ID or of all; the latest first."""
    with open_reader(Where(**where)) as reader:
        trail = reader.alert_history(subject=subject, limit=limit)
    if as_json:
        output.write_json(trail)
    elif trail.changes:
        output.write_lines(
            history_table(trail, width=output.width(), colour=output.has_colour(), of_one=subject is not None)
        )
    else:
        output.write_lines(["nothing has happened yet" if subject is None else "nothing is known of it"])


@click.command(short_help="List the rules, and how it goes with the notifiers.")
@reading_options
def rules(*, as_json: bool, **where: Any) -> None:
    """List the rules that run, what each watches and whom it tells, and how it goes with the notifiers."""
    with open_reader(Where(**where)) as reader:
        known = reader.rules()
    if as_json:
        output.write_json(known)
    else:
        output.write_lines(_rule_lines(known))


@click.command(short_help="List the silences.")
@reading_options
def silences(*, as_json: bool, **where: Any) -> None:
    """List the silences, those that hold now first."""
    with open_reader(Where(**where)) as reader:
        known = reader.silences()
    if as_json:
        output.write_json(known)
    else:
        output.write_lines(_silence_lines(known))


COMMANDS: Final = (deliveries, history, rules, silences)


def deliveries_table(told: DeliveryList, *, width: int | None, colour: bool, of_one: bool = False) -> list[str]:
    """Write the deliveries as a table; `of_one` leaves out what says which alert."""
    rows = [
        (
            one.state,
            human.moment(one.delivered or one.created, now=told.as_of),
            one.kind,
            one.notifier,
            str(one.tries),
            one.alert,
            one.rule,
            one.error or "",
        )
        for one in told.deliveries
    ]
    return _table(_DELIVERIES, rows, width=width, colour=colour, of_one=of_one)


def history_table(trail: AlertHistory, *, width: int | None, colour: bool, of_one: bool = False) -> list[str]:
    """Write the audit trail as a table; `of_one` leaves out what says which alert."""
    rows = [
        (human.moment(one.at, now=trail.as_of), one.subject, one.what, one.by or "", one.detail)
        for one in trail.changes
    ]
    return _table(_HISTORY, rows, width=width, colour=colour, of_one=of_one)


def _table(
    columns: tuple[Column, ...], rows: Sequence[Sequence[str]], *, width: int | None, colour: bool, of_one: bool
) -> list[str]:
    kept = [at for at, column in enumerate(columns) if not (of_one and column.heading in _OF_ALERT)]
    cells = [[row[at] for at in kept] for row in rows]
    return human.table([columns[at] for at in kept], cells, width=width, colour=colour)


def _delivery_lines(told: DeliveryList) -> Iterator[str]:
    if told.deliveries:
        yield from deliveries_table(told, width=output.width(), colour=output.has_colour())
        yield ""
    else:
        yield "nothing was told"
    yield f"{told.waiting} waiting, {told.failed} given up in all"


def _rule_lines(known: RuleList) -> Iterator[str]:
    rows = [_rule(rule) for rule in known.rules]
    if rows:
        yield from human.table(_RULES, rows, width=output.width(), colour=output.has_colour())
    else:
        yield "no rule runs"
    for rule in known.rules:
        if rule.trouble:
            yield f"rule {clean(rule.name)} fails: {clean(rule.trouble)}"
    yield ""
    if not known.notifiers:
        yield "no notifier is configured: alerts are listed, and nobody is told"
    for name, outcome in known.notifiers.items():
        yield f"notifier {clean(name)}: {clean(outcome)}"


def _rule(rule: RuleView) -> tuple[str, ...]:
    about = f"{rule.about} (built in)" if rule.default else rule.about
    return (
        rule.name,
        rule.severity,
        str(rule.firing),
        str(rule.pending),
        ", ".join(rule.notify) or "nobody",
        f"FAILS; {about}" if rule.trouble else about,
    )


def _silence_lines(known: SilenceList) -> Iterator[str]:
    if not known.silences:
        yield "no silence"
        return
    rows = [_silence(one, known.as_of) for one in known.silences]
    yield from human.table(_SILENCES, rows, width=output.width(), colour=output.has_colour())


def _silence(one: Silence, now: datetime) -> tuple[str, ...]:
    state = "holds" if one.starts <= now < one.ends else "to come" if now < one.starts else "over"
    by = f"{one.by}, ended by {one.ended_by}" if one.ended_by else one.by
    starts, ends = human.moment(one.starts, now=now), human.moment(one.ends, now=now)
    return state, one.id, starts, ends, by, ", ".join(one.matchers), one.reason
