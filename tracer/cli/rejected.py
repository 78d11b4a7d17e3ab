"""`sagascope rejected`: the messages that no decoder understood, why, and trying them again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.human import Column
from tracer.cli.reading import Where, open_reader, open_replayer, reading_options
from tracer.client import Replayer
from tracer.errors import Busy, UsageError
from tracer.model.text import clean
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed

MAX_ROWS: Final = 1000
SHOWN: Final = 60  # characters of a value in the list
MAX_SHOWN: Final = 8 * 1024  # characters of a value, a key or a header on a terminal
_COLUMNS: Final = (
    Column(heading="ID", right=True),
    Column(heading="ARRIVED"),
    Column(heading="SOURCE", gives=1),
    Column(heading="PLACE", gives=1),
    Column(heading="REASON", gives=2),
    Column(heading="ALL BYTES", right=True),
    Column(heading="BEGINS", gives=4),
)


@click.command(short_help="Show messages that could not be decoded; replay them.")
@click.option("--source", multiple=True, help="Only what this collector took in; may be repeated.")
@click.option("--topic", multiple=True, help="Only of this topic; may be repeated.")
@click.option("--reason", help="Only with this text in the reason, in any case.")
@click.option("--limit", type=click.IntRange(1, MAX_ROWS), default=50, show_default=True, help="Rows at most.")
@click.option(
    "--show", "number", type=click.IntRange(0), metavar="ID", help="Show this one whole; a terminal gets its beginning."
)
@click.option("--raw", type=click.Path(path_type=Path, dir_okay=False), help="Write the value of --show, byte by byte.")
@click.option("--replay", "is_replay", is_flag=True, help="Decode them again, as the sidecar is configured now.")
@reading_options
def rejected(
    source: tuple[str, ...],
    topic: tuple[str, ...],
    reason: str | None,
    limit: int,
    number: int | None,
    raw: Path | None,
    *,
    is_replay: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """Show the messages that no decoder understood, the latest first, or decode them again (--replay).

    What is decoded is stored and leaves the list; what is refused again stays, with the new reason.
    """
    if raw is not None and number is None:
        raise UsageError("--raw writes the value of one message: say which with --show ID")
    query, place = RejectedQuery(source=source, topic=topic, reason=reason, limit=limit), Where(**where)
    if is_replay:
        if number is not None:
            raise UsageError("--show shows one message and --replay decodes all that the filters let through: give one")
        with open_replayer(place) as replayer:
            told: Replayed | RejectedPage | RejectedMessage = replay_all(replayer, query)
    else:
        with open_reader(place) as reader:
            told = reader.rejected(query) if number is None else reader.rejected_message(number)
    if raw is not None and isinstance(told, RejectedMessage):
        output.write_lines([_write_raw(told, raw)])
    elif as_json:
        output.write_json(told)
    else:
        output.write_lines(_lines(told))


def replay_all(replayer: Replayer, query: RejectedQuery) -> Replayed:
    """Replay part after part, and add up what they say."""
    total = replayer.replay(query, 0)
    while total.next is not None:
        try:
            part = replayer.replay(query, total.next)
        except Busy as busy:
            return replace(total, reasons=tuple(dict.fromkeys((*total.reasons, f"the replay stopped: {busy}"))))
        total = replace(
            part,
            tried=total.tried + part.tried,
            accepted=total.accepted + part.accepted,
            stored=total.stored + part.stored,
            skipped=total.skipped + part.skipped,
            reasons=tuple(dict.fromkeys((*total.reasons, *part.reasons))),
        )
    return total


def _lines(told: Replayed | RejectedPage | RejectedMessage) -> Iterator[str]:
    if isinstance(told, Replayed):
        return _replayed_lines(told)
    return _list_lines(told) if isinstance(told, RejectedPage) else _message_lines(told)


def _list_lines(page: RejectedPage) -> Iterator[str]:
    if not page.messages:
        yield "nothing was rejected" if page.total == 0 else f"{page.total} were rejected"
        return
    rows = [_row(message, page.as_of) for message in page.messages]
    yield from human.table(_COLUMNS, rows, width=output.width(), colour=output.has_colour())
    if page.total > len(rows):
        yield f"... {len(rows)} of {page.total} shown; more with --limit"


def _row(message: RejectedMessage, now: datetime) -> tuple[str, ...]:
    return (
        str(message.id),
        human.moment(message.received_at, now=now),
        message.source,
        _place(message),
        message.reason,
        str(message.size),
        (message.value or "")[:SHOWN],
    )


def _place(message: RejectedMessage) -> str:
    return f"{message.topic}[{message.partition}]@{message.offset}"


def _message_lines(message: RejectedMessage) -> Iterator[str]:
    yield f"{message.id}  {clean(message.source)}  {clean(_place(message))}"
    yield f"reason   {clean(message.reason)}"
    yield f"written  {message.at.astimezone():%Y-%m-%d %H:%M:%S}"
    yield f"arrived  {message.received_at.astimezone():%Y-%m-%d %H:%M:%S}"
    yield f"bytes    {message.size} in all, {len(_value_of(message) or b'')} of them the value"
    yield f"key      {'none' if message.key is None else _whole(message.key)}"
    for header in message.headers:
        yield f"header   {clean(header.key)} = {'none' if header.value is None else _whole(header.value)}"
    yield ""
    if message.value is None:
        yield "no value"
        return
    shown = message.value[:MAX_SHOWN] if output.is_terminal() else message.value
    yield from map(_whole, shown.split("\n"))
    if len(shown) < len(message.value):
        yield ""
        yield f"... this is its beginning; all of it: --show {message.id} --raw FILE, or --json"


def _whole(text: str) -> str:
    return clean(text, MAX_SHOWN if output.is_terminal() else max(1, len(text)))


def _value_of(message: RejectedMessage) -> bytes | None:
    """Give every byte of the value."""
    return None if message.value_base64 is None else base64.b64decode(message.value_base64)


def _write_raw(message: RejectedMessage, file: Path) -> str:
    value = _value_of(message)
    if value is None:
        raise UsageError(f"message {message.id} has no value: there is nothing to write")
    try:
        file.write_bytes(value)
    except OSError as failed:
        raise UsageError(f"{file} cannot be written: {failed.strerror}") from failed
    return f"wrote the value of {message.id}, {len(value):,} bytes, to {clean(str(file))}"


def _replayed_lines(done: Replayed) -> Iterator[str]:
    again = done.tried - done.accepted
    yield f"{done.accepted} of {done.tried} messages are decoded now, {done.stored} records are new"
    if again:
        yield f"{again} were refused again: `sagascope rejected` has the reasons"
    if done.skipped:
        yield f"{done.skipped} were not tried: {'; '.join(map(clean, done.reasons))}"
