"""Tells wrong answers to the developer who mends the analysis: truth, answer, and the records in order of time."""

from __future__ import annotations

from collections.abc import Iterator

from tests.accuracy.corpus import Corpus
from tests.accuracy.measure import Measured, Result
from tests.accuracy.report import clear
from tests.accuracy.telemetry import Row
from tracer.clock import NS_PER_S

_RECORDS_MOST = 60


def wrong(corpus: Corpus, measured: Measured, most: int) -> Iterator[str]:
    """Give the lines about wrong ones, evenly over the sagas and what is wrong with them."""
    chosen = _spread([result for result in clear(measured) if not result.is_right], most)
    ids = {result.truth.transaction_id for result in chosen}
    records: dict[str, list[Row]] = {name: [] for name in ids}
    traces = {
        row.trace_id: row.transaction_id for row in corpus.rows if row.transaction_id in ids and any(row.trace_id)
    }
    for row in corpus.rows:
        name = row.transaction_id or traces.get(row.trace_id)
        if name in ids:
            records[name].append(row)
    for result in chosen:
        yield from _told(result, measured.mode, records[result.truth.transaction_id], corpus.now_ns)


def _spread(results: list[Result], most: int) -> list[Result]:
    """Take one of each sort in turn, so that a few show what there is."""
    sorts: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        truth, answer = result.truth, result.answer
        sorts.setdefault((truth.saga, truth.fault, answer.kind, result.owner_right), []).append(result)
    chosen: list[Result] = []
    while len(chosen) < most and any(sorts.values()):
        for waiting in sorts.values():
            if waiting and len(chosen) < most:
                chosen.append(waiting.pop(0))
    return chosen


def _told(result: Result, mode: str, rows: list[Row], now_ns: int) -> Iterator[str]:
    truth, answer = result.truth, result.answer
    yield f"\n{mode}: {truth.transaction_id} ({truth.saga})"
    state = f"stuck: {truth.kind} by the fault {truth.fault}" if result.is_stuck else "healthy"
    undo = _any(truth.next_undo)
    yield f"  truth   {state}; {_any(truth.steps)} owned by {_any(truth.owners)}; next compensation {undo}"
    said = f"stuck: {answer.kind}" if answer.is_stuck else "not stuck"
    yield f"  answer  {said}; {answer.step} owned by {answer.owner}; next compensation {answer.next_undo or '-'}"
    yield f"          {answer.why}"
    unique = {row._replace(received_ns=0): row for row in reversed(rows)}.values()
    told = sorted(unique, key=lambda row: (row.at_ns, row.until_ns or row.at_ns))
    for row in told[-_RECORDS_MOST:]:
        yield "  " + _record(row, now_ns)


def _any(names: frozenset[str]) -> str:
    return " or ".join(sorted(names)) or "-"


def _record(row: Row, now_ns: int) -> str:
    ago_s = (row.at_ns - now_ns) / NS_PER_S
    took = f" {(row.until_ns - row.at_ns) / NS_PER_S:8.3f} s" if row.until_ns is not None else " " * 11
    about = f"{row.step or '-'}{f' undoes {row.compensates}' if row.compensates else ''}"
    more = " ".join(
        text
        for text in (
            f"attempt {row.attempt}" if row.attempt and row.attempt > 1 else "",
            f"outcome {row.outcome}" if row.outcome else "",
            row.error or "",
        )
        if text
    )
    kind = row.span_kind or row.kind
    return f"{ago_s:12.3f} s{took} {kind:9} {row.phase:19} {about:45} {row.owner or '-':22} {row.name} {more}".rstrip()
