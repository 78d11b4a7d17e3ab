"""`sagascope alerts`: what fires, why, who is on it; and the commands below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, get_args

import click
from click.core import ParameterSource

from tracer.cli import alert_acts, alert_lists, alert_trial, human, output
from tracer.cli.alert_lists import deliveries_table, history_table
from tracer.cli.exits import FoundSomething
from tracer.cli.human import Column
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.cli.words import argument
from tracer.errors import UsageError
from tracer.model.text import clean
from tracer.views import AlertHistory, AlertList, AlertQuery, AlertState, AlertView, DeliveryList, RuleView, Severity

MAX_ROWS: Final = 1000
TOLD: Final = 10  # deliveries and lines of the audit trail under one alert
_TEXT: Final = 1000
_STATES: Final = get_args(AlertState)
_SEVERITIES: Final = get_args(Severity)
_COLUMNS: Final = (
    Column(heading="STATE"),
    Column(heading="SEVERITY"),
    Column(heading="ALERT", gives=1),
    Column(heading="RULE", gives=2),
    Column(heading="TXNS", right=True),
    Column(heading="SINCE", right=True),
    Column(heading="WHO", gives=2),
    Column(heading="WHAT", gives=4),
)


@click.group(invoke_without_command=True, short_help="List alerts; acknowledge, silence, try rules.")
@click.option("--rule", multiple=True, help="Only of this rule; may be repeated.")
@click.option("--state", multiple=True, type=click.Choice(_STATES), help="Only in this state; may be repeated.")
@click.option("--severity", multiple=True, type=click.Choice(_SEVERITIES), help="Only this; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@click.option("--limit", type=click.IntRange(1, MAX_ROWS), default=100, show_default=True, help="Rows at most.")
@click.option("--fail-if-any", is_flag=True, help="Exit 1 when any is listed.")
@reading_options
@click.pass_context
def alerts(
    ctx: click.Context,
    /,
    rule: tuple[str, ...],
    state: tuple[AlertState, ...],
    severity: tuple[Severity, ...],
    limit: int,
    *,
    everything: bool,
    fail_if_any: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """List the alerts that are pending or firing, firing ones first; the commands below act on them."""
    if ctx.invoked_subcommand is not None:
        _refuse_before(ctx)
        return
    if everything and state:
        raise UsageError("--all takes every state and --state some: give one of the two")
    states = state or (() if everything else ("firing", "pending"))
    with open_reader(Where(**where)) as reader:
        listed = reader.alerts(AlertQuery(rule=rule, state=states, severity=severity, limit=limit))
    if as_json:
        output.write_json(listed)
    else:
        is_all = not (rule or severity or state)
        output.write_lines(_lines(listed, is_all=is_all, width=output.width(), colour=output.has_colour()))
    if fail_if_any and listed.alerts:
        raise FoundSomething


def _refuse_before(ctx: click.Context) -> None:
    """Refuse options of the list in front of another command, where they would do nothing."""
    for one in ctx.command.params:
        if one.name and ctx.get_parameter_source(one.name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{one.opts[0]} belongs behind `{ctx.command_path} {ctx.invoked_subcommand}`")


@alerts.command("show", short_help="Show one alert: why it fired, who was told.")
@click.argument("alert_id", metavar="ID")
@reading_options
def show(alert_id: str, *, as_json: bool, **where: Any) -> None:
    """Show one alert: its rule, what it found, what to do, who was told, and what became of it."""
    with open_reader(Where(**where)) as reader:
        alert = reader.alert(alert_id)
        rule = next((one for one in reader.rules().rules if clean(one.name) == alert.rule), None)
        told = reader.deliveries(alert=alert.id, limit=TOLD)
        history = reader.alert_history(subject=alert.id, limit=TOLD)
    if as_json:
        output.write_json({"alert": alert, "rule": rule, "deliveries": told.deliveries, "history": history.changes})
    else:
        output.write_lines(_alert_lines(alert, rule, told, history, width=output.width(), colour=output.has_colour()))


for command in (*alert_acts.COMMANDS, *alert_lists.COMMANDS, alert_trial.test):
    alerts.add_command(command)


def who(alert: AlertView) -> str:
    """Say who is on it, or that it is silenced."""
    if alert.acknowledged:
        return f"{clean(alert.acknowledged.by)} is on it"
    return "silenced" if alert.silenced_by else ""


def _lines(listed: AlertList, *, is_all: bool, width: int | None, colour: bool) -> Iterator[str]:
    if listed.alerts:
        rows = [_row(alert, listed.as_of) for alert in listed.alerts]
        yield from human.table(_COLUMNS, rows, width=width, colour=colour)
        yield ""
    else:
        yield "no alert" if is_all else "no alert matches"
    for trouble in listed.troubles:
        yield from human.wrap(f"a rule fails: {clean(trouble, _TEXT)}", width)
    yield f"{listed.firing} firing, {listed.pending} pending in all"


def _row(alert: AlertView, now: datetime) -> tuple[str, ...]:
    return (
        alert.state,
        alert.severity,
        alert.id,
        alert.rule,
        str(alert.transactions or "-"),
        human.duration(max(0.0, (now - alert.since).total_seconds())),
        who(alert),
        alert.summary,
    )


def _alert_lines(
    alert: AlertView,
    rule: RuleView | None,
    told: DeliveryList,
    history: AlertHistory,
    *,
    width: int | None,
    colour: bool,
) -> Iterator[str]:
    now = history.as_of
    state = human.paint(alert.state, "stuck" if alert.state == "firing" else alert.state, colour=colour)
    yield f"{human.bold(clean(alert.rule), colour=colour)}  {state}  {alert.severity}  {clean(alert.id)}"
    for text in (*_why(alert, rule), *_times(alert, now), *_people(alert, now), *_what_to_do(alert)):
        yield from human.wrap(clean(text, _TEXT), width)
    if told.deliveries:
        yield ""
        yield from deliveries_table(told, width=width, colour=colour, of_one=True)
    if history.changes:
        yield ""
        yield from history_table(history, width=width, colour=colour, of_one=True)


def _why(alert: AlertView, rule: RuleView | None) -> Iterator[str]:
    yield alert.summary
    if rule is not None:
        yield f"the rule: {rule.about}" + (f" ({rule.where})" if rule.where else "")
        if rule.trouble:
            yield f"the rule fails now: {rule.trouble}"
    if alert.transactions or alert.peak:
        yield f"{alert.transactions} transactions now, {alert.peak} at most"
    if alert.value is not None and alert.value != alert.transactions:
        yield f"value: {alert.value:g}"
    if alert.labels:
        yield "labels: " + ", ".join(f"{name}={value}" for name, value in alert.labels.items())
    if alert.examples:
        yield f"examples: {', '.join(alert.examples)}"


def _times(alert: AlertView, now: datetime) -> Iterator[str]:
    since = f"since {human.moment(alert.since, now=now)}"
    rest = {
        "fired": alert.fired_at,
        "told": alert.notified_at,
        "told again": alert.repeat_at,
        "resolved": alert.resolved_at,
    }
    yield ", ".join([since, *(f"{word} {human.moment(at, now=now)}" for word, at in rest.items() if at)])


def _people(alert: AlertView, now: datetime) -> Iterator[str]:
    on_it = alert.acknowledged
    if on_it is not None:
        note = f": {on_it.note}" if on_it.note else ""
        yield f"{on_it.by} is on it since {human.moment(on_it.at, now=now)}{note}"
    elif alert.state != "resolved":
        yield f"nobody is on it yet; take it with `sagascope alerts ack {alert.id}`"
    for silence in alert.silenced_by:
        yield f"silenced by {silence}; end that with `sagascope alerts unsilence {silence}`"


def _what_to_do(alert: AlertView) -> Iterator[str]:
    if alert.action:
        yield f"what to do: {alert.action}"
    if alert.command:
        yield f"command: {alert.command}"
    if alert.examples:
        yield f"look at: sagascope show {argument(alert.examples[0])}"
    if alert.link:
        yield f"link: {alert.link}"
    for name, value in alert.annotations.items():
        yield f"{name}: {value}"
