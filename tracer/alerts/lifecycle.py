"""The lifecycle of an alert: what becomes of it, given what was found and what time it is. Pure.

    nothing --found--> pending --held for `for`--> firing --gone for `resolve_after`--> resolved --found--> pending
                          `--gone--> nothing

What is told follows from it: a firing once, a repeat after each `repeat` while nobody acknowledged, and the end to
those who were told. While it is muted (a silence, outside of hours) only an end is told; a firing that was held back
is told when the mute ends. What comes back within `repeat` after its end is flapping: each time it has to be gone
twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tracer.alerts.alert import Advanced, Alert, Change, Found
from tracer.config.alerting import When
from tracer.views.alerts import NoticeKind, Severity

_MOST_FLAPS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a rule says of the lifecycle of its alerts; `to` are the notifiers that are told."""

    rule: str
    what: When
    severity: Severity
    for_ns: int
    repeat_ns: int
    resolve_ns: int
    to: tuple[str, ...]


def advance(
    alert_id: str, before: Alert | None, found: Found | None, policy: Policy, *, at_ns: int, muted: bool
) -> Advanced:
    """Say what becomes of the alert with this id; `before` is what is known of it, None where nothing is."""
    known = None if before is None else _not_ahead(before, at_ns)
    if found is not None:
        return _found(alert_id, known, found, policy, at_ns, muted=muted)
    if known is None or known.state == "resolved":
        return Advanced(alert=known)
    if known.state == "pending":
        return _dropped(known)
    return _gone(known, policy, at_ns)


def end(alert: Alert, at_ns: int) -> Advanced:
    """End an alert whose rule is gone."""
    if alert.state == "pending":
        return replace(_dropped(alert), changes=(Change(what="rule is gone"),))
    return _resolved(_not_ahead(alert, at_ns), at_ns, "rule is gone")


def hold_ns(alert: Alert, policy: Policy) -> int:
    """How long it must be gone to be resolved: longer the more often it came back."""
    return max(policy.resolve_ns, min(policy.repeat_ns, policy.resolve_ns << min(alert.flaps, _MOST_FLAPS)))


def _found(alert_id: str, known: Alert | None, found: Found, policy: Policy, at_ns: int, *, muted: bool) -> Advanced:
    changes: list[Change] = []
    if known is None or known.state == "resolved":
        alert = _begun(alert_id, known, found, policy, at_ns)
        if policy.for_ns:
            changes.append(Change(what="pending", detail=found.title))
    else:
        alert = _seen(known, found, policy)
    if alert.state == "pending" and at_ns - alert.pending_ns >= policy.for_ns:
        flaps = min(alert.flaps + (alert.resolved_ns is not None), _MOST_FLAPS)
        alert = replace(alert, state="firing", fired_ns=at_ns, resolved_ns=None, flaps=flaps)
        changes.append(Change(what="firing", detail=found.title))
    if not _is_due(alert, policy, at_ns, muted=muted):
        return Advanced(alert=alert, changes=tuple(changes))
    kind: NoticeKind = "firing" if alert.notified_ns is None else "repeat"
    told_to = tuple(dict.fromkeys((*alert.told_to, *policy.to)))
    alert = replace(alert, notified_ns=at_ns, told_to=told_to)
    return Advanced(alert=alert, changes=tuple(changes), notice=kind, to=policy.to)


def _begun(alert_id: str, known: Alert | None, found: Found, policy: Policy, at_ns: int) -> Alert:
    """Begin anew; what ended a while ago is forgotten, a recent end (`resolved_ns`) is kept until this one fires."""
    recent = None if known is None or _is_long_ago(known, at_ns) else known
    return Alert(
        id=alert_id,
        rule=policy.rule,
        what=policy.what,
        state="pending",
        severity=policy.severity,
        labels=found.labels,
        title=found.title,
        summary=found.summary,
        since_ns=min(found.since_ns, at_ns),
        pending_ns=at_ns,
        transactions=found.transactions,
        peak=found.transactions,
        value=found.value,
        examples=found.examples,
        incident=found.incident,
        course=found.course,
        details=found.details,
        resolved_ns=recent.resolved_ns if recent else None,
        fired_ns=recent.fired_ns if recent else None,
        flaps=recent.flaps if recent else 0,
        repeat_ns=policy.repeat_ns,
    )


def _seen(known: Alert, found: Found, policy: Policy) -> Alert:
    """Bring what is told of it up to date; the earliest `since` stays, and so does the summary that was found out."""
    return replace(
        known,
        severity=policy.severity,
        labels=found.labels,
        title=found.title,
        summary=found.summary,
        since_ns=min(known.since_ns, found.since_ns),
        gone_ns=None,
        transactions=found.transactions,
        peak=max(known.peak, found.transactions),
        value=found.value,
        examples=found.examples,
        incident=found.incident,
        course=found.course,
        details=found.details,
        repeat_ns=policy.repeat_ns,
    )


def _is_due(alert: Alert, policy: Policy, at_ns: int, *, muted: bool) -> bool:
    """Whether it is to be told now, for the first time or again."""
    if alert.state != "firing" or muted or alert.acknowledged is not None or not policy.to:
        return False
    return alert.notified_ns is None or at_ns - alert.notified_ns >= policy.repeat_ns


def _is_long_ago(known: Alert, at_ns: int) -> bool:
    return known.resolved_ns is None or at_ns - known.resolved_ns >= known.repeat_ns


def _dropped(known: Alert) -> Advanced:
    """Forget what did not hold long enough to fire; what fired before is as it was."""
    alert = None if known.resolved_ns is None else replace(known, state="resolved", transactions=0)
    return Advanced(alert=alert, changes=(Change(what="not any more"),))


def _gone(known: Alert, policy: Policy, at_ns: int) -> Advanced:
    alert = replace(known, gone_ns=at_ns if known.gone_ns is None else known.gone_ns, transactions=0)
    if alert.gone_ns is None or at_ns - alert.gone_ns < hold_ns(alert, policy):
        return Advanced(alert=alert)
    return _resolved(alert, at_ns, "")


def _resolved(alert: Alert, at_ns: int, why: str) -> Advanced:
    ended = replace(alert, state="resolved", resolved_ns=at_ns, transactions=0)
    changes = [Change(what="rule is gone")] if why else []
    changes.append(Change(what="resolved", detail=alert.title))
    is_told = alert.notified_ns is not None
    return Advanced(
        alert=ended, changes=tuple(changes), notice="resolved" if is_told else None, to=alert.told_to if is_told else ()
    )


def _not_ahead(alert: Alert, at_ns: int) -> Alert:
    """Take times that lie ahead (the clock was set back) for now, so that nothing waits until they come again."""

    def past(value: int | None) -> int | None:
        return None if value is None else min(value, at_ns)

    return replace(
        alert,
        pending_ns=min(alert.pending_ns, at_ns),
        kept_ns=min(alert.kept_ns, at_ns),
        fired_ns=past(alert.fired_ns),
        resolved_ns=past(alert.resolved_ns),
        gone_ns=past(alert.gone_ns),
        notified_ns=past(alert.notified_ns),
    )
