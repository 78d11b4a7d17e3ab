"""`sagascope alerts ack`, `unack`, `silence`, `unsilence` and `notify-test`: what people do about alerts."""

from __future__ import annotations

import getpass
from datetime import datetime, timedelta
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.exits import FoundSomething
from tracer.cli.moments import Ahead, Duration
from tracer.cli.reading import Where, open_desk, reading_options
from tracer.errors import UsageError
from tracer.model.text import clean
from tracer.views import Silence

_by = click.option("--by", help="Who does it.  [default: the login name]")


@click.command(short_help="Say that you are on it.")
@click.argument("alert_id", metavar="ID")
@click.option("--note", default="", help="What the others should know.")
@_by
@reading_options
def ack(alert_id: str, note: str, by: str | None, *, as_json: bool, **where: Any) -> None:
    """Say that you are on it: it is not told again until it is resolved, and lists say who is on it."""
    with open_desk(Where(**where)) as desk:
        alert = desk.acknowledge(alert_id, by=_person(by), note=note)
    if as_json:
        output.write_json(alert)
        return
    person = clean(alert.acknowledged.by) if alert.acknowledged else "somebody"
    output.write_lines([f"{person} is on {clean(alert.id)}: {clean(alert.summary)}"])


@click.command(short_help="Take an acknowledgement back.")
@click.argument("alert_id", metavar="ID")
@_by
@reading_options
def unack(alert_id: str, by: str | None, *, as_json: bool, **where: Any) -> None:
    """Take an acknowledgement back: the alert is told again after each repeat."""
    with open_desk(Where(**where)) as desk:
        alert = desk.unacknowledge(alert_id, by=_person(by))
    if as_json:
        output.write_json(alert)
        return
    output.write_lines([f"nobody is on {clean(alert.id)} any more: {clean(alert.summary)}"])


@click.command(short_help="Silence what matches, for a while.")
@click.argument("matchers", metavar="MATCHER...", nargs=-1, required=True)
@click.option("--for", "for_s", type=Duration(), required=True, help="How long, like 2h.")
@click.option("--reason", required=True, help="Why; somebody will ask at night.")
@_by
@click.option("--starts", type=Ahead(), help="When it begins: 22:00, an RFC 3339 time, or 15m (from now).")
@reading_options
def silence(
    matchers: tuple[str, ...],
    for_s: float,
    reason: str,
    by: str | None,
    starts: datetime | None,
    *,
    as_json: bool,
    **where: Any,
) -> None:
    """Silence the alerts whose labels all MATCHERs hold for.

    A MATCHER is like saga=order, step!=pay or owner=~pay.*; `alertname` is the rule. Alerts go on and are listed;
    nobody is told until it ends.
    """
    with open_desk(Where(**where)) as desk:
        now = desk.silences().as_of  # the sidecar's clock decides when it ends
        try:
            ends = (starts or now) + timedelta(seconds=for_s)
        except OverflowError as wrong:
            raise UsageError("--for is too long") from wrong
        made = desk.silence(matchers, by=_person(by), reason=reason, starts=starts, ends=ends)
    if as_json:
        output.write_json(made)
        return
    output.write_lines([f"silence {clean(made.id)} on {_terms(made)} until {human.moment(made.ends, now=now)}"])


@click.command(short_help="End a silence now.")
@click.argument("silence_id", metavar="ID")
@_by
@reading_options
def unsilence(silence_id: str, by: str | None, *, as_json: bool, **where: Any) -> None:
    """End a silence now: what fires and was held back is told."""
    with open_desk(Where(**where)) as desk:
        ended = desk.end_silence(silence_id, by=_person(by))
    if as_json:
        output.write_json(ended)
        return
    output.write_lines([f"silence {clean(ended.id)} on {_terms(ended)} is over"])


@click.command("notify-test", short_help="Send a test notice to one notifier.")
@click.argument("name", metavar="NAME")
@reading_options
def notify_test(name: str, *, as_json: bool, **where: Any) -> None:
    """Send a test notice to the notifier NAME now; exit 1 when it was not delivered."""
    with open_desk(Where(**where)) as desk:
        tried = desk.test_notifier(name)
    if as_json:
        output.write_json(tried)
    elif tried.delivered:
        output.write_lines([f"{clean(tried.notifier)}: delivered in {human.duration(tried.took_s)}"])
    else:
        output.write_lines([f"{clean(tried.notifier)}: not delivered: {clean(tried.error or 'nobody says why')}"])
    if not tried.delivered:
        raise FoundSomething


COMMANDS: Final = (ack, unack, silence, unsilence, notify_test)


def _person(by: str | None) -> str:
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as nobody:
        raise UsageError("this process has no login name: say who does it with --by") from nobody


def _terms(one: Silence) -> str:
    return clean(", ".join(one.matchers))
