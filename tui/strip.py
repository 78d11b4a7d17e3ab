"""The steps of a transaction on a line or two: what is done, running, stuck, undone, to come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.cells import cell_len

from tracer.views import Transaction
from tui.format import count, shown
from tui.look import Line, Look, Piece, role_of

MAX_LINES: Final = 2
_WORDS: Final = {
    "completed": "done", "compensating": "undoing", "compensation_failed": "undo failed", "pending": "to come",
    "compensated": "compensated", "failed": "failed", "skipped": "skipped", "stuck": "stuck",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """A step of the strip: its name, and the state that chooses glyph, word and role."""

    name: str
    state: str
    basis: str = ""

    @property
    def word(self) -> str:
        word = _WORDS.get(self.state, "running")
        return f"{word} ({self.basis})" if self.basis else word


def strip(transaction: Transaction, look: Look, room: int) -> tuple[Line, ...]:
    """Paint the steps in at most two lines of `room` cells; where they do not fit, those that are done are counted."""
    stops = tuple(_stops(transaction))
    whole = _folded(_groups(stops, look, counted=False), room)
    return whole if len(whole) <= MAX_LINES else _folded(_groups(stops, look, counted=True), room)[:MAX_LINES]


def _stops(transaction: Transaction) -> Iterator[_Stop]:
    stall = transaction.stall
    stuck = stall.step if stall else None
    named: set[str] = set()
    for step in transaction.steps:
        undo = step.compensation
        is_undone = undo is not None and undo.state not in {"pending", "skipped"}
        state = undo.state if undo is not None and is_undone else step.state
        is_stuck = stuck == step.step and state not in {"completed", "compensated"}
        is_stuck = is_stuck or (undo is not None and stuck == undo.step)
        # A pending step that has a record was told to begin.
        told = "waiting" if state == "pending" else state
        yield _Stop(name=step.step, state="stuck" if is_stuck else told)
        named |= {step.step, *([undo.step] if undo else [])}
    for coming in transaction.remaining:
        if coming.step not in named:
            is_stuck = coming.step == stuck
            yield _Stop(
                name=coming.step, state="stuck" if is_stuck else "pending", basis="" if is_stuck else coming.basis
            )
            named.add(coming.step)
    if stuck is not None and stuck not in named:
        yield _Stop(name=stuck, state="stuck")


def _groups(stops: Sequence[_Stop], look: Look, *, counted: bool) -> Iterator[list[Piece]]:
    """Give what must stay on one line: a glyph and a word with the first name, then each other name."""
    for number, (word, group) in enumerate(groupby(stops, key=lambda stop: stop.word)):
        members = list(group)
        role = role_of(members[0].state)
        arrow: list[Piece] = [(look.pick("→ ", "> "), "faint")] if number else []
        glyph = look.glyph(members[0].state)
        if counted and word == "done":
            yield [*arrow, (f"{glyph} {count(len(members))} done ", role)]
            continue
        names = [shown(member.name) for member in members]
        ends = [*[", "] * (len(names) - 1), " "]
        first, *rest = [f"{name}{end}" for name, end in zip(names, ends, strict=True)]
        yield [*arrow, (f"{glyph} {word} ", role), (first, "strong" if word == "stuck" else "text")]
        for name in rest:
            yield [(name, "text")]


def _folded(groups: Iterable[list[Piece]], room: int) -> tuple[Line, ...]:
    lines: list[list[Piece]] = []
    used = room
    for group in groups:
        cells = sum(cell_len(text) for text, _ in group)
        if used + cells > room + 1 or not lines:
            lines.append([])
            used = 0
        lines[-1].extend(group)
        used += cells
    return tuple(tuple(line) for line in lines)
