"""Secrets: read from a file or given by the environment, never kept in the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tracer.errors import ConfigError

MAX_SECRET_BYTES: Final = 64 * 1024


def read_secret(file: str | None, value: str | None, *, what: str) -> str | None:
    """Give the secret: the value when there is one, else the file's content without its line end.

    None when neither is set. Raises ConfigError for a file that cannot be read or is empty.
    """
    if value is not None or file is None:
        return value
    try:
        with Path(file).open(encoding="utf-8") as stream:
            text = stream.read(MAX_SECRET_BYTES).strip()
    except (OSError, UnicodeDecodeError) as failed:
        raise ConfigError(f"{what}: {file} cannot be read: {failed}") from failed
    if not text:
        raise ConfigError(f"{what}: {file} is empty; write the secret into it")
    return text


def parse_headers(text: str | None, *, what: str) -> dict[str, str]:
    """Read `name: value` or `name=value`, one a line or separated by commas; names come out in lower case."""
    headers = {}
    for part in (text or "").replace(",", "\n").splitlines():
        line = part.strip()
        if not line or line.startswith("#"):
            continue
        cut = min((at for at in (line.find(":"), line.find("=")) if at > 0), default=-1)
        if cut < 0:
            raise ConfigError(f'{what}: "{line[:20]}..." is not a header; write "name: value", one a line')
        headers[line[:cut].strip().lower()] = line[cut + 1 :].strip()
    return headers
