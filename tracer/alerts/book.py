"""The book: alerts, their audit trail and what is to be told of them, written together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from tracer.alerts.alert import Advanced, Alert, Change, Explained, Found, alert_id, read_alert, written
from tracer.alerts.identity import identified
from tracer.alerts.lifecycle import advance, end
from tracer.alerts.room import Room
from tracer.alerts.rules import Route, Rule
from tracer.alerts.silencing import matched, parse_matcher
from tracer.alerts.telling import Links, annotations_of, notice_of
from tracer.clock import NS_PER_S
from tracer.model.text import clean
from tracer.store.alerting import (
    NewDelivery,
    keep_alerts,
    keep_deliveries,
    note_change,
    open_alerts,
    silences_now,
    still_told,
    told_at,
    waiting_counts,
)
from tracer.store.session import Session
from tracer.store.store import Store
from tracer.views.alerts import NoticeKind

KEEP_NS: Final = 2 * NS_PER_S  # figures of an alert that goes on are written so often
REFRESH_NS: Final = 30 * NS_PER_S  # and what else is told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all rules found at a tick, by the rule's name; the rules that are not in `found` could not be asked."""

    found: Mapping[str, Sequence[Found]]
    at_ns: int


@dataclass(slots=True, kw_only=True)
class Planned:
    """What a tick comes to."""

    steps: list[tuple[Alert | None, Advanced]] = field(default_factory=list)
    found: Mapping[str, Found] = field(default_factory=dict)  # by the ids of their alerts
    left_out: Counter[str] = field(default_factory=Counter)  # alerts for which there is no room, by rule

    def is_idle(self, at_ns: int) -> bool:
        """Whether there is nothing to write."""
        return not any(
            step.changes or step.notice or step.alert is None or _is_stale(before, step.alert, at_ns)
            for before, step in self.steps
        )

    @property
    def to_explain(self) -> list[Alert]:
        """The alerts that begin to fire, also where nobody is told, and those that are told, now or again."""
        return [step.alert for _, step in self.steps if step.alert and _is_news(step)]


class Book:
    """Knows the rules and who is told; keeps everything in the store. Blocks."""

    def __init__(
        self,
        *,
        store: Store,
        rules: Sequence[Rule],
        too_many: Rule,
        routes: Sequence[Route],
        links: Links,
        max_alerts: int,
    ) -> None:
        self._store = store
        self.rules: Mapping[str, Rule] = {rule.name: rule for rule in rules}
        self._too_many = too_many
        self.routes: Mapping[str, Route] = {route.name: route for route in routes}
        self._links = links
        self._max_alerts = max_alerts
        self.troubles: dict[str, str] = {}  # of templates, by the rule's name

    # --- a tick -------------------------------------------------------------------------------------------------

    def plan(self, seen: Seen) -> Planned:
        """Say what a tick would come to; nothing is written."""
        return self._store.read(lambda session: self._plan(session, seen))

    def settle(self, seen: Seen, explained: Mapping[str, Explained]) -> tuple[Planned, int]:
        """Write what a tick comes to and the notices that follow, in one commit; how many deliveries those are."""

        def commit(session: Session) -> tuple[Planned, int]:
            planned = self._plan(session, seen)
            return planned, self._write(session, planned, explained, seen.at_ns)

        return self._store.note(commit)

    def _plan(self, session: Session, seen: Seen) -> Planned:
        has_courses = any(one.course for all_found in seen.found.values() for one in all_found)
        going = [read_alert(body) for body in open_alerts(session)] if has_courses else []
        found = {
            one_id: (self.rules[name], one)
            for name, all_found in seen.found.items()
            for one_id, one in identified(name, all_found, going).items()
        }
        known = _as_told(session, map(read_alert, open_alerts(session, [*found, self._too_many_id])), seen.at_ns)
        muted = self._muted(session, found, seen.at_ns)
        planned = Planned(found={one_id: one for one_id, (_, one) in found.items()})
        going_on = [one.rule for one in known.values() if one.state != "resolved" and one.id != self._too_many_id]
        room = Room(self._max_alerts, len(self.rules), going_on)
        for one_id, (rule, one) in sorted(found.items(), key=lambda pair: -pair[1][1].transactions):
            before = known.get(one_id)
            is_new = before is None or before.state == "resolved"
            if is_new and not room.take(rule.name):
                planned.left_out[rule.name] += 1
                continue
            step = advance(one_id, before, one, rule.policy, at_ns=seen.at_ns, muted=one_id in muted)
            planned.steps.append((before, step))
        for one_id, before in known.items():
            if one_id not in found and before.state != "resolved" and one_id != self._too_many_id:
                planned.steps += self._not_found(before, seen)
        self._note_too_many(planned, known.get(self._too_many_id), seen.at_ns)
        return planned

    def _not_found(self, before: Alert, seen: Seen) -> list[tuple[Alert | None, Advanced]]:
        rule = self.rules.get(before.rule)
        if rule is None:
            return [(before, end(before, seen.at_ns))]
        if before.rule not in seen.found:
            return []  # its rule could not be asked: nothing is known
        return [(before, advance(before.id, before, None, rule.policy, at_ns=seen.at_ns, muted=False))]

    @property
    def _too_many_id(self) -> str:
        return alert_id(self._too_many.name, ())

    def _note_too_many(self, planned: Planned, before: Alert | None, at_ns: int) -> None:
        if not planned.left_out and (before is None or before.state == "resolved"):
            return
        found = None
        if planned.left_out:
            count = planned.left_out.total()
            ((rule, most),) = planned.left_out.most_common(1)
            title = f"too many alerts: {count} are left out"
            summary = clean(f"{title} and not told, {most} of them of {rule}; max_alerts is {self._max_alerts}.")
            found = Found(key=(), labels={}, title=title, summary=summary, since_ns=at_ns, value=float(count))
        step = advance(self._too_many_id, before, found, self._too_many.policy, at_ns=at_ns, muted=False)
        planned.steps.append((before, step))

    def _muted(self, session: Session, found: Mapping[str, tuple[Rule, Found]], at_ns: int) -> set[str]:
        """Which of these are not told: silenced, or outside of their rule's hours."""
        outside = {one_id for one_id, (rule, _) in found.items() if not rule.is_in_hours(at_ns)}
        labels = {one_id: self._labels(rule, one) for one_id, (rule, one) in found.items()}
        return outside | set(silenced(session, labels, at_ns))

    def _labels(self, rule: Rule, one: Found) -> Mapping[str, str]:
        return {**rule.set.labels, **one.labels, "alertname": rule.name, "severity": rule.policy.severity}

    # --- writing ------------------------------------------------------------------------------------------------

    def _write(self, session: Session, planned: Planned, explained: Mapping[str, Explained], at_ns: int) -> int:
        kept: list[Alert] = []
        dropped: list[str] = []
        told: list[tuple[Alert, NoticeKind, tuple[str, ...]]] = []
        for before, step in planned.steps:
            alert = None if step.alert is None else self._completed(step.alert, explained)
            for change in step.changes:
                _note(session, alert or before, change, at_ns)
            if alert is None:
                dropped += [before.id] if before else []
            elif step.changes or step.notice or _is_stale(before, alert, at_ns):
                kept.append(replace(alert, kept_ns=at_ns))
            if alert is not None and step.notice is not None:
                told.append((alert, step.notice, step.to))
        keep_alerts(session, [written(alert) for alert in kept], dropped)
        return self.put(session, told, at_ns)

    def _completed(self, alert: Alert, explained: Mapping[str, Explained]) -> Alert:
        rule = self.rules.get(alert.rule)
        alert = replace(alert, explained=explained.get(alert.id, alert.explained))
        if rule is None:
            return alert
        labelled = replace(alert, labels={**rule.set.labels, **alert.labels})
        annotations, missing = annotations_of(rule.set, labelled)
        if missing:
            self.troubles[rule.name] = f"its annotations name what was not found: {', '.join(missing)}"
        else:
            self.troubles.pop(rule.name, None)
        return replace(labelled, annotations=annotations)

    def put(self, session: Session, told: Iterable[tuple[Alert, NoticeKind, tuple[str, ...]]], at_ns: int) -> int:
        """Put notices into the outbox for those that want them; how many wait there then that did not before.

        A repeat is not put where a notice that the alert fires waits already: it would follow it at once.
        """
        told = list(told)
        pending = still_told(session, [alert.id for alert, kind, _ in told if kind == "repeat"])
        wanted = [
            (alert, kind, self.routes[name])
            for alert, kind, names in told
            for name in names
            if name in self.routes and _wants(self.routes[name], kind) and (alert.id, name) not in pending
        ]
        if not wanted:
            return 0
        waiting = dict(waiting_counts(session))
        new = [self._delivery(alert, kind, route, waiting, at_ns) for alert, kind, route in wanted]
        keep_deliveries(session, new)
        return sum(one.error is None for one in new)

    def _delivery(
        self, alert: Alert, kind: NoticeKind, route: Route, waiting: dict[str, int], at_ns: int
    ) -> NewDelivery:
        notice = notice_of(alert, kind, route.name, at_ns=at_ns, links=self._links)
        is_full = waiting.get(route.name, 0) >= route.max_waiting
        if not is_full:
            waiting[route.name] = waiting.get(route.name, 0) + 1
        return NewDelivery(
            id=notice.id,
            alert=alert.id,
            rule=alert.rule,
            notifier=route.name,
            kind=kind,
            created_ns=at_ns,
            notice=msgspec.json.encode(notice).decode(),
            error=f"{route.max_waiting} notices wait already" if is_full else None,
        )


def _is_news(step: Advanced) -> bool:
    return step.notice in {"firing", "repeat"} or any(change.what == "firing" for change in step.changes)


def silenced(session: Session, labels: Mapping[str, Mapping[str, str]], at_ns: int) -> dict[str, tuple[str, ...]]:
    """Say which of these sets of labels are silenced at a moment, each with the ids of the silences."""
    held: dict[str, tuple[str, ...]] = {}
    if not labels:
        return held
    names, values = list(labels), list(labels.values())
    for silence, terms in silences_now(session, at_ns):
        for name, holds in zip(names, matched(map(parse_matcher, terms), values), strict=True):
            if holds:
                held[name] = (*held.get(name, ()), silence)
    return held


def _as_told(session: Session, alerts: Iterable[Alert], at_ns: int) -> dict[str, Alert]:
    """Give the alerts by id; what is told again counts from when the last notice was taken, not written."""
    known = {alert.id: alert for alert in alerts}
    due = [alert.id for alert in known.values() if _is_repeated(alert, at_ns)]
    for one_id, taken_ns in told_at(session, due, at_ns).items():
        written_ns = known[one_id].notified_ns or 0
        known[one_id] = replace(known[one_id], notified_ns=max(written_ns, taken_ns))
    return known


def _is_repeated(alert: Alert, at_ns: int) -> bool:
    """Whether a repeat may be due; a heartbeat keeps its own pace."""
    if alert.state != "firing" or alert.notified_ns is None or alert.what == "heartbeat":
        return False
    return at_ns - alert.notified_ns >= alert.repeat_ns


def _wants(route: Route, kind: NoticeKind) -> bool:
    return {"resolved": route.resolved, "acknowledged": route.acknowledged}.get(kind, True)


def _is_stale(before: Alert | None, alert: Alert, at_ns: int) -> bool:
    """Whether what is kept of an alert has to be written again."""
    if before is None or before.state != alert.state or before.gone_ns != alert.gone_ns:
        return True
    since_ns = at_ns - before.kept_ns
    return since_ns < 0 or since_ns >= (KEEP_NS if _figures(before) != _figures(alert) else REFRESH_NS)


def _figures(alert: Alert) -> tuple[object, ...]:
    value = None if alert.what == "collector" else alert.value
    return alert.transactions, alert.examples, alert.since_ns, alert.title, value, alert.severity


def _note(session: Session, alert: Alert | None, change: Change, at_ns: int) -> None:
    if alert is None:
        return
    detail = f"{alert.rule}: {change.detail or alert.title}"
    note_change(session, at_ns=at_ns, subject=alert.id, what=change.what, by=None, detail=detail)
