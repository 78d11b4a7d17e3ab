"""What each rule finds now: its question is asked of the store, or of the collectors, and every group is one finding.

What was found is kept until it has to be asked again: until the rule's `every` has passed, and for stuck transactions
until others are stuck (a cheap count says so), because to tell the incidents apart takes much longer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from tracer.alerts.alert import MAX_LABEL, Course, Found
from tracer.alerts.rules import Rule
from tracer.analysis.incidents import Told, incident_id, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.model.duration import spell
from tracer.model.text import clean
from tracer.query.watching import (
    Chosen,
    Group,
    failed_compensations,
    failing,
    last_arrivals,
    low_coverage,
    ns_of,
    rejected_counts,
    stuck_groups,
    stuck_incidents,
    stuck_mark,
)
from tracer.store.console import Console
from tracer.store.session import Session
from tracer.store.store import Store
from tracer.views import CollectorView

MAX_ROWS: Final = 200  # of a query of a rule
MAX_COLUMNS: Final = 32
_SQL_TIMEOUT_S: Final = 5.0
_MAX_NAME: Final = 64
_NOT_OF_A_LABEL: Final = re.compile(r"[^A-Za-z0-9_]")
_SPECIAL: Final = frozenset({"value", "summary", "count", "transaction_id", "since"})

Collectors = Callable[[], Sequence[CollectorView]]


class Observer:
    """Asks for what rules find. One thread at a time."""

    def __init__(self, *, store: Store, collectors: Collectors) -> None:
        self._store = store
        self._collectors = collectors
        self._console = Console(store=store)
        self._kept: dict[str, tuple[int, list[Found] | Exception]] = {}
        self._marks: dict[str, tuple[tuple[int, ...], list[Group]]] = {}

    def observe(self, rule: Rule, now_ns: int) -> list[Found]:
        """What a rule finds; what its question raises passes through (UsageError, StoreError and the like).

        Either is kept for the rule's `every`: one that fails slowly is not asked more often than one that answers.
        """
        kept = self._kept.get(rule.name)
        if kept is None or not 0 <= now_ns - kept[0] < rule.every_ns:
            kept = self._kept[rule.name] = (now_ns, self._answer(rule, now_ns))
        if isinstance(kept[1], Exception):
            raise kept[1].with_traceback(None)
        return kept[1]

    def _answer(self, rule: Rule, now_ns: int) -> list[Found] | Exception:
        try:
            return list(self._ask(rule, now_ns))
        except Exception as error:  # noqa: BLE001  it is raised at once, and again until the question is due
            return error

    def _ask(self, rule: Rule, now_ns: int) -> Iterable[Found]:
        if rule.set.when == "heartbeat":
            return [Found(key=(), labels={}, title="heartbeat", summary="Sagascope watches.", since_ns=now_ns)]
        if rule.set.when == "sql":
            return _of_rows(self._console, rule, now_ns)
        if rule.set.when == "collector" and rule.set.silent_s is None:
            return _of_collectors(rule, self._collectors(), now_ns)
        return self._store.read(lambda session: list(self._of_store(session, rule, now_ns)))

    def _of_store(self, session: Session, rule: Rule, now_ns: int) -> Iterable[Found]:
        chosen, since_ns = chosen_by(rule), now_ns - rule.over_ns
        match rule.set.when:
            case "stuck":
                return [found_stuck(rule, group, now_ns) for group in self._stuck(session, rule, chosen, now_ns)]
            case "failing":
                share = rule.set.share or 0.0
                return [
                    found_failing(rule, group)
                    for group in failing(session, chosen, now_ns=now_ns, since_ns=since_ns, share=share)
                ]
            case "compensation-failed":
                return [found_undone(rule, group) for group in failed_compensations(session, chosen, since_ns=since_ns)]
            case "coverage":
                share = rule.set.share or 0.0
                rows = low_coverage(session, since_ns=since_ns, share=share, at_least=rule.at_least)
                return [_coverage(*row) for row in rows]
            case "rejected":
                return [_rejected(*row) for row in rejected_counts(session, since_ns=since_ns, at_least=rule.at_least)]
            case _:
                return _silent(rule, self._collectors(), last_arrivals(session), now_ns)

    def _stuck(self, session: Session, rule: Rule, chosen: Chosen, now_ns: int) -> list[Group]:
        older_ns = int(rule.set.older_s * NS_PER_S)
        mark = stuck_mark(session, chosen, now_ns=now_ns, older_ns=older_ns)
        known = self._marks.get(rule.name)
        if known is None or known[0] != mark:
            ask = stuck_incidents if rule.group_by == ("incident",) else stuck_groups
            groups = ask(session, chosen, now_ns=now_ns, older_ns=older_ns) if mark[1] else []
            known = self._marks[rule.name] = (mark, groups)
        return known[1]


def chosen_by(rule: Rule) -> Chosen:
    """Say which transactions a rule means, for the questions."""
    at = rule.set
    return Chosen(
        sagas=at.saga, steps=at.step, owners=at.owner, kinds=at.kind, by=rule.group_by, at_least=rule.at_least
    )


def shown_labels(raw: Mapping[str, str | None]) -> dict[str, str]:
    """Make labels of what came from telemetry: clean, short, and none where there is nothing."""
    return {name: clean(value, MAX_LABEL) for name, value in raw.items() if value}


def many(count: int, what: str) -> str:
    """Say a number of things."""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def found_stuck(rule: Rule, group: Group, now_ns: int) -> Found:
    """Make a finding of a group of stuck transactions."""
    raw = {"saga": group.saga, "step": group.step, "owner": group.owner, "kind": group.kind}
    key: tuple[str | None, ...] = (group.incident,)
    if group.incident is None:
        key = tuple(raw[name] for name in rule.group_by)
    where = f" in {group.step}" if group.step else ""
    where += f" ({group.owner})" if group.owner else ""
    of = f" of {group.saga}" if group.saga else ""
    title = f"{many(group.transactions, 'transaction')}{of} stuck{where}"
    summary = f"{title} since {_clock(group.since_ns)}."
    if group.cause is not None:
        summary = why(
            Told(
                cause=group.cause,
                error=group.error,
                transactions=group.transactions,
                since=to_datetime(group.since_ns),
                now=to_datetime(now_ns),
            )
        )
    one = _of_group(group, key, shown_labels({**raw, "incident": group.incident}), title, summary)
    return replace(one, course=_course(group))


def _course(group: Group) -> Course | None:
    if group.cause is None:
        return None
    since_ns, latest_ns = group.since_ns, group.since_ns if group.latest_ns is None else group.latest_ns
    cause, later = (incident_id(group.cause, run=run, since_ns=since_ns) for run in (0, 1))
    return Course(cause=cause, later=later, latest_ns=latest_ns)


def found_failing(rule: Rule, group: Group) -> Found:
    """Make a finding of a saga that fails."""
    of = group.of or 1
    share = group.transactions / of
    saga = f" of {group.saga}" if group.saga else ""
    over = spell(rule.over_ns / NS_PER_S)
    title = f"{100 * share:.0f}% of the transactions{saga} fail"
    summary = f"{group.transactions} of {of} transactions{saga} that ended in the last {over} did not complete."
    labels = shown_labels({"saga": group.saga})
    return _of_group(group, (group.saga,), labels, title, summary, value=share)


def found_undone(rule: Rule, group: Group) -> Found:
    """Make a finding of compensations that failed."""
    raw = {"saga": group.saga, "step": group.step, "owner": group.owner}
    step = f" {group.step}" if group.step else ""
    of = f" of {group.saga}" if group.saga else ""
    title = f"compensation{step}{of} failed in {many(group.transactions, 'transaction')}"
    error = f" Last error: {group.error}." if group.error else ""
    summary = f"The {title} since {_clock(group.since_ns)}, and nothing completed it.{error}"
    return _of_group(group, tuple(raw[name] for name in rule.group_by), shown_labels(raw), title, summary)


def _of_group(
    group: Group,
    key: tuple[str | None, ...],
    labels: Mapping[str, str],
    title: str,
    summary: str,
    *,
    value: float | None = None,
) -> Found:
    return Found(
        key=key,
        labels=labels,
        title=clean(title, 2 * MAX_LABEL),
        summary=clean(summary),
        since_ns=group.since_ns,
        transactions=group.transactions,
        value=float(group.transactions) if value is None else value,
        examples=tuple(clean(one) for one in group.examples),
        incident=group.incident,
        details={"error": clean(group.error)} if group.error else {},
    )


def _coverage(source: str, records: int, joined: int, since_ns: int) -> Found:
    title = f"only {100 * joined / records:.1f}% of the records of {source} belong to a transaction"
    summary = f"{joined} of the latest {records} records of {source} belong to a transaction: do they carry its id?"
    labels = shown_labels({"source": source})
    return Found(
        key=(source,),
        labels=labels,
        title=clean(title),
        summary=clean(summary),
        since_ns=since_ns,
        value=joined / records,
    )


def _rejected(source: str, messages: int, since_ns: int, reason: str) -> Found:
    title = f"{many(messages, 'message')} of {source} rejected"
    return Found(
        key=(source,),
        labels=shown_labels({"source": source}),
        title=clean(title),
        summary=clean(f"{title} since {_clock(since_ns)}. The latest: {reason}"),
        since_ns=since_ns,
        value=float(messages),
        details={"error": clean(reason)},
    )


def _of_collectors(rule: Rule, views: Sequence[CollectorView], now_ns: int) -> Iterator[Found]:
    """Tell of the collectors that do not run, or with `lag` of those that are behind."""
    for view in views:
        if rule.set.lag is not None:
            lag = view.gauges.get("lag", 0.0)
            if lag > rule.set.lag:
                yield _collector(view, f"is {lag:.0f} messages behind", now_ns, lag)
        elif view.state != "running":
            yield _collector(view, f"is {view.state}{f': {view.detail}' if view.detail else ''}", now_ns, None)


def _silent(rule: Rule, views: Sequence[CollectorView], last: Mapping[str, int | None], now_ns: int) -> Iterator[Found]:
    limit_ns = int((rule.set.silent_s or 0.0) * NS_PER_S)
    for view in views:
        at_ns = last.get(view.name)
        if at_ns is not None and now_ns - at_ns > limit_ns:
            yield _collector(view, f"has taken in no record since {_clock(at_ns)}", at_ns, (now_ns - at_ns) / NS_PER_S)


def _collector(view: CollectorView, problem: str, since_ns: int, value: float | None) -> Found:
    return Found(
        key=(view.name,),
        labels=shown_labels({"collector": view.name}),
        title=clean(f"collector {view.name} {problem}", 2 * MAX_LABEL),
        summary=clean(f"The collector {view.name} ({view.type}) {problem}."),
        since_ns=since_ns,
        value=value,
        details={"type": clean(view.type), "problem": clean(problem)},
    )


# --- other people's SQL ---------------------------------------------------------------------------------------


def _of_rows(console: Console, rule: Rule, now_ns: int) -> list[Found]:
    """One finding for each set of labels among the rows of a query; the largest value of those counts."""
    table = console.table(rule.set.sql or "", limit=MAX_ROWS, timeout_s=_SQL_TIMEOUT_S)
    if len(table.columns) > MAX_COLUMNS:
        raise UsageError(f"the query has {len(table.columns)} columns, at most {MAX_COLUMNS} are read")
    found: dict[tuple[str | None, ...], Found] = {}
    for row in table.rows:
        one = _of_row(rule, dict(zip(table.columns, row, strict=True)), now_ns)
        other = found.get(one.key)
        found[one.key] = one if other is None else _larger(one, other)
    return list(found.values())


def _of_row(rule: Rule, row: Mapping[str, Any], now_ns: int) -> Found:
    texts = {name: value for name, value in row.items() if isinstance(value, str) and name not in _SPECIAL}
    since, example = row.get("since"), row.get("transaction_id")
    value, count = _number(row.get("value")), _number(row.get("count"))
    told = ", ".join(f"{name} {text}" for name, text in texts.items())
    title = f"{rule.name}{f': {told}' if told else ''}"
    summary = row.get("summary")
    is_told = isinstance(summary, str) and summary
    return Found(
        key=tuple(part for pair in sorted(texts.items()) for part in pair),
        labels=shown_labels({_label(name): text for name, text in texts.items()}),
        title=clean(str(summary) if is_told else title, 2 * MAX_LABEL),
        summary=clean(str(summary) if is_told else f"{title}{'' if value is None else f' ({value:g})'}."),
        since_ns=(ns_of(since) if isinstance(since, datetime) else None) or now_ns,
        transactions=int(count or 0),
        value=value,
        examples=(clean(example),) if isinstance(example, str) and example else (),
        details={name: clean(str(value)) for name, value in row.items() if value is not None},
    )


def _label(column: str) -> str:
    """Make the name of a column one of a label, which is none that says something else."""
    name = _NOT_OF_A_LABEL.sub("_", column)[:_MAX_NAME]
    return f"_{name}" if name[:1].isdigit() or name in {"alertname", "severity"} else name


def _larger(one: Found, other: Found) -> Found:
    return one if (one.value or 0.0) > (other.value or 0.0) else other


def _number(value: Any) -> float | None:
    """Take a number of whatever kind; what is none, or no number at all, is none."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def _clock(ns: int) -> str:
    return f"{to_datetime(ns):%Y-%m-%d %H:%M} UTC"
