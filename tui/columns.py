"""The columns of the list: which ones fit a width, and one transaction painted in them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from tracer.model.words import OPEN_STATUSES
from tracer.views import Summary
from tui.format import count, exact, fit, right, shown, ticking
from tui.look import Line, Look, Piece, role_of

MARKER: Final = 2
POINTER: Final = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
SHORT_S: Final = 10.0
_CALM: Final = frozenset({"completed", "compensated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `least` and `most` bound its width in cells; it appears from `from_width` cells on."""

    key: str
    title: str
    letter: str = ""
    descending_first: bool = False
    least: int
    most: int
    from_width: int = 0
    to_the_right: bool = False

    @property
    def word(self) -> str:
        """What a person calls it, in preferences and in the ids of bindings."""
        return self.title.lower().replace(" ", "-")


COLUMNS: Final = (
    Column(key="status", title="STATUS", letter="S", least=14, most=14),
    Column(key="transaction_id", title="TRANSACTION", letter="T", least=10, most=40),
    Column(key="saga", title="SAGA", letter="N", least=6, most=30),
    Column(key="step", title="STEP", letter="P", least=8, most=32),
    Column(key="owner", title="OWNER", letter="O", least=6, most=24),
    Column(key="in_step", title="IN STEP", letter="I", descending_first=True, least=8, most=8, to_the_right=True),
    Column(key="age", title="AGE", letter="A", descending_first=True, least=6, most=6, to_the_right=True),
    Column(key="stall", title="STALL", least=18, most=18, from_width=100),
    Column(
        key="last_activity", title="LAST SEEN", letter="L", descending_first=True,
        least=10, most=10, from_width=140, to_the_right=True,
    ),
    Column(key="error", title="ERROR", least=12, most=200, from_width=150),
)  # fmt: skip
SORTABLE: Final = tuple(column for column in COLUMNS if column.letter)
_FLEXIBLE: Final = ("transaction_id", "saga", "step", "owner")
_LEAST: Final[Mapping[str, int]] = {column.key: column.least for column in COLUMNS}
# The id is what a person looks for and the owner whom they call: saga and step give way before these are cut.
_KEEP: Final[Mapping[str, int]] = {**_LEAST, "transaction_id": 21, "owner": 12}
Widths = tuple[int, ...]
NO_WIDTHS: Final[Widths] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns that are shown, each with its width, and the cells between two."""

    columns: tuple[tuple[Column, int], ...]
    gap: int


def grown(widths: Widths, rows: Iterable[Summary]) -> Widths:
    """Widen the columns to what these rows hold; they never shrink, so that the list does not jitter."""
    listed = list(rows)
    natural = ([_natural(row, key) for row in listed] for key in _FLEXIBLE)
    return tuple(max([known, *each]) for known, each in zip(widths, natural, strict=True))


def _natural(row: Summary, key: str) -> int:
    extra = 1 if key == "step" and row.basis == "inferred" else 0
    return cell_len(shown(getattr(row, key))[:64]) + extra


@lru_cache(maxsize=64)
def lay_out(width: int, natural: Widths, columns: tuple[Column, ...] = COLUMNS) -> Layout:
    """Share `width` cells among the columns.

    What every terminal shows comes first: room between columns, and columns of wide terminals, are given
    only where they cost no letter of the others; where even that does not fit, the widest give way.
    """
    roomy = tuple(column for column in columns if width >= column.from_width)
    needed = tuple(column for column in columns if not column.from_width) or roomy
    for shared, gap in ((roomy, 2), (roomy, 1), (needed, 2), (needed, 1)):
        widths = _wanted(shared, natural)
        spare = width - MARKER - gap * (len(shared) - 1) - sum(widths.values())
        if spare >= 0:
            break
    for least in (_KEEP, _LEAST):
        spare += _give_way(widths, least, -spare)
    if "error" in widths:
        widths["error"] += max(0, spare)
    return Layout(columns=tuple((column, widths[column.key]) for column in shared), gap=gap)


def _give_way(widths: dict[str, int], least: Mapping[str, int], cells: int) -> int:
    """Take up to so many cells from the columns that stand furthest above their least; give how many it took."""
    taken = 0
    flexible = [key for key in _FLEXIBLE if key in widths]
    while taken < cells and any(widths[key] > least[key] for key in flexible):
        widths[max(flexible, key=lambda key: widths[key] - least[key])] -= 1
        taken += 1
    return taken


def _wanted(columns: Iterable[Column], natural: Widths) -> dict[str, int]:
    wanted = dict(zip(_FLEXIBLE, natural, strict=True))
    return {column.key: _bounded(column, wanted.get(column.key, 0)) for column in columns}


def _bounded(column: Column, wanted: int) -> int:
    return max(column.least, min(wanted, column.most), len(column.title) + 1 if column.letter else 0)


def columns_of(words: Iterable[str], letters: Mapping[str, str]) -> tuple[Column, ...]:
    """Give the columns of these words, or all; `letters` are the keys that sort by them, where a person changed some.

    What was asked for needs no wide terminal: it is there unless it would cost letters of the others.
    """
    by_word = {column.word: column for column in COLUMNS}
    chosen = [replace(by_word[word], from_width=min(by_word[word].from_width, 1)) for word in words]
    return tuple(replace(each, letter=letters.get(each.word, each.letter)) for each in chosen or COLUMNS)


def header(layout: Layout, sort: str, look: Look) -> Line:
    """Paint the titles; the sorted one says its direction, the others show the letter that sorts by them."""
    pieces: list[Piece] = [(" " * MARKER, "heading")]
    for number, (column, width) in enumerate(layout.columns):
        if number:
            pieces.append((" " * layout.gap, "heading"))
        pieces.extend(_title(column, width, sort, look))
    return tuple(pieces)


def hidden_order(layout: Layout, sort: str, look: Look) -> str:
    """Name what the list is sorted by where this width has no such column; nothing where it has."""
    key = sort.lstrip("-")
    column = next((each for each in COLUMNS if each.key == key), None)
    if column is None or any(shown_one.key == key for shown_one, _ in layout.columns):
        return ""
    return f"{column.title.lower()}{_arrow(sort, look)}"


def _arrow(sort: str, look: Look) -> str:
    return look.pick("↓", "v") if sort.startswith("-") else look.pick("↑", "^")


def _title(column: Column, width: int, sort: str, look: Look) -> list[Piece]:
    if sort.lstrip("-") == column.key:
        return [_aligned(column.title + _arrow(sort, look), "sorted", column, width)]
    text, role = _aligned(column.title, "heading", column, width)
    at = text.find(column.letter) if column.letter else -1
    if at < 0:
        return [(text, role)]
    parts = ((text[:at], role), (text[at], "letter"), (text[at + 1 :], role))
    return [part for part in parts if part[0]]


def _aligned(text: str, role: str, column: Column, width: int) -> Piece:
    if not text:
        return (" " * width, role)
    return (right(text, width) if column.to_the_right else fit(text, width), role)


def painted(row: Summary, layout: Layout, look: Look, *, drift_s: float, selected: bool) -> Line:
    """Paint a transaction; `drift_s` is the time since the row was read, by which open durations have grown."""
    cells = _cells(row, look, drift_s if row.status in OPEN_STATUSES else 0.0)
    pieces: list[Piece] = [marker(look, selected=selected)]
    for number, (column, width) in enumerate(layout.columns):
        text, role = _aligned(*cells[column.key], column, width)
        pieces.append((" " * layout.gap * bool(number) + text, role))
    return tuple(pieces)


def marker(look: Look, *, selected: bool) -> Piece:
    """Paint the mark in front of the selected line, for those who see no colour."""
    return (look.pick(POINTER, "> "), "strong") if selected else (" " * MARKER, "text")


def _cells(row: Summary, look: Look, drift_s: float) -> Mapping[str, Piece]:
    state = role_of(row.status)
    calm = row.status in _CALM
    plain = "dim" if calm else "text"
    in_step = row.in_step_s + drift_s if row.status in OPEN_STATUSES and row.in_step_s is not None else None
    step = row.step if row.basis != "inferred" or not row.step else f"~{row.step}"
    return {
        "status": (f"{look.glyph(row.status)} {row.status}", state),
        "transaction_id": (row.transaction_id, "dim" if calm else "strong"),
        "saga": (row.saga or "-", plain),
        "step": (step or "-", state if row.status == "stuck" else plain),
        "owner": (row.owner or "-", plain),
        "in_step": (ticking(in_step), state if row.status == "stuck" else plain),
        "age": (_age(row, drift_s), "dim"),
        "stall": (row.stall or "", state),
        "last_activity": (_ago(row, drift_s), "dim"),
        "error": (row.error or "", "failed" if row.status in {"failed", "stuck"} else "dim"),
    }


def _age(row: Summary, drift_s: float) -> str:
    short = row.status not in OPEN_STATUSES and row.elapsed_s < SHORT_S
    return exact(row.elapsed_s) if short else ticking(row.elapsed_s + drift_s)


def _ago(row: Summary, drift_s: float) -> str:
    idle_s = row.elapsed_s - (row.last_activity_at - row.started_at).total_seconds() + drift_s
    return f"{ticking(idle_s)} ago" if row.status in OPEN_STATUSES else f"{row.last_activity_at.astimezone():%H:%M:%S}"


def placeholder(index: int, look: Look, *, selected: bool) -> Line:
    """Paint a row that has not been read yet."""
    return (marker(look, selected=selected), (f"{look.pick('⋯', '...')} row {count(index + 1)}", "faint"))
