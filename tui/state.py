"""The state of the list: what is asked for, which rows are here, which transaction is selected. Pure.

Only a window of the rows is ever here. The selected transaction is held by its id: when it moves within
the window the cursor goes with it; when it leaves the window it stays selected, and the list says so.
Before a person has chosen one, and after `g`, the cursor keeps to the first row instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from tracer.clock import to_datetime
from tracer.model.words import STATUSES
from tracer.views import Summary, TransactionPage, TransactionQuery
from tui.columns import NO_WIDTHS, Widths, grown
from tui.filters import Filter, Seen, parse
from tui.view import Viewport

DEFAULT_SORT: Final = "status"
MAX_WINDOW: Final = 500
_BEFORE_FAILED: Final = ("stuck", "compensating", "running")
TROUBLED: Final = frozenset({"stuck", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """Everything the list screen shows. `first` is the row number of `rows[0]`, `asked_ns` when `text` was typed.

    `applied` is the filter line that the rows are of: the last one that made sense. `as_of` is the instant that is
    looked at, None for now.
    """

    text: str = ""
    applied: str = ""
    asked_ns: int = 0
    as_of: datetime | None = None
    sort: str = DEFAULT_SORT
    view: Viewport = field(default_factory=Viewport)
    first: int = 0
    rows: tuple[Summary, ...] = ()
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    everything: int = 0
    held: str | None = None
    at_top: bool = True
    seen: Seen = field(default_factory=Seen)
    answered: TransactionQuery | None = None
    widths: Widths = NO_WIDTHS

    def filter(self) -> Filter:
        """Read the filter line that holds; what it says of time counts back from the instant that is looked at."""
        return self._parsed(self.applied)

    def problems(self) -> tuple[str, ...]:
        """Say what in the line that was typed makes no sense; as long as there is something, another one holds."""
        return self._parsed(self.text).problems if self.text != self.applied else ()

    def _parsed(self, text: str) -> Filter:
        return parse(text, self.seen, self.as_of or to_datetime(self.asked_ns))

    def query(self) -> TransactionQuery:
        """Say which window of which list is wanted: what is seen, and two screens on either side."""
        height = self.view.height
        limit = min(MAX_WINDOW, 5 * height)
        offset = max(0, self.view.top - (limit - height) // 2)
        # Aligned to a screen, so that moving by a line does not ask for another window every time.
        aligned = offset - offset % height
        return replace(self.filter().query(self.sort), offset=aligned, limit=limit, as_of=self.as_of)

    def row(self, index: int) -> Summary | None:
        """Give the row of that number, if it is here."""
        return self.rows[index - self.first] if 0 <= index - self.first < len(self.rows) else None

    def selected(self) -> str | None:
        """Give the id of the selected transaction."""
        if self.held is not None:
            return self.held
        row = self.row(self.view.cursor)
        return row.transaction_id if row else None

    def lost(self) -> bool:
        """Say whether the selected transaction has left the rows around the cursor."""
        row = self.row(self.view.cursor)
        return self.held is not None and row is not None and row.transaction_id != self.held

    def moved(self, view: Viewport, *, at_top: bool = False) -> ListState:
        """Take a person's move of the cursor: the row under it becomes the selected one."""
        moved = replace(self, view=view, held=None, at_top=at_top)
        return moved if at_top else _holding(moved)

    def scrolled(self, view: Viewport) -> ListState:
        """Take a scroll: the selection changes only if the cursor had to move to stay in sight."""
        return replace(self, view=view) if view.cursor == self.view.cursor else self.moved(view)

    def asked(self, *, text: str | None = None, sort: str | None = None, now_ns: int = 0) -> ListState:
        """Take another filter or order. The rows stay until the answer is here; the cursor goes to the top.

        A filter with something in it that makes no sense is kept as it was typed, and changes nothing else.
        """
        if text is None:
            return self._anew(sort=sort or self.sort)
        if self._parsed(text).problems:
            return replace(self, text=text)
        return self._anew(text=text, applied=text, asked_ns=now_ns, sort=sort or self.sort)

    def at(self, as_of: datetime | None) -> ListState:
        """Look at another instant, None for now. What was selected stays selected, if it was there then."""
        return self if as_of == self.as_of else replace(self, as_of=as_of)

    def _anew(self, **changed: Any) -> ListState:
        return replace(self, view=self.view.to(0), held=None, at_top=True, **changed)

    def received(self, query: TransactionQuery, page: TransactionPage, everything: int | None = None) -> ListState:
        """Take a window of rows in; one that answers an older question changes nothing.

        `everything` counts the transactions without the filter; None where `page` counts them already.
        """
        if not _same_list(query, self.query()):
            return self
        fresh = replace(
            self, first=query.offset, rows=page.transactions, total=page.total, counts=page.counts,
            seen=self.seen.with_rows(page.transactions), answered=query, widths=grown(self.widths, page.transactions),
            everything=sum(page.counts.values()) if everything is None else everything,
        )  # fmt: skip
        return _followed(fresh, page.total)

    def beside(self, transaction_id: str, direction: int) -> int | None:
        """Say from which row to look for trouble next to a transaction; None where there is nothing that way."""
        if self.selected() != transaction_id:
            return 0 if direction > 0 else None
        start = self.trouble_hint(direction)
        return start if start >= 0 else None

    def trouble_from(self, direction: int) -> int | None:
        """Find the next stuck or failed row among the rows that are here, from the cursor on."""
        index = self.view.cursor + direction
        while (row := self.row(index)) is not None:
            if row.status in TROUBLED:
                return index
            index += direction
        return None

    def trouble_hint(self, direction: int) -> int:
        """Say from which row a search beyond the rows that are here should begin.

        In the order of status the counts say where each status begins, so that nothing in between
        need be read; the counts may be a moment old, so it begins a little before.
        """
        start = self.view.cursor + direction
        wanted = self.filter().status or STATUSES
        ahead = {status: self.counts.get(status, 0) for status in _BEFORE_FAILED if status in wanted}
        if self.sort != DEFAULT_SORT or direction < 0 or start < ahead.get("stuck", 0):
            return start
        first_failed = sum(ahead.values())
        return max(start, first_failed - MAX_WINDOW // 2)


def _followed(state: ListState, total: int) -> ListState:
    """Let there be so many rows: the selected one keeps its place on the screen, where that can be."""
    counted = replace(state, view=state.view.counted(total))
    if state.at_top:
        return replace(counted, view=counted.view.to(0))
    if state.held is None:
        return _holding(counted)
    index = next((at for at, row in enumerate(state.rows, state.first) if row.transaction_id == state.held), None)
    return counted if index is None else replace(state, view=state.view.followed(index, total))


def _holding(state: ListState) -> ListState:
    row = state.row(state.view.cursor)
    return replace(state, held=row.transaction_id if row else None)


def _same_list(one: TransactionQuery, other: TransactionQuery) -> bool:
    return replace(one, offset=0, limit=1) == replace(other, offset=0, limit=1)


def next_sort(current: str, key: str, *, descending_first: bool) -> str:
    """Say the order after a column's letter was pressed: its usual direction first, then the other."""
    usual, other = (f"-{key}", key) if descending_first else (key, f"-{key}")
    return other if current == usual else usual
