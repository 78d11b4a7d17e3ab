"""`sagascope import FILE...`: records that `export` wrote, and dumps of topics, into a sidecar or a store file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tracer.cli import exits, output
from tracer.cli.decoding import chosen_decoder
from tracer.cli.reading import Where, open_importer, where_options
from tracer.clock import SystemClock
from tracer.errors import UsageError

if TYPE_CHECKING:
    from tracer.client import Importer
    from tracer.exchange.files import BadLine
    from tracer.ports import MessageDecoder

SHOWN: Final = 20  # of what was refused; the rest is counted
_where = partial(
    where_options, data_help="Write into this store file, when no sidecar holds it; made where it is missing."
)


@click.command("import", short_help="Take records from files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "format_", type=click.Choice(["auto", "ndjson", "parquet"]), default="auto", show_default=True,
    help="What the files are.",
)  # fmt: skip
@click.option("--topic", help="The files are dumps of topics; this one is of messages that do not say theirs.")
@click.option("--collector", help="The files are dumps of topics, to be decoded as this configured collector does.")
@click.option(
    "--config", type=click.Path(path_type=Path), envvar="SAGASCOPE_CONFIG", help="The TOML file, for dumps and --data."
)
@click.option("--keep-going", is_flag=True, help="Leave out lines that cannot be used, and say so at the end.")
@_where
def import_(
    files: tuple[Path, ...],
    format_: str,
    topic: str | None,
    collector: str | None,
    config: Path | None,
    *,
    keep_going: bool,
    **where: Any,
) -> None:
    """Take records from files that `sagascope export` wrote, or with --topic or --collector from dumps of topics.

    Records that are there already count once, so that a file may be imported again.
    """
    is_dump = topic is not None or collector is not None
    decoder = chosen_decoder(config, collector) if is_dump else None
    place = Where(**where)
    with open_importer(place, config) as importer:
        done = Tally(importer, keep_going=keep_going, is_file=place.data is not None)
        for file in files:
            if decoder is None:
                _take_records(done, file, format_)
            else:
                _take_messages(done, file, format_, topic, decoder)
    done.tell()


def _take_records(done: Tally, file: Path, format_: str) -> None:
    from tracer.exchange.pieces import records_of  # noqa: PLC0415  Arrow is slow to import

    done.take(records_of(file, format_))


def _take_messages(done: Tally, file: Path, format_: str, topic: str | None, decoder: MessageDecoder) -> None:
    from tracer.exchange.decoding import Refusals, pieces_of  # noqa: PLC0415  Arrow is slow to import
    from tracer.exchange.messages import messages_of  # noqa: PLC0415  likewise
    from tracer.exchange.pieces import format_of  # noqa: PLC0415  likewise

    refusals = Refusals()
    messages = messages_of(file, format_of(file, format_), topic=topic)
    for piece in pieces_of(messages, decoder, refusals, received_ns=SystemClock().now_ns()):
        done.take([piece])
        done.refused(refusals.take())
    done.refused(refusals.take())


class Tally:
    """Sends pieces of lines, and counts what became of them."""

    def __init__(self, importer: Importer, *, keep_going: bool, is_file: bool) -> None:
        self._importer = importer
        self._is_file = is_file
        self._keep_going = keep_going
        self._stored = self._known = self._refused = 0
        self._shown: list[str] = []

    def take(self, pieces: Iterable[bytes | BadLine]) -> None:
        """Send each piece. Raises UsageError for the first line that cannot be used, unless told to keep going."""
        for piece in pieces:
            if not isinstance(piece, bytes):
                self._refuse(piece)
                continue
            became = self._importer.import_records(piece)
            self._stored += became.stored
            self._known += became.duplicates
            exits.progress(f"{self._stored + self._known:,} records")

    def _refuse(self, bad: BadLine) -> None:
        if not self._keep_going:
            exits.progress("")
            before = f"imported before it: {_records(self._stored + self._known)}"
            raise UsageError(f"{bad} ({before}{self._unfiled()}): mend it, or leave it out with --keep-going")
        self.refused([str(bad)])

    def _unfiled(self) -> str:
        """Say what is left to do with what a store file took in; a sidecar files it by itself."""
        if not self._is_file or not self._stored + self._known:
            return ""
        return ", not filed by transaction until a sidecar runs on the store or the import is completed"

    def refused(self, reasons: Iterable[str]) -> None:
        """Count what was refused, and keep some of the reasons."""
        for reason in reasons:
            self._refused += 1
            if len(self._shown) < SHOWN:
                self._shown.append(reason)

    def tell(self) -> None:
        """Say what became of everything."""
        exits.progress("")
        for line in self._lines():
            exits.note(line)
        known = f"{self._known:,} {'was' if self._known == 1 else 'were'} there already"
        output.write_lines([f"imported {_records(self._stored)}, {known}, {self._refused:,} refused"])

    def _lines(self) -> Iterator[str]:
        yield from (f"refused: {reason}" for reason in self._shown)
        if self._refused > len(self._shown):
            yield f"refused: {self._refused - len(self._shown):,} more"


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"
