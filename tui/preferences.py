"""What a person prefers: `tui.toml` in the folder of their settings. A mistake in it is one error that says the fix.

Read here is what the file says; what its binding ids and keys mean is known to `tui.keymap`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tracer.errors import ConfigError
from tracer.model.links import is_web
from tui.columns import COLUMNS
from tui.format import shown
from tui.themes import THEMES, Theme

MAX_FILE_BYTES: Final = 64 * 1024
FILE: Final = Path("sagascope") / "tui.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the file at `path` says: None, nothing or false where it says nothing. `columns` are words of the list.

    `trace_url` is the template of the address of a trace.
    """

    path: Path
    theme: Theme | None = None
    ascii: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    trace_url: str | None = None


def path_of(environ: Mapping[str, str]) -> Path:
    """Say where the file of this person is: $XDG_CONFIG_HOME/sagascope/tui.toml, by default in ~/.config."""
    home = environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / FILE


def read(environ: Mapping[str, str]) -> Preferences:
    """Read the file; none at all is fine. Raises ConfigError where it cannot be read or says what is not known."""
    path = path_of(environ)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; that is no file of preferences")
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Preferences(path=path)
    except (OSError, UnicodeDecodeError) as failed:
        raise ConfigError(f"{path}: cannot be read: {failed}") from failed
    return parse(text, path)


def parse(text: str, path: Path) -> Preferences:
    """Read preferences from TOML; `path` is not opened. Raises ConfigError with the line or the key, and the fix."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as malformed:
        raise ConfigError(f"{path}: not valid TOML: {malformed or 'nested too deep'}") from malformed
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if key not in _READERS:
            raise ConfigError(f"{path}: unknown key {_quoted(key)}; known are {', '.join(_READERS)}")
        try:
            found[key] = _READERS[key](value)
        except ValueError as refused:
            raise ConfigError(f"{path}: {refused}") from refused
    return Preferences(path=path, **found)


def _quoted(value: object) -> str:
    return f'"{shown(str(value))}"'


def _theme(value: object) -> Theme:
    if not isinstance(value, str) or value not in THEMES:
        raise ValueError(f"theme: there is no theme {_quoted(value)}; write one of {', '.join(THEMES)}")
    return THEMES[value]


def _ascii(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"ascii: {_quoted(value)} is neither true nor false")  # noqa: TRY004 - all refusals are one kind
    return value


def _keys(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ValueError('keys: not a table; write [keys] and below it lines like list.flow = "F"')  # noqa: TRY004 - likewise
    return dict(_flat("", value))


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Read `list.flow = "F"` like `"list.flow" = "F"`: to TOML the dot makes a table."""
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found += _flat(f"{name}.", value)
        else:
            found.append((name, _text(name, value)))
    return found


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f'keys: {shown(name)}: {_quoted(value)} is no text; write the keys like "F Ctrl-F"')  # noqa: TRY004 - likewise
    return value


def _columns(value: object) -> tuple[str, ...]:
    words = tuple(column.word for column in COLUMNS)
    listed = value.get("list") if isinstance(value, dict) and set(value) == {"list"} else None
    if not isinstance(listed, list) or not listed:
        raise ValueError(f"columns: write [columns] and below it list = [...], with some of {', '.join(words)}")
    for at, word in enumerate(listed):
        if word not in words:
            raise ValueError(f"columns: list: there is no column {_quoted(word)}; known are {', '.join(words)}")
        if word in listed[:at]:
            raise ValueError(f"columns: list: {_quoted(word)} is named twice; leave one of them out")
    return tuple(listed)


def _trace_url(value: object) -> str:
    if not isinstance(value, str) or not is_web(value.replace("{trace_id}", "0")) or "{trace_id}" not in value:
        raise ValueError(f'trace_url: {_quoted(value)}; write an address like "https://traces.example/{{trace_id}}"')
    return value


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "theme": _theme,
    "ascii": _ascii,
    "keys": _keys,
    "columns": _columns,
    "trace_url": _trace_url,
}
KEYS: Final = tuple(_READERS)
"""What the file may say, by its keys."""
