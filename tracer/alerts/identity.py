"""Which alert a finding belongs to. A finding of a cause that comes again is told apart by when it began. Pure.

Incidents of one cause are named by their order, which moves when the earliest of them is over; an alert does not: it
goes on with the incident that lies in its own time, under its own id and with its own labels, until that one is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from tracer.alerts.alert import Alert, Course, Found, alert_id
from tracer.analysis.incidents import GAP_S
from tracer.clock import NS_PER_S

_GAP_NS: Final = GAP_S * NS_PER_S
_LABEL: Final = "incident"


def identified(rule: str, found: Sequence[Found], going: Iterable[Alert]) -> dict[str, Found]:
    """Give what a rule finds by the ids of its alerts; `going` are alerts that are not over, of whatever rule."""
    by_id = {alert_id(rule, one.key): one for one in found if one.course is None}
    runs: dict[str, list[tuple[Found, Course]]] = {}
    for one in found:
        if one.course is not None:
            runs.setdefault(one.course.cause, []).append((one, one.course))
    known: dict[str, list[Alert]] = {}
    for alert in going if runs else ():
        if alert.rule == rule and alert.course is not None:
            known.setdefault(alert.course.cause, []).append(alert)
    for cause, several in runs.items():
        by_id |= _of_cause(rule, several, known.get(cause, []))
    return by_id


def _of_cause(rule: str, runs: Sequence[tuple[Found, Course]], known: Sequence[Alert]) -> dict[str, Found]:
    """Let each alert, the latest first, go on with the latest incident in its time; others are named anew.

    What began only before the time of an alert that has none left belongs to it, too: it is known later than it began.
    """
    left = sorted(runs, key=lambda run: -run[1].latest_ns)
    by_id: dict[str, Found] = {}
    for is_its in (_is_in_time, _is_before):
        for alert in sorted(known, key=_latest_ns, reverse=True):
            own = None if alert.id in by_id else next((run for run in left if is_its(alert, *run)), None)
            if own is not None:
                left.remove(own)
                by_id[alert.id] = _labelled(own[0], alert.labels)
    taken = {*by_id, *(alert.id for alert in known)}
    for one, course in reversed(left):
        name = next(name for name in _names(one, course) if alert_id(rule, (name,)) not in taken)
        taken.add(alert_id(rule, (name,)))
        by_id[alert_id(rule, (name,))] = _labelled(one, {_LABEL: name})
    return by_id


def _names(one: Found, course: Course) -> Iterator[str]:
    """Give the incident's own name, then the one that no other has that begins at that time; then numbered ones."""
    if one.incident is not None:
        yield one.incident
    yield course.later
    yield from (f"{course.later}-{number}" for number in count(2))


def _is_in_time(alert: Alert, one: Found, course: Course) -> bool:
    return one.since_ns <= _latest_ns(alert) + _GAP_NS and course.latest_ns >= alert.since_ns


def _is_before(alert: Alert, one: Found, course: Course) -> bool:
    del one
    return course.latest_ns < alert.since_ns


def _latest_ns(alert: Alert) -> int:
    return alert.since_ns if alert.course is None else alert.course.latest_ns


def _labelled(one: Found, labels: Mapping[str, str]) -> Found:
    """Give it the name of its alert as a label: what identifies an alert elsewhere must not change while it lasts."""
    name = labels.get(_LABEL)
    return one if name is None else replace(one, labels={**one.labels, _LABEL: name})
