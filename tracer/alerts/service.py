"""What people ask of alerts, and what they do to them: acknowledge, silence. Implements `tracer.api.ports.Alerts`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tracer.alerts.alert import Acknowledged, Alert, read_alert, written
from tracer.alerts.book import Book, silenced
from tracer.alerts.rules import about
from tracer.alerts.silencing import parse_matchers
from tracer.alerts.silencing import written as written_matcher
from tracer.alerts.telling import Links, open_command
from tracer.clock import NS_PER_S, Clock, to_datetime, to_ns
from tracer.errors import NotFound, UsageError
from tracer.model.duration import spell
from tracer.model.text import clean
from tracer.store.alerting import alert_body, keep_alerts, note_change
from tracer.store.session import Row, Session
from tracer.store.store import Store
from tracer.views.alerts import (
    Acknowledgement,
    AlertChange,
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertView,
    Delivery,
    DeliveryList,
    DeliveryState,
    NoticeKind,
    RuleList,
    RuleView,
    Silence,
    SilenceList,
)

MAX_LISTED: Final = 1000
MAX_BY: Final = 100
MAX_WORDS: Final = 1000
MAX_SILENCES: Final = 200  # that hold, or will
MAX_SILENCE_S: Final = 366 * 86_400
_ID_DIGITS: Final = 12


class AlertService:
    """Answers from the store, and writes what people do. Every method blocks and may be called from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        book: Book,
        links: Links,
        troubles: Callable[[], Mapping[str, str]],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._book = book
        self._links = links
        self._troubles = troubles
        self._wake = wake

    # --- asking -------------------------------------------------------------------------------------------------

    def alerts(self, query: AlertQuery) -> AlertList:
        """The alerts that the filters let through. Raises UsageError for a limit that is none."""
        limit, now_ns = _limit(query.limit), self._clock.now_ns()
        values = {
            "rules": list(query.rule) or None,
            "states": list(query.state) or None,
            "severities": list(query.severity) or None,
            "limit": limit,
        }

        def ask(session: Session) -> AlertList:
            alerts = [read_alert(body) for (body,) in session.rows("alert_list", values)]
            counted = [row for row in session.rows("alert_counts") if row[1] != "heartbeat"]
            return AlertList(
                alerts=tuple(self._views(session, alerts, now_ns)),
                firing=sum(row[4] for row in counted if row[2] == "firing"),
                pending=sum(row[4] for row in counted if row[2] == "pending"),
                troubles=tuple(f"{name}: {trouble}" for name, trouble in sorted(self._troubles().items())),
                as_of=to_datetime(now_ns),
            )

        return self._store.read(ask)

    def alert(self, alert_id: str) -> AlertView:
        """One alert, whatever its state. Raises NotFound."""
        now_ns = self._clock.now_ns()
        return self._store.read(lambda session: self._views(session, [_known(session, alert_id)], now_ns)[0])

    def rules(self) -> RuleList:
        """The rules that run, and what became of the last delivery of each notifier."""
        now_ns = self._clock.now_ns()

        def ask(session: Session) -> tuple[list[Row], list[Row]]:
            return session.rows("alert_counts"), session.rows("delivery_last")

        counts, last = self._store.read(ask)
        troubles, told = self._troubles(), {name: _outcome(one, now_ns) for name, one in last}
        rules = tuple(
            RuleView(
                name=rule.name,
                when=rule.set.when,
                severity=rule.policy.severity,
                about=about(rule),
                default=rule.built_in,
                notify=rule.policy.to,
                pending=sum(row[4] for row in counts if (row[0], row[2]) == (rule.name, "pending")),
                firing=sum(row[4] for row in counts if (row[0], row[2]) == (rule.name, "firing")),
                trouble=troubles.get(rule.name),
                where=rule.where,
            )
            for rule in self._book.rules.values()
        )
        notifiers = {name: told.get(name, "nothing was sent yet") for name in self._book.routes}
        return RuleList(rules=rules, notifiers=notifiers, as_of=to_datetime(now_ns))

    def deliveries(
        self,
        *,
        alert: str | None = None,
        notifier: Sequence[str] = (),
        state: Sequence[DeliveryState] = (),
        limit: int = 100,
    ) -> DeliveryList:
        """What was told to whom, and what came of it, the latest first. Raises UsageError for a limit that is none."""
        now_ns = self._clock.now_ns()
        filters = {"alert": alert, "notifiers": list(notifier) or None, "states": list(state) or None}

        def ask(session: Session) -> DeliveryList:
            rows = session.rows("delivery_list", {**filters, "limit": _limit(limit)})
            waiting, failed = session.row("delivery_marks") or (0, 0)
            return DeliveryList(
                deliveries=tuple(map(_delivery, rows)), waiting=waiting, failed=failed, as_of=to_datetime(now_ns)
            )

        return self._store.read(ask)

    def history(self, *, subject: str | None = None, limit: int = 100) -> AlertHistory:
        """The audit trail, of one alert or silence or of all, the latest first. Raises UsageError for a wrong limit."""
        values, now_ns = {"limit": _limit(limit)}, self._clock.now_ns()

        def ask(session: Session) -> list[Row]:
            if subject is None:
                return session.rows("alert_changes", values)
            return session.rows("alert_changes_of", {**values, "subject": subject})

        changes = (
            AlertChange(at=to_datetime(at_ns), subject=of, what=what, by=by, detail=detail)
            for at_ns, of, what, by, detail in self._store.read(ask)
        )
        return AlertHistory(changes=tuple(changes), as_of=to_datetime(now_ns))

    def silences(self) -> SilenceList:
        """The silences, those that hold now first."""
        now_ns = self._clock.now_ns()
        values = {"now": now_ns, "limit": MAX_LISTED}
        rows = self._store.read(lambda session: session.rows("silence_list", values))
        return SilenceList(silences=tuple(map(_silence, rows)), as_of=to_datetime(now_ns))

    # --- doing --------------------------------------------------------------------------------------------------

    def acknowledge(self, alert_id: str, *, by: str, note: str = "") -> AlertView:
        """Note that somebody is on it: it is not told again until it is resolved.

        Raises NotFound, and UsageError where it is over, or nobody is named.
        """
        person = Acknowledged(by=_by(by), at_ns=self._clock.now_ns(), note=_words(note, "note"))
        detail = f": {person.note}" if person.note else ""
        return self._change(alert_id, person, "acknowledged", person.by, detail, tell="acknowledged")

    def unacknowledge(self, alert_id: str, *, by: str) -> AlertView:
        """Take an acknowledgement back: repeats go on. Raises NotFound, and UsageError where it is over."""
        return self._change(alert_id, None, "acknowledgement taken back", _by(by), "", tell=None)

    def _change(
        self,
        alert_id: str,
        acknowledged: Acknowledged | None,
        what: str,
        by: str,
        detail: str,
        *,
        tell: NoticeKind | None,
    ) -> AlertView:
        now_ns = self._clock.now_ns()

        def change(session: Session) -> tuple[AlertView, int]:
            alert = _known(session, alert_id)
            if alert.state == "resolved":
                raise UsageError(f"alert {alert_id} is over: there is nothing to acknowledge")
            if (alert.acknowledged is None) is (acknowledged is None) and acknowledged is None:
                raise UsageError(f"alert {alert_id} is not acknowledged")
            alert = replace(alert, acknowledged=acknowledged)
            keep_alerts(session, [written(alert)])
            text = f"{alert.rule}: {alert.title}{detail}"
            note_change(session, at_ns=now_ns, subject=alert.id, what=what, by=by, detail=text)
            new = self._book.put(session, [(alert, tell, alert.told_to)], now_ns) if tell else 0
            return self._views(session, [alert], now_ns)[0], new

        view, new = self._store.note(change)
        if new:
            self._wake()
        return view

    def silence(
        self, matchers: Sequence[str], *, by: str, reason: str, ends: datetime, starts: datetime | None = None
    ) -> Silence:
        """Make a silence. Raises UsageError for matchers or times that are none, and without a reason."""
        now_ns = self._clock.now_ns()
        parsed = parse_matchers(matchers)
        terms = [written_matcher(one) for one in parsed]
        person, why = _by(by), _words(reason, "reason")
        if not why:
            raise UsageError("say why, with a reason: somebody will ask at night")
        starts_ns, ends_ns = max(now_ns, now_ns if starts is None else to_ns(starts)), to_ns(ends)
        longest_ns = MAX_SILENCE_S * NS_PER_S
        if starts_ns > now_ns + longest_ns or not starts_ns < ends_ns <= starts_ns + longest_ns:
            raise UsageError(
                "a silence starts within a year, and ends after now and after it starts, within a year of that"
            )
        parts = repr((terms, person, why, now_ns))
        new_id = hashlib.sha256(parts.encode()).hexdigest()[:_ID_DIGITS]
        values = {"id": new_id, "matchers": terms, "by": person, "reason": why, "starts": starts_ns, "ends": ends_ns}

        def make(session: Session) -> Silence:
            if session.value("silence_count", {"now": now_ns}) >= MAX_SILENCES:
                raise UsageError(f"there are {MAX_SILENCES} silences already: end some")
            session.run("silence_add", values)
            told = f"{', '.join(terms)} until {to_datetime(ends_ns):%Y-%m-%d %H:%M} UTC: {why}"
            note_change(session, at_ns=now_ns, subject=new_id, what="silence", by=person, detail=told)
            return _known_silence(session, new_id)

        return self._store.note(make)

    def end_silence(self, silence_id: str, *, by: str) -> Silence:
        """End a silence now. Raises NotFound, and UsageError where it is over."""
        now_ns, person = self._clock.now_ns(), _by(by)

        def stop(session: Session) -> Silence:
            known = _known_silence(session, silence_id)
            if to_ns(known.ends) <= now_ns:
                raise UsageError(f"silence {silence_id} is over")
            session.run("silence_end", {"id": silence_id, "now": now_ns, "by": person})
            detail = ", ".join(known.matchers)
            note_change(session, at_ns=now_ns, subject=silence_id, what="silence ended", by=person, detail=detail)
            return _known_silence(session, silence_id)

        return self._store.note(stop)

    # --- views --------------------------------------------------------------------------------------------------

    def _views(self, session: Session, alerts: Iterable[Alert], now_ns: int) -> list[AlertView]:
        listed = list(alerts)
        going = [one for one in listed if one.state != "resolved"]
        labels = {one.id: {**one.labels, "alertname": one.rule, "severity": one.severity} for one in going}
        held = silenced(session, labels, now_ns)
        return [self._view(one, held.get(one.id, ())) for one in listed]

    def _view(self, alert: Alert, silenced_by: tuple[str, ...]) -> AlertView:
        ack = alert.acknowledged
        is_repeated = alert.state == "firing" and ack is None and alert.notified_ns is not None
        example = alert.examples[0] if alert.examples else None
        return AlertView(
            id=alert.id,
            rule=clean(alert.rule),
            state=alert.state,
            severity=alert.severity,
            summary=alert.summary,
            labels=alert.labels,
            annotations=alert.annotations,
            incident=alert.incident,
            transactions=alert.transactions,
            peak=alert.peak,
            value=alert.value,
            examples=alert.examples,
            action=alert.explained.action,
            command=alert.explained.command,
            open_command=open_command(alert, self._links),
            link=self._links.of(example),
            since=to_datetime(alert.since_ns),
            pending_at=to_datetime(alert.pending_ns),
            fired_at=_moment(alert.fired_ns),
            resolved_at=_moment(alert.resolved_ns) if alert.state == "resolved" else None,
            notified_at=_moment(alert.notified_ns),
            repeat_at=_moment((alert.notified_ns or 0) + alert.repeat_ns) if is_repeated else None,
            acknowledged=Acknowledgement(by=ack.by, at=to_datetime(ack.at_ns), note=ack.note) if ack else None,
            silenced_by=silenced_by,
        )


def _known(session: Session, alert_id: str) -> Alert:
    body = alert_body(session, alert_id)
    if body is None:
        raise NotFound(f"no alert {clean(alert_id, MAX_BY)}")
    return read_alert(body)


def _known_silence(session: Session, silence_id: str) -> Silence:
    row = session.row("silence_one", {"id": silence_id})
    if row is None:
        raise NotFound(f"no silence {clean(silence_id, MAX_BY)}")
    return _silence(row)


def _silence(row: Row) -> Silence:
    silence_id, matchers, by, reason, starts_ns, ends_ns, ended_by = row
    return Silence(
        id=silence_id,
        matchers=tuple(matchers),
        by=by,
        reason=reason,
        starts=to_datetime(starts_ns),
        ends=to_datetime(ends_ns),
        ended_by=ended_by,
    )


def _delivery(row: Row) -> Delivery:
    one_id, alert, rule, notifier, kind, state, tries, error, created_ns, due_ns, delivered_ns = row
    return Delivery(
        id=one_id,
        alert=alert,
        rule=clean(rule),
        notifier=notifier,
        kind=kind,
        state=state,
        tries=tries,
        error=None if error is None else clean(error),
        created=to_datetime(created_ns),
        due=_moment(due_ns),
        delivered=_moment(delivered_ns),
    )


def _outcome(last: Mapping[str, object], now_ns: int) -> str:
    """Say what became of the last delivery of a notifier."""
    ago = spell(max(0, now_ns - int(str(last["at_ns"]))) / NS_PER_S)
    error = clean(str(last["error"] or "no answer yet"))
    if last["state"] == "delivered":
        return f"delivered {ago} ago"
    if last["state"] == "failed":
        return f"given up {ago} ago: {error}"
    return f"tried {last['tries']} times, last {ago} ago: {error}"


def _moment(ns: int | None) -> datetime | None:
    return None if ns is None else to_datetime(ns)


def _limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LISTED:
        raise UsageError(f"limit must be from 1 to {MAX_LISTED}, not {limit}")
    return limit


def _by(name: str) -> str:
    person = clean(name.strip(), MAX_BY)
    if not person:
        raise UsageError("say who: by must not be empty")
    return person


def _words(text: str, what: str) -> str:
    if len(text) > MAX_WORDS:
        raise UsageError(f"{what} has at most {MAX_WORDS} characters")
    return clean(text.strip(), MAX_WORDS)
