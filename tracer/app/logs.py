"""The log: one line an event on stderr, a time, a level, where, what happened, and its fields."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

from tracer.model.text import clean

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FIELD_LIMIT: Final = 500
_TRACE_LINE_LIMIT: Final = 4000


class EventFormatter(logging.Formatter):
    """Writes `2026-11-23T02:00:00.123Z warning sagascope.jobs job failed job=fold error="..."`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event on one line; a traceback, where there is one, on the lines after it."""
        at = datetime.fromtimestamp(record.created, UTC)
        stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
        fields = "".join(f" {name}={_quoted(value)}" for name, value in vars(record).items() if name not in _STANDARD)
        line = f"{stamp} {record.levelname.lower()} {record.name} {clean(record.getMessage())}{fields}"
        if not record.exc_info:
            return line
        trace = self.formatException(record.exc_info).split("\n")
        return "\n".join([line, *(clean(one, _TRACE_LINE_LIMIT) for one in trace)])


def start_logging(level: int = logging.INFO) -> None:
    """Send our own events and other libraries' warnings to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("sagascope").setLevel(level)
    # It logs a traceback for every line of bytes that is not HTTP; whoever sent that has its 400.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


def _quoted(value: object) -> str:
    text = clean(str(value), _FIELD_LIMIT)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if set(text) & set(' "=') or not text else text
