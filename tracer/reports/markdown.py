"""Writes the report of a transaction as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tracer.model.cells import cells_wide, cut
from tracer.model.text import clean
from tracer.reports import story
from tracer.reports.words import headline
from tracer.views import Advice, Transaction

_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|~&$#!]|(?<![^\W_])_|_(?![^\W_])")
_BEGINNING: Final = re.compile(r"^(\d*)([-+.)])(?=\s)")  # of a list
_BAR: Final = 36
_LABEL: Final = 40
_OWNER: Final = 16


def markdown(transaction: Transaction) -> Iterator[str]:
    """Write the report, line by line; whatever telemetry says is text, never a sign of Markdown."""
    yield f"# {text(story.title(transaction))}"
    yield ""
    yield text(story.paragraph(transaction))
    yield ""
    yield from (f"- **{name}**: {text(value)}" for name, value in story.facts(transaction))
    yield from (f"- **Note**: {text(note)}" for note in story.notes(transaction))
    yield from _section("What to do", _advice(transaction.advice))
    yield from _section("Steps", _table(story.STEP_HEADINGS, story.step_rows(transaction)))
    yield from _section("Timeline", _timeline(transaction))
    yield from _section("Records", _table(story.RECORD_HEADINGS, story.record_rows(transaction)))
    yield from _section("Errors", _table(story.ERROR_HEADINGS, story.error_rows(transaction)))
    yield from _section("Links", (_link(name, link) for name, link in story.links(transaction)))


def text(raw: str) -> str:
    """Escape what Markdown would read as its own, HTML too."""
    escaped = _SPECIAL.sub(lambda sign: f"\\{sign[0]}", clean(raw).strip())
    return _BEGINNING.sub(r"\1\\\2", escaped)


def code(lines: Sequence[str]) -> Iterator[str]:
    """Write lines as a block of code that nothing in them can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from lines
    yield fence


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield from ("", f"## {heading}", "")
        yield from told


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = [[text(cell) for cell in row] for row in rows]
    if cells:
        yield f"| {' | '.join(headings)} |"
        yield f"|{'---|' * len(headings)}"
        yield from (f"| {' | '.join(row)} |" for row in cells)


def _advice(advice: Sequence[Advice]) -> Iterator[str]:
    for one in advice:
        yield f"{one.rank}. **{text(headline(one))}** {text(one.why)}"
        yield from (f"   - {text(fact)}" for fact in one.evidence)
        if one.command:
            yield ""
            yield from (f"   {line}" for line in code([clean(one.command)]))
            yield ""


def _timeline(transaction: Transaction) -> Iterator[str]:
    bars = story.bars(transaction)
    if not bars:
        return
    yield from code([_bar(bar) for bar in bars])
    if rest := story.left_out(transaction):
        yield from ("", rest)


def _bar(bar: story.Bar) -> str:
    first = min(_BAR - 1, int(bar.low * _BAR))
    size = max(1, min(_BAR, round(bar.high * _BAR)) - first)
    sign = "x" if bar.is_error else "=" if bar.took else "|"
    owner, label = (_fit(clean(part), size) for part, size in ((bar.owner, _OWNER), (bar.label, _LABEL)))
    drawn = f"{' ' * first}{sign * (size if bar.took else 1)}".ljust(_BAR)
    return f"{bar.at:>12}  {owner}  {drawn}  {bar.took:>8}  {label}".rstrip()


def _fit(shown: str, size: int) -> str:
    fitted = cut(shown, size)
    return fitted + " " * (size - cells_wide(fitted))


def _link(name: str, link: str | None) -> str:
    return f"- {text(name)}" if link is None else f"- [{text(name)}](<{clean(link)}>)"
