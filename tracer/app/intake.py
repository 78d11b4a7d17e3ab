"""Takes in the records that a person sends, past the collectors; beside a sidecar or into a file that none holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from tracer.app.direct import configuration_source
from tracer.app.offline import settle
from tracer.app.opening import open_store
from tracer.app.plan import definitions_of
from tracer.clock import Clock, SystemClock
from tracer.config.decode import decode
from tracer.exchange.files import batch_of_lines
from tracer.ingest.ports import Appender
from tracer.model.exports import Imported
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions


class StoreIntake:
    """Commits records in the caller's thread; implements `tracer.api.ports.Intake`."""

    def __init__(self, appender: Appender, clock: Clock) -> None:
        self._appender = appender
        self._clock = clock

    def now_ns(self) -> int:
        """Say what time it is."""
        return self._clock.now_ns()

    def append(self, table: pa.Table) -> tuple[int, int]:
        """Commit what is new; (stored, duplicates)."""
        return self._appender.append(table, (), ())


class FileWriter:
    """Imports into an open store; implements `tracer.client.Importer`."""

    def __init__(self, intake: StoreIntake) -> None:
        self._intake = intake

    def import_records(self, lines: bytes) -> Imported:
        """Commit the records of some lines."""
        batch = batch_of_lines(lines, received_ns=self._intake.now_ns())
        stored, duplicates = self._intake.append(pa.Table.from_batches([batch]))
        return Imported(stored=stored, duplicates=duplicates)


@contextmanager
def open_store_to_import(path: Path, config: Path | None = None) -> Iterator[FileWriter]:
    """Open a store file for writing, making it where it is missing; at the end, what was imported is told like live.

    It is folded, judged and learned from with the limits and definitions of the configuration file, or of the one
    that applies here; where none names definitions, those stay that the file has. Raises StoreLocked when a sidecar
    holds it, ConfigError for a configuration or a definition that is none.
    """
    source = configuration_source(config)
    settings = decode(source).settings
    sagas = definitions_of(settings, source).sagas if settings.sagas.files else None
    clock = SystemClock()
    store = open_store(path, clock=clock, options=StoreOptions(stuck_after_s=settings.stalls.default_threshold_s))
    try:
        yield FileWriter(StoreIntake(Keeper(store=store, clock=clock), clock))
        settle(store, settings.stalls, sagas, clock)
    finally:
        store.close()
