"""Counts the results and prints them as a table, with the goals beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.accuracy.measure import Finished, Measured, Mode, Result

PAGE: Final = Path(__file__).parents[2] / "docs" / "accuracy.md"
BLOCK: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One figure: of the results that are `asked`, the share that `counts`, in percent."""

    title: str
    asked: Callable[[Result], bool]
    counts: Callable[[Result], bool]
    goal: Callable[[Mode], float | None]
    at_most: bool = False

    def share(self, results: Sequence[Result]) -> tuple[int, int]:
        """Count: how many, of how many."""
        asked = [result for result in results if self.asked(result)]
        return sum(self.counts(result) for result in asked), len(asked)

    def is_met(self, results: Sequence[Result], mode: Mode) -> bool:
        """Whether the goal is met; it is where nothing was asked."""
        goal, (n, of) = self.goal(mode), self.share(results)
        if goal is None or not of:
            return True
        return 100 * n / of <= goal if self.at_most else 100 * n / of >= goal


FINISHED: Final = "finished called stuck"
FINISHED_GOAL: Final = 0.5

COLUMNS: Final = (
    Column(
        title="owner right", asked=lambda _: True, counts=lambda result: result.owner_right, goal=lambda _: 98.0
    ),
    Column(
        title="kind right", asked=lambda result: result.is_stuck, counts=lambda result: result.kind_right is True,
        goal=lambda _: 95.0,
    ),
    Column(
        title="false stalls", asked=lambda result: not result.is_stuck, counts=lambda result: result.is_false,
        goal=lambda _: 0.5, at_most=True,
    ),
    Column(
        title="missed stalls", asked=lambda result: result.is_stuck, counts=lambda result: result.is_missed,
        goal=lambda _: None, at_most=True,
    ),
    Column(
        title="next compensation right", asked=lambda result: result.undo_right is not None,
        counts=lambda result: result.undo_right is True, goal=lambda mode: 98.0 if mode == "declared" else 85.0,
    ),
)  # fmt: skip

_TITLES: Final[dict[Mode, str]] = {
    "bare": "Default threshold only",
    "learned": "Learned only",
    "declared": "With the definitions",
}


def clear(measured: Measured) -> list[Result]:
    """Give the results that are counted: those whose deciding records arrived."""
    return [result for result in measured.results if not result.truth.clouded]


def misses(measured: Measured) -> list[str]:
    """Name the goals that are not met, over all sagas."""
    missed = [column.title for column in COLUMNS if not column.is_met(clear(measured), measured.mode)]
    stuck, of = _finished(measured.finished.values())
    return [*missed, FINISHED] if of and 100 * stuck / of > FINISHED_GOAL else missed


def _finished(finished: Iterable[Finished]) -> tuple[int, int]:
    """Count the finished ones that are called stuck, of how many."""
    counted = list(finished)
    return sum(one.stuck for one in counted), sum(one.of for one in counted)


def table(measured: Measured) -> Iterator[str]:
    """Give the lines of one table, in Markdown."""
    results = clear(measured)
    yield f"**{_TITLES[measured.mode]}**"
    yield ""
    yield "| saga | open | stuck | " + " | ".join([*(column.title for column in COLUMNS), FINISHED]) + " |"
    yield "|---|--:|--:|" + "--:|" * (len(COLUMNS) + 1)
    for saga in dict.fromkeys(result.truth.saga for result in results):
        finished = measured.finished.get(saga, Finished())
        yield _line(saga, [result for result in results if result.truth.saga == saga], [finished])
    yield _line("**all**", results, measured.finished.values())
    yield _goals(measured.mode)
    yield ""
    yield from _remarks(measured)


def _line(name: str, results: Sequence[Result], finished: Iterable[Finished]) -> str:
    stuck = sum(result.is_stuck for result in results)
    shares = [*(column.share(results) for column in COLUMNS), _finished(finished)]
    cells = [f"{100 * n / of:.1f} % ({n}/{of})" if of else "-" for n, of in shares]
    return f"| {name} | {len(results)} | {stuck} | {' | '.join(cells)} |"


def _goals(mode: Mode) -> str:
    cells = []
    for column in COLUMNS:
        goal = column.goal(mode)
        cells.append("" if goal is None else f"{'at most' if column.at_most else 'at least'} {goal:g} %")
    cells.append(f"at most {FINISHED_GOAL:g} %")
    return f"| goal | | | {' | '.join(cells)} |"


def _remarks(measured: Measured) -> Iterator[str]:
    results = clear(measured)
    clouded = [result for result in measured.results if result.truth.clouded]
    yield f"- Not counted, since a record that decides the label did not arrive: {len(clouded)} open transactions, of"
    yield f"  which {sum(result.owner_right for result in clouded)} were answered with the true owner."
    still_open = sum(one.open for one in measured.finished.values())
    yield f"- Finished, and told so, but open in the list: {still_open}."
    yield f"- Not counted, since their last record did not arrive: {measured.unended.of} finished transactions,"
    yield f"  of which {measured.unended.stuck} are called stuck."
    yield f"- Undoing advised first where nothing must be undone: {sum(result.undo_wrongly for result in results)}."
    yield f"- The list says another stall than the transaction: {sum(not one.list_agrees for one in results)}."


def write(blocks: Sequence[str], page: Path = PAGE) -> None:
    """Put the tables into the page, in place of those that stand there."""
    figures = "\n\n".join(blocks)
    text, found = BLOCK.subn(lambda match: f"{match[1]}{figures}\n{match[2]}", page.read_text("utf-8"))
    if not found:
        raise ValueError(f"{page} has no block for figures: {BLOCK.pattern}")
    page.write_text(text, "utf-8")
