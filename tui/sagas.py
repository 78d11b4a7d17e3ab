"""The list of sagas: where something is stuck first, then where most is open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tracer.model.words import TransactionStatus
from tracer.views import SagaSummary
from tui.format import count, exact, plural, shown
from tui.grid import Column
from tui.look import Line, Look, Piece

_COUNTED: Final[Mapping[str, tuple[TransactionStatus, ...]]] = {
    "STUCK": ("stuck",), "OPEN": ("running", "compensating", "stuck"), "DONE": ("completed",),
    "UNDONE": ("compensated",), "FAILED": ("failed",),
}  # fmt: skip
COLUMNS: Final = (
    Column(title="SAGA", gives=1),
    *(Column(title=title, right=True) for title in _COUNTED),
    Column(title="P50", right=True),
    Column(title="P95", right=True),
    Column(title="KNOWN", gives=4),
)
_ROLES: Final = {"STUCK": "stuck", "FAILED": "failed", "UNDONE": "compensated"}


def ordered(sagas: Iterable[SagaSummary]) -> tuple[SagaSummary, ...]:
    """Give the sagas, the worst first."""
    return tuple(sorted(sagas, key=lambda one: (-number(one, "STUCK"), -number(one, "OPEN"), one.saga or "")))


def number(saga: SagaSummary, title: str) -> int:
    """Count the transactions of a saga under one of the titles."""
    return sum(saga.counts.get(status, 0) for status in _COUNTED[title])


def cells(saga: SagaSummary, look: Look) -> tuple[Piece, ...]:
    """Paint what is known of a saga, cell by cell."""
    counts = ((title, number(saga, title)) for title in _COUNTED)
    return (
        (shown(saga.saga), "strong"),
        *(_counted(title, many, look) for title, many in counts),
        (exact(saga.p50_s), "text"),
        (exact(saga.p95_s), "text"),
        (_known(saga), "dim"),
    )


def _counted(title: str, many: int, look: Look) -> Piece:
    if not many:
        return ("-", "faint")
    glyph = f"{look.glyph('stuck')} " if title == "STUCK" else ""
    return (f"{glyph}{count(many)}", _ROLES.get(title, "text"))


def _known(saga: SagaSummary) -> str:
    learned = ""
    if saga.learned_from > 0:
        learned = f"learned from {saga.learned_from:,.0f}" if saga.learned else f"{saga.learned_from:,.0f}, too few yet"
    return ", ".join(filter(None, ("declared" if saga.declared else "", learned))) or "nothing yet"


def summary(sagas: Iterable[SagaSummary], look: Look) -> Line:
    """Paint how many sagas there are, and in how many something is stuck."""
    listed = tuple(sagas)
    troubled = sum(number(one, "STUCK") > 0 for one in listed)
    text = f"{look.glyph('stuck')} something is stuck in {count(troubled)}" if troubled else "nothing is stuck"
    return (
        (f" {plural(len(listed), 'saga')}", "text"),
        (look.pick(" · ", " - "), "faint"),
        (text, "stuck" if troubled else "live"),
    )
