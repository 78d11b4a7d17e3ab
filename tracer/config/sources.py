"""Where the configuration comes from: the file that is found, the environment over it, options over both.

Every value remembers its origin, so that an error can name the line, the variable or the option.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tracer.config.toml_lines import key_lines
from tracer.errors import ConfigError

ENVIRONMENT_PREFIX: Final = "SAGASCOPE_"
MAX_FILE_BYTES: Final = 4 * 2**20

_AT_LINE: Final = re.compile(r"at line (\d+)")

KeyPath = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Source:
    """The merged tables, not yet checked, and where each key came from."""

    tables: dict[str, Any] = field(default_factory=dict)
    file: Path | None = None
    folder: Path
    origins: dict[KeyPath, str] = field(default_factory=dict)
    texts: set[KeyPath] = field(default_factory=set)

    def where(self, path: KeyPath) -> str:
        """Name the line, variable or option that set a key, or what is nearest to it."""
        for length in range(len(path), 0, -1):
            if origin := self.origins.get(path[:length]):
                return origin
        below = (origin for key, origin in self.origins.items() if key[: len(path)] == path)
        return next(below, str(self.file) if self.file else "configuration")

    def is_text(self, path: KeyPath) -> bool:
        """Tell whether a key came as text, from the environment or an option, and not from the file."""
        return path in self.texts

    def set(self, path: KeyPath, value: str, origin: str) -> None:
        """Lay one value over what is there; a number in the path is a place in a list of tables."""
        here: Any = self.tables
        for done, part in enumerate(path[:-1], start=1):
            here = _descend(here, part, path[done], self._refusal(path[:done], origin))
        if isinstance(here, list):
            raise self._refusal(path[:-1], origin)
        here[path[-1]] = value
        self.origins[path] = origin
        self.texts.add(path)

    def _refusal(self, path: KeyPath, origin: str) -> ConfigError:
        return ConfigError(f"{origin}: {'.'.join(path)} is not a table that has keys; check the variable's name")


def read(config: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Source:
    """Find and read the file, then lay the environment over it.

    The file is `config`, else `sagascope.toml` in `cwd`, else the user's; none at all is fine. Raises
    ConfigError when the file cannot be read or is not TOML.
    """
    path = config or _first_existing(_candidates(environ, cwd))
    source = _read_file(path) if path else Source(folder=cwd)
    for variable in sorted(environ):
        if variable.startswith(ENVIRONMENT_PREFIX) and "__" in variable:
            source.set(_environment_path(variable, source.tables), environ[variable], f"${variable}")
    return source


def parse(text: str, *, file: Path) -> Source:
    """Read TOML and remember where each key stands; `file` is not opened. Raises ConfigError with the line."""
    try:
        tables = tomllib.loads(text)
        lines = key_lines(text)
    except RecursionError as deep:
        raise ConfigError(f"{file}: not valid TOML: lists or tables are nested too deep") from deep
    except ValueError as malformed:  # tomllib's own, and Python's for a number of too many digits
        line = _AT_LINE.search(str(malformed))
        number = int(line[1]) if line else max(1, len(text.splitlines()))
        raise ConfigError(f"{file}:{number}: not valid TOML: {malformed}") from malformed
    origins = {key: f"{file}:{line}" for key, line in lines.items()}
    return Source(tables=tables, file=file, folder=file.resolve().parent, origins=origins)


def _candidates(environ: Mapping[str, str], cwd: Path) -> Iterator[Path]:
    yield cwd / "sagascope.toml"
    home = environ.get("XDG_CONFIG_HOME")
    yield (Path(home) if home else Path.home() / ".config") / "sagascope" / "sagascope.toml"


def _first_existing(paths: Iterator[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _read_file(path: Path) -> Source:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; that is not a configuration file")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise ConfigError(f"{path}: no such file; give the right one with --config FILE") from missing
    except (OSError, UnicodeDecodeError) as failed:
        raise ConfigError(f"{path}: cannot be read: {failed}") from failed
    return parse(text, file=path)


def _environment_path(variable: str, tables: Mapping[str, Any]) -> KeyPath:
    """Turn SAGASCOPE_STORE__PATH into ("store", "path"); a table whose name has dashes matches underscores."""
    path: list[str] = []
    here: Any = tables
    for part in variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"):
        known = here if isinstance(here, dict) else {}
        name = next((key for key in known if key.lower().replace("-", "_").replace(".", "_") == part), part)
        path.append(name)
        here = known.get(name)
    return tuple(path)


def _descend(here: Any, part: str, following: str, refusal: ConfigError) -> Any:
    if isinstance(here, list):
        if not part.isdigit() or int(part) > len(here):
            raise refusal
        if int(part) == len(here):
            here.append({})
        below = here[int(part)]
    else:
        below = here.setdefault(part, [] if following.isdigit() else {})
    if not isinstance(below, dict | list):
        raise refusal
    return below
