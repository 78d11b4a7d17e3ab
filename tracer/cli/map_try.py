"""`sagascope map-try FILE`: what the messages of a sample become, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tracer.cli import human, output
from tracer.cli.decoding import chosen_decoder
from tracer.cli.human import Column
from tracer.cli.sampling import sample_options
from tracer.clock import SystemClock, to_datetime
from tracer.model.text import clean

if TYPE_CHECKING:
    from tracer.exchange.files import BadLine
    from tracer.exchange.messages import Message
    from tracer.exchange.trying import Became, Trial

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 5_000
_SHOWN: Final = ("transaction_id", "saga", "step", "phase", "owner", "name", "message_id")
_COLUMNS: Final = (
    Column(heading="MESSAGE", gives=1),
    Column(heading="TRANSACTION", gives=1),
    Column(heading="SAGA", gives=1),
    Column(heading="STEP", gives=1),
    Column(heading="PHASE"),
    Column(heading="OWNER", gives=1),
    Column(heading="NAME", gives=2),
    Column(heading="MESSAGE ID", gives=3),
    Column(heading="TIME"),
)


@click.command("map-try", short_help="Show what a mapping makes of sample messages.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@sample_options(default=DEFAULT_LIMIT, most=MAX_LIMIT)
@click.option("--collector", help="Decode as this configured collector does.  [default: the only one that reads any]")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="SAGASCOPE_CONFIG",
    help="The TOML file.  [default: ./sagascope.toml, else the user's]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def map_try(
    file: Path,
    topic: str | None,
    collector: str | None,
    config: Path | None,
    format_: str,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Show what each message of a sample becomes, what no mapping reads, and what is refused."""
    from tracer.exchange.trying import try_mapping  # noqa: PLC0415  Arrow is slow to import

    decoder = chosen_decoder(config, collector)
    read = read_sample(file, format_, topic=topic, limit=limit)
    trial = try_mapping(read.messages, decoder, received_ns=SystemClock().now_ns())
    if as_json:
        output.write_json({**_document(trial, read.bad), "has_more": read.has_more})
        return
    output.write_lines(_lines(trial, read.bad))
    if read.has_more:
        output.write_lines([f"these are the first {limit:,} of at least {limit + 1:,} messages; more with --limit"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRead:
    """The first messages of a dump, the lines among them that are none, and whether the dump goes on."""

    messages: list[Message]
    bad: list[BadLine]
    has_more: bool


def read_sample(file: Path, format_: str, *, topic: str | None, limit: int) -> SampleRead:
    """Read the first messages of a dump."""
    from tracer.exchange.messages import Message, messages_of  # noqa: PLC0415  Arrow is slow to import
    from tracer.exchange.pieces import format_of  # noqa: PLC0415  likewise

    lines = messages_of(file, format_of(file, format_), topic=topic)
    first = list(islice(lines, limit))
    return SampleRead(
        messages=[one for one in first if isinstance(one, Message)],
        bad=[one for one in first if not isinstance(one, Message)],
        has_more=next(lines, None) is not None,
    )


def _document(trial: Trial, bad: Iterable[BadLine]) -> dict[str, Any]:
    became = [_message(one) for one in trial.became]
    return {
        "messages": [one for one in became if one.keys() >= set(_SHOWN)],
        "refused": [one for one in became if "reason" in one],
        "tombstones": [one for one in became if not one.keys() & {"reason", *_SHOWN}],
        "bad_lines": [{"line": one.number, "reason": one.reason} for one in bad],
        "dialects": trial.dialects,
        "unread": [{"place": one.place, "messages": one.messages} for one in trial.unread],
        "defaults": trial.defaults,
    }


def _message(one: Became) -> dict[str, Any]:
    where = {"topic": one.message.topic, "partition": one.message.partition, "offset": one.message.offset}
    if one.refused is not None:
        return {**where, "reason": one.refused}
    if one.record is None:
        return where
    return {**where, **{name: one.record[name] for name in _SHOWN}, "at": to_datetime(one.record["at_ns"])}


def _lines(trial: Trial, bad: Iterable[BadLine]) -> Iterator[str]:
    records = [(one.message, one.record) for one in trial.became if one.record is not None]
    if records:
        rows = [_row(message, record) for message, record in records]
        yield from human.table(_COLUMNS, rows, width=output.width(), colour=output.has_colour())
        yield ""
    refused = [f"{one.message.place}: {one.refused}" for one in trial.became if one.refused is not None]
    tombstones = len(trial.became) - len(records) - len(refused)
    yield f"{_count(len(records), 'record')}, {_count(tombstones, 'tombstone')}, {len(refused)} refused"
    yield from (clean(f"refused: {line}") for line in (*refused, *map(str, bad)))
    for topic, dialect in trial.dialects.items():
        yield clean(f"dialect of {topic}: {dialect}")
    yield from _left_over(trial, len(records))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _row(message: Message, record: Mapping[str, Any]) -> list[str]:
    now = to_datetime(SystemClock().now_ns())
    cells = ["-" if record[name] is None else str(record[name]) for name in _SHOWN]
    return [message.place, *cells, human.moment(to_datetime(record["at_ns"]), now=now)]


def _left_over(trial: Trial, records: int) -> Iterator[str]:
    for count in sorted(set(trial.defaults.values()), reverse=True):
        share = "every record" if count == records else f"{count} of {records} records"
        columns = ", ".join(column for column, its_count in trial.defaults.items() if its_count == count)
        yield f"left at their default in {share}: {columns}"
    for one in trial.unread:
        yield clean(f"read by nothing: {one.place} (in {one.messages} of {records} messages)")
