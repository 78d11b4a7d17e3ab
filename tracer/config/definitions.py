"""Saga definitions: `sagas/*.toml` become checked values.

Whatever is wrong is a `ConfigError` that names file and line, the key and the fix; what is only doubtful is a warning.
"""

from __future__ import annotations

import glob
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracer.config.definition_rules import alike, first_wrong
from tracer.config.definition_tables import FileTable, declared
from tracer.config.quantity import size_text
from tracer.config.shape import error, shape
from tracer.config.sources import Source, parse
from tracer.errors import ConfigError
from tracer.model.sagas import DeclaredSaga

MAX_SAGAS: Final = 256
MAX_DEFINITION_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """The sagas of all files, and what a person should be told about them."""

    sagas: tuple[DeclaredSaga, ...] = ()
    warnings: tuple[str, ...] = ()


def load_definitions(files: Sequence[str], *, base: Path) -> tuple[DeclaredSaga, ...]:
    """Read what `read_definitions` reads, without its warnings. Raises ConfigError."""
    return read_definitions(files, base=base).sagas


def read_definitions(files: Sequence[str], *, base: Path, asked: str = "[sagas] files") -> Definitions:
    """Read the files that the patterns name, in the order of their names, a relative pattern from `base`.

    `asked` says where the patterns come from. Raises ConfigError for a file that is not there or cannot be read, for
    whatever `parse_definitions` refuses, for a saga that two files define and for more than MAX_SAGAS of them.
    """
    paths, warnings = _named(files, base, asked)
    sagas: dict[str, DeclaredSaga] = {}
    for path in paths:
        found = parse_definitions(_text(path), name=str(path))
        if not found:
            warnings.append(f"{path}: defines no saga; a saga begins with [saga.NAME]")
        for saga in found:
            _refuse_second(saga, sagas.setdefault(saga.name, saga))
            _refuse_more(len(sagas), saga.where)
    return Definitions(sagas=tuple(sagas.values()), warnings=(*warnings, *alike(tuple(sagas.values()))))


def parse_definitions(text: str, *, name: str) -> tuple[DeclaredSaga, ...]:
    """Read one text, in the order of its sagas; `name` is its file in errors. Raises ConfigError."""
    _refuse_large(len(text), name)
    source = parse(text, file=Path(name))
    tables = shape(source.tables, FileTable, source=source, path=()).saga
    _refuse_more(len(tables), name)
    return tuple(_checked(declared(saga, table, source), source) for saga, table in tables.items())


def fingerprint(files: Sequence[str], base: Path) -> Hashable:
    """Give what changes when a definition file comes, goes or is written: names, sizes and times; reads no file."""
    paths = sorted({path for pattern in files for path in _matches(pattern, base)})
    return tuple(mark for path in paths for mark in _mark(path))


def _mark(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        known = path.stat()
    except OSError:
        return  # it went in between: so it counts as not there
    yield str(path), known.st_size, known.st_mtime_ns


def _named(files: Sequence[str], base: Path, asked: str) -> tuple[list[Path], list[str]]:
    """Find the files, each once, and what to warn of."""
    paths: dict[Path, Path] = {}
    warnings = []
    for pattern in files:
        found = _matches(pattern, base)
        if not found and not glob.has_magic(pattern):
            raise ConfigError(
                f'{asked}: "{pattern}": no such file in {base}; a folder is named with "{pattern}/*.toml"'
            )
        if not found:
            warnings.append(f'{asked}: "{pattern}" matches no file in {base}, so it defines no saga')
        paths.update({path.resolve(): path for path in found})
    return sorted(paths.values()), warnings


def _matches(pattern: str, base: Path) -> list[Path]:
    """Give the files that a pattern names; one that is there by that very name counts as it stands."""
    whole = base / Path(pattern).expanduser()
    if whole.is_file():
        return [whole]
    expanded = str(Path(pattern).expanduser())
    names = glob.glob(expanded, root_dir=base, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern
    return [path for path in (base / name for name in names) if path.is_file()]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_DEFINITION_BYTES + 1)
        _refuse_large(len(content), str(path))
        return content.decode()
    except UnicodeDecodeError as odd:
        line = odd.object[: odd.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8: save the file as UTF-8") from odd
    except OSError as failed:
        raise ConfigError(f"{path}: cannot be read: {failed.strerror}; check who may read it") from failed


def _refuse_large(size: int, name: str) -> None:
    if size > MAX_DEFINITION_BYTES:
        raise ConfigError(f"{name}:1: larger than {size_text(MAX_DEFINITION_BYTES)}: part it into several files")


def _refuse_second(saga: DeclaredSaga, known: DeclaredSaga) -> None:
    if known is not saga:
        problem = f"is defined at {known.where} already: rename one of them or take it out"
        raise ConfigError(f"{saga.where}: [saga.{saga.name}]: {problem}")


def _refuse_more(sagas: int, where: str) -> None:
    if sagas > MAX_SAGAS:
        raise ConfigError(f"{where}: more than {MAX_SAGAS} sagas: define the ones that matter, the others are learned")


def _checked(saga: DeclaredSaga, source: Source) -> DeclaredSaga:
    if wrong := first_wrong(saga):
        at, problem = wrong
        raise error(source, ("saga", saga.name, *at), problem)
    return saga
