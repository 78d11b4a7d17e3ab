"""Asks a sidecar over HTTP: what the command line and the terminal read through.

Only the standard library and msgspec, because `sagascope ls` must start at once. Every method raises
`Unreachable` when there is no sidecar, `NotFound` for a transaction or a saga that it does not know (with the
nearest names), `UsageError` for a request that it refuses, `Busy` and `QueryTimeout` as their names say.
"""

from tracer.client.asking import query_parameters
from tracer.client.client import DEFAULT_SQL_TIMEOUT_S, Client
from tracer.client.ports import (
    DEFAULT_EVERY_S,
    DEFAULT_ROWS,
    AlertDesk,
    AlertReader,
    Console,
    Exporter,
    FileFormat,
    Importer,
    Reader,
    Rejections,
    Replayer,
    SqlFormat,
)
from tracer.client.wire import DEFAULT_URL

__all__ = [
    "DEFAULT_EVERY_S",
    "DEFAULT_ROWS",
    "DEFAULT_SQL_TIMEOUT_S",
    "DEFAULT_URL",
    "AlertDesk",
    "AlertReader",
    "Client",
    "Console",
    "Exporter",
    "FileFormat",
    "Importer",
    "Reader",
    "Rejections",
    "Replayer",
    "SqlFormat",
    "query_parameters",
]
