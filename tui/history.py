"""The queries a person ran, in a private file of their own: bounded, the latest last, one JSON text a line."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

FILE: Final = Path("sagascope") / "sql-history"
MAX_ENTRIES: Final = 200
MAX_CHARACTERS: Final = 16 * 1024
MAX_FILE_BYTES: Final = 4 * 2**20
PRIVATE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


def path_of(environ: Mapping[str, str]) -> Path:
    """Say where the file of this person is: $XDG_STATE_HOME/sagascope/sql-history, by default in ~/.local/state."""
    home = environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The queries, the latest last; `at` is the one that is shown, behind the end for what is being typed."""

    entries: tuple[str, ...] = ()
    at: int = 0
    typed: str = ""

    def ran(self, query: str) -> History:
        """Take in a query that is run; one that was run before moves to the end."""
        text = query.strip()
        if not text or len(text) > MAX_CHARACTERS:
            return replace(self, at=len(self.entries), typed="")
        entries = (*(each for each in self.entries if each != text), text)[-MAX_ENTRIES:]
        return History(entries=entries, at=len(entries))

    def back(self, typed: str) -> tuple[History, str]:
        """Go to the query before; what was being typed is kept for the way back."""
        kept = typed if self.at >= len(self.entries) else self.typed
        at = max(0, self.at - 1)
        return replace(self, at=at, typed=kept), (self.entries[at] if self.entries else typed)

    def onward(self, typed: str) -> tuple[History, str]:
        """Go to the query after, and behind the last to what was being typed."""
        if self.at >= len(self.entries):
            return self, typed
        at = self.at + 1
        return replace(self, at=at), (self.entries[at] if at < len(self.entries) else self.typed)


def read(path: Path) -> History:
    """Read the file; none, or one that is no history, is an empty one."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return History()
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return History()
    entries = [text for line in lines if (text := _entry(line))]
    return History(entries=tuple(entries[-MAX_ENTRIES:]), at=min(len(entries), MAX_ENTRIES))


def _entry(line: str) -> str | None:
    try:
        text = json.loads(line)
    except ValueError:
        return None
    return text if isinstance(text, str) and len(text) <= MAX_CHARACTERS else None


def write(path: Path, entries: Sequence[str]) -> None:
    """Write the file anew, for its owner alone, whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # private from the first byte on
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(entry)}\n" for entry in entries)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
