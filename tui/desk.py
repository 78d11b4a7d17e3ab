"""Runs a person's SQL beside the poller, so that a slow query holds no screen up; what was given up is thrown away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from tracer.clock import Clock
from tracer.errors import SagascopeError, UsageError
from tui.source import Failure, Reader, StoreFile, opened, trouble_of
from tui.wants import Answer, Exported, ExportWant, Snapshot, SqlAnswer, SqlWant

MAX_ROWS: Final = 1_000
MAX_EXPORTED: Final = 100_000
TIMEOUT_S: Final = 30.0
MAX_RUNNING: Final = 3
FORMATS: Final[dict[str, Literal["csv", "json", "parquet"]]] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
Asked = SqlWant | ExportWant


class Desk:
    """Runs one query at a time for the screen; every method may be called from any thread.

    The API cannot stop a query that runs: one that is given up goes on at the sidecar until its time limit at most,
    and its answer is thrown away. No more than MAX_RUNNING run at once.
    """

    def __init__(self, source: Reader | StoreFile, deliver: Callable[[Snapshot | Failure], None], clock: Clock) -> None:
        self._source = source
        self._deliver = deliver
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Asked | None = None
        self._running = 0

    def run(self, want: Asked) -> bool:
        """Begin with a query; False where too many that were given up have not ended yet."""
        with self._lock:
            if self._running >= MAX_RUNNING:
                return False
            self._current = want
            self._running += 1
        threading.Thread(target=self._work, args=(want,), name="sql", daemon=True).start()
        return True

    def give_up(self) -> None:
        """Wait no longer for the answer."""
        with self._lock:
            self._current = None

    def _work(self, want: Asked) -> None:
        try:
            found: Snapshot | Failure = self._snapshot(want)
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must end with it and not wait for ever
            found = Failure(error=error)
        with self._lock:
            self._running -= 1
            is_wanted = self._current == want
            self._current = None if is_wanted else self._current
        if is_wanted:
            self._deliver(found)

    def _snapshot(self, want: Asked) -> Snapshot:
        empty = Snapshot(want=want, taken_ns=self._clock.now_ns())
        try:
            with opened(self._source) as reader:
                answer: Answer = _rows(reader, want) if isinstance(want, SqlWant) else _exported(reader, want)
        except SagascopeError as error:
            return replace(empty, trouble=trouble_of(error))
        return replace(empty, taken_ns=self._clock.now_ns(), answer=answer)


def _rows(reader: Reader, want: SqlWant) -> SqlAnswer:
    began_s = time.monotonic()
    table = reader.sql(want.text, limit=want.limit, timeout_s=TIMEOUT_S)
    return SqlAnswer(table=table, took_s=time.monotonic() - began_s)


def _exported(reader: Reader, want: ExportWant) -> Exported:
    format_ = FORMATS[want.file.suffix.lower()]
    content = reader.sql_bytes(want.text, format_, limit=want.limit, timeout_s=TIMEOUT_S)
    return Exported(size=_write(want.file, content))


def _write(file: Path, content: bytes) -> int:
    """Write a new file; one that is there is left alone."""
    try:
        with file.open("xb") as out:
            return out.write(content)
    except FileExistsError as there:
        raise UsageError(f"{file} is there already: type another name") from there
    except OSError as failed:
        raise UsageError(f"{file} cannot be written: {failed.strerror}") from failed
