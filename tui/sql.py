"""SQL in the terminal: what a name may go on as, where an error stands, and a result painted as a grid. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.cells import cell_len

from tracer.views import Table
from tui.columns import MARKER, marker
from tui.format import count, exact, fit, plural, right, shown
from tui.look import Line, Look, Piece

TABLES: Final = ("records", "transactions", "steps")
KEYWORDS: Final = (
    "SELECT", "FROM", "WHERE", "GROUP BY ALL", "ORDER BY", "LIMIT", "JOIN", "USING", "HAVING", "DESCRIBE", "SUMMARIZE",
    "DISTINCT", "INTERVAL", "count(*)", "quantile_cont(",
)  # fmt: skip
MAX_CELL: Final = 40
MAX_SAMPLED: Final = 200
MAX_CANDIDATES: Final = 40
NULL: Final = "null"
_SHORT: Final = 200
_LEAST_KEYWORD: Final = 2
_WORD: Final = re.compile(r"(?:([A-Za-z_][A-Za-z_0-9]*)\.)?([A-Za-z_][A-Za-z_0-9]*)?$")
_NUMERIC: Final = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|DOUBLE|FLOAT|REAL|DECIMAL.*|BIGNUM")
_PLACE: Final = re.compile(r"^(LINE (\d+): )(.*)\n( *)\^", re.MULTILINE)
Schema = Mapping[str, tuple[str, ...]]
"""The columns of each table."""
NO_SCHEMA: Final[Schema] = dict.fromkeys(TABLES, ())


@dataclass(slots=True, kw_only=True)
class SqlState:
    """What the person was at: it stays while other screens are shown. `number` counts the runs."""

    text: str = ""
    asked: str = ""
    table: Table | None = None
    took_s: float = 0.0
    error: str = ""
    number: int = 0
    schema: Schema = field(default_factory=lambda: NO_SCHEMA)


def schema_of(table: Table) -> Schema:
    """Read (table, column) rows as the columns of each table."""
    columns: dict[str, list[str]] = {name: [] for name in TABLES}
    for name, column in (row[:2] for row in table.rows):
        if name in columns:
            columns[name].append(str(column))
    return {name: tuple(those) for name, those in columns.items()}


# --- completion -----------------------------------------------------------------------------------------------


def word_at(before: str) -> str:
    """Give the beginning of a name that stands before the cursor, without the table in front of it."""
    found = _WORD.search(before)
    return (found[2] or "") if found else ""


def is_name(word: str, schema: Schema) -> bool:
    """Say whether a word is the whole name of a table or a column already."""
    return word in schema or any(word in columns for columns in schema.values())


def candidates(before: str, text: str, schema: Schema) -> tuple[str, ...]:
    """Give what the name before the cursor may go on as: columns of the tables that `text` names come first."""
    found = _WORD.search(before)
    word, table = ((found[2] or ""), found[1]) if found else ("", None)
    if table is not None:
        return _like(word, schema.get(_table_of(table, text), ()))
    if not word:
        return ()
    named = [name for name in schema if re.search(rf"\b{name}\b", text, re.IGNORECASE)]
    columns = (column for name in (*named, *schema) for column in schema[name])
    keywords = KEYWORDS if len(word) >= _LEAST_KEYWORD else ()
    return _like(word, (*schema, *columns, *keywords))


def _like(word: str, names: Iterable[str]) -> tuple[str, ...]:
    found = (name for name in names if name.casefold().startswith(word.casefold()) and name != word)
    return tuple(dict.fromkeys(found))[:MAX_CANDIDATES]


def _table_of(name: str, text: str) -> str:
    """Give the table that a name stands for: itself, or what it is an alias of."""
    if name.lower() in TABLES:
        return name.lower()
    found = re.search(rf"\b({'|'.join(TABLES)})\s+(?:AS\s+)?{re.escape(name)}\b", text, re.IGNORECASE)
    return found[1].lower() if found else ""


# --- errors ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the query an error stands, both from 0."""

    row: int
    column: int


def sentence(error: str) -> str:
    """Give what an error says, without the engine's drawing of the query."""
    return " ".join(error.partition("\nLINE ")[0].split())


def place_of(error: str, query: str) -> Place | None:
    """Say where in the query an error stands, as far as the engine says it.

    What does not run was one line further down for the engine: the console puts the query in a query.
    """
    found = _PLACE.search(error)
    if found is None:
        return None
    lines = query.split("\n")
    row = int(found[2]) - (2 if error.startswith("the query does not run") else 1)
    if not 0 <= row < len(lines):
        return None
    column, drawn = len(found[4]) - len(found[1]), found[3]
    if drawn.startswith("..."):
        column += lines[row].find(drawn.removeprefix("...").removesuffix("...")) - len("...")
    return Place(row=row, column=max(0, min(column, len(lines[row]))))


# --- the grid -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A result with the width of each column and on which side its values stand."""

    table: Table
    widths: tuple[int, ...]
    rights: tuple[bool, ...]

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.widths)

    def first_seen(self, chosen: int, first: int, width: int) -> int:
        """Say which column stands at the left, so that the chosen one is in sight and as little moves as can be."""
        first = min(first, chosen)
        while first < chosen and MARKER + sum(self.widths[first : chosen + 1]) + 2 * (chosen - first) > width:
            first += 1
        return first

    def last_seen(self, first: int, width: int) -> int:
        """Say which column is the last one in sight, in part at least."""
        left = MARKER
        for number in range(first, self.columns):
            left += self.widths[number] + 2
            if left >= width:
                return number
        return self.columns - 1


def grid(table: Table) -> Grid:
    """Lay a result out: a column is as wide as its first values, up to MAX_CELL."""
    sampled = table.rows[:MAX_SAMPLED]
    widths = tuple(
        min(MAX_CELL, max([cell_len(shown(name)[:_SHORT]), *(cell_len(text_of(row[at])[:_SHORT]) for row in sampled)]))
        for at, name in enumerate(table.columns)
    )
    return Grid(table=table, widths=widths, rights=tuple(bool(_NUMERIC.fullmatch(each)) for each in table.types))


def text_of(value: Any) -> str:
    """Write one value on one line, safe to print; what is structured as JSON."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return shown(value) if value else ""
    return shown(json.dumps(value, ensure_ascii=False))


def head(of: Grid, first: int, chosen: int, look: Look) -> Line:
    """Paint the names of the columns, from the first that is in sight; the chosen one stands out."""
    pieces: list[Piece] = [(" " * MARKER, "heading")]
    for number in range(first, of.columns):
        role = "sorted" if number == chosen else "heading"
        pieces += [_cell(shown(of.table.columns[number]), role, of, number), ("  ", "text")]
    return tuple((look.printable(text), role) for text, role in pieces[:-1])


def painted(of: Grid, index: int, first: int, chosen: int | None, look: Look) -> Line:
    """Paint a row; `chosen` is the column of the cursor where it is on this row."""
    pieces: list[Piece] = [marker(look, selected=chosen is not None)]
    for number in range(first, of.columns):
        value = of.table.rows[index][number]
        role = "key" if number == chosen else "faint" if value is None else "text"
        pieces += [_cell(text_of(value)[:_SHORT], role, of, number), ("  ", "text")]
    return tuple(pieces[:-1])


def _cell(text: str, role: str, of: Grid, number: int) -> Piece:
    width = of.widths[number]
    if not text:
        return (" " * width, role)
    return (right(text, width) if of.rights[number] and cell_len(text) <= width else fit(text, width), role)


def told_cell(of: Grid, row: int, column: int) -> Line:
    """Tell the cell under the cursor: its column, its type, and the whole value."""
    value = of.table.rows[row][column]
    return (
        (f" {shown(of.table.columns[column])}", "heading"), (f" {shown(of.table.types[column])}  ", "faint"),
        (text_of(value), "faint" if value is None else "strong"),
    )  # fmt: skip


def told_result(table: Table, took_s: float, export_key: str) -> Line:
    """Say how many rows came, how long they took, and whether there are more."""
    took = f" in {exact(took_s)}"
    if not table.truncated:
        return ((f" {plural(len(table.rows), 'row')}", "strong"), (took, "dim"))
    more = f"  only the first {count(len(table.rows))}: there are more; {export_key} exports them"
    return ((f" {plural(len(table.rows), 'row')}", "strong"), (took, "dim"), (more, "warn"))


def transaction_of(of: Grid, row: int, column: int) -> str | None:
    """Give the transaction id in the cell, else the one in its row; None where there is none."""
    names, values = of.table.columns, of.table.rows[row]
    those: Sequence[int] = [column, *(at for at, name in enumerate(names) if name == "transaction_id")]
    ids = (values[at] for at in those if names[at].startswith("transaction_id") or at != column)
    return next((each for each in ids if isinstance(each, str) and each), None)
