"""Writes the report of a transaction as one HTML page: no script, nothing from elsewhere, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from tracer.model.cells import cut
from tracer.model.text import clean
from tracer.reports import story
from tracer.reports.words import headline
from tracer.views import Advice, Transaction

_LABELS: Final = 330
_BARS: Final = 520
_TOOK: Final = 80
_ROW: Final = 22
_LABEL: Final = 28
_OWNER: Final = 16
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:70em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #cbd2d9}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25em .6em;"
    "border-bottom:1px solid #e4e7eb;overflow-wrap:anywhere}th{color:#52606d}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}dt{color:#52606d}dd{margin:0}"
    "pre{background:#f5f7fa;padding:.6em;white-space:pre-wrap;overflow-wrap:anywhere}svg{max-width:100%;height:auto}"
    ".bad{color:#b42318;font-weight:bold}svg text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2933}"
    "svg .d{fill:#52606d}svg .o{fill:#3e7cb1}svg .x{fill:#b42318}svg .r{fill:#f5f7fa}"
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_BAD: Final = frozenset({"failed", "compensation_failed", "stuck"})


def html(transaction: Transaction) -> Iterator[str]:
    """Write the page, line by line."""
    title = text(story.title(transaction))
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
    yield f"<body><h1>{title}</h1>"
    yield f"<p>{text(story.paragraph(transaction))}</p>"
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{text(value)}</dd>" for name, value in story.facts(transaction))
    yield from (f"<dt>Note</dt><dd>{text(note)}</dd>" for note in story.notes(transaction))
    yield "</dl>"
    yield from _section("What to do", _advice(transaction.advice))
    yield from _section("Steps", _table(story.STEP_HEADINGS, story.step_rows(transaction)))
    yield from _section("Timeline", _timeline(transaction))
    yield from _section("Records", _table(story.RECORD_HEADINGS, story.record_rows(transaction)))
    yield from _section("Errors", _table(story.ERROR_HEADINGS, story.error_rows(transaction)))
    yield from _section("Links", _links(transaction))
    yield "</body></html>"


def text(raw: str) -> str:
    """Make a text safe to stand in a page, between tags and in a quoted attribute."""
    return escape(clean(raw), quote=True)


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield f"<h2>{heading}</h2>"
        yield from told


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = list(rows)
    if cells:
        yield f"<table><tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr>"
        yield from (f"<tr>{''.join(map(_cell, row))}</tr>" for row in cells)
        yield "</table>"


def _cell(cell: str) -> str:
    return f'<td class="bad">{text(cell)}</td>' if cell in _BAD else f"<td>{text(cell)}</td>"


def _advice(advice: Sequence[Advice]) -> Iterator[str]:
    if not advice:
        return
    yield "<ol>"
    for one in advice:
        evidence = "".join(f"<li>{text(fact)}</li>" for fact in one.evidence)
        command = f"<pre>{text(one.command)}</pre>" if one.command else ""
        yield f"<li><b>{text(headline(one))}</b> {text(one.why)}<ul>{evidence}</ul>{command}</li>"
    yield "</ol>"


def _timeline(transaction: Transaction) -> Iterator[str]:
    bars = story.bars(transaction)
    if not bars:
        return
    width, height = _LABELS + _BARS + _TOOK, _ROW * len(bars)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img"><title>Timeline</title>'
    )
    for row, bar in enumerate(bars):
        yield from _bar(bar, row)
    yield "</svg>"
    if rest := story.left_out(transaction):
        yield f"<p>{rest}</p>"


def _bar(bar: story.Bar, row: int) -> Iterator[str]:
    top, width = _ROW * row, _LABELS + _BARS + _TOOK
    owner, label = cut(clean(bar.owner), _OWNER), cut(clean(bar.label), _LABEL)
    x, size = _LABELS + bar.low * (_BARS - 4), max(3.0, (bar.high - bar.low) * (_BARS - 4))
    if row % 2 == 0:
        yield f'<rect class="r" x="0" y="{top}" width="{width}" height="{_ROW}"/>'
    yield f"<g><title>{text(f'{bar.at} {bar.owner}: {bar.label}')}</title>"
    yield f'<text class="d" x="4" y="{top + 15}">{text(owner)}</text>'
    yield f'<text x="126" y="{top + 15}">{text(label)}</text>'
    yield (
        f'<rect class="{"x" if bar.is_error else "o"}" x="{x:.1f}" y="{top + 5}" width="{size:.1f}" height="12" '
        f'rx="2"/>'
    )
    beside = f'x="{x + size + 5:.1f}"' if bar.high < _ROOM else f'x="{x - 5:.1f}" text-anchor="end"'
    yield f'<text class="d" {beside} y="{top + 15}">{text(bar.took or bar.at)}</text></g>'


_ROOM: Final = 0.97


def _links(transaction: Transaction) -> Iterator[str]:
    links = list(story.links(transaction))
    if links:
        yield f"<ul>{''.join(_link(name, link) for name, link in links)}</ul>"


def _link(name: str, link: str | None) -> str:
    if link is None:
        return f"<li>{text(name)}</li>"
    return f'<li><a href="{text(link)}" rel="noreferrer noopener">{text(name)}</a></li>'
