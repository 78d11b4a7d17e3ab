"""Tries a rule over stored history. Nothing is written.

It is asked what it would have found at moments that have passed, and the same lifecycle runs over them; bounded in
moments, in time and in what is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from itertools import islice
from threading import Lock
from typing import Final

from tracer.alerts.alert import Alert, Found
from tracer.alerts.identity import identified
from tracer.alerts.lifecycle import Policy, advance
from tracer.alerts.observing import chosen_by, found_failing, found_stuck, found_undone
from tracer.alerts.rules import Rule
from tracer.clock import NS_PER_S, Clock, to_datetime, to_ns
from tracer.config.alerting import When
from tracer.errors import Busy, NotFound, UsageError
from tracer.model.duration import spell
from tracer.model.sagas import Limits
from tracer.model.text import clean
from tracer.query.watched import failing_then, first_record_ns, stuck_then, undone_then
from tracer.store.session import Session
from tracer.store.store import Store
from tracer.views import RuleTest, TrialQuery, WouldFire

MAX_MOMENTS: Final = 1000
MAX_FIRED: Final = 1000
MAX_S: Final = 45.0
MOMENTS: Final = 200  # looked at where nothing is said
LEAST_EVERY_S: Final = 60.0
DAY_S: Final = 86_400.0
_UNTOLD: Final[Mapping[When, str]] = {
    "sql": "its query reads the tables as they are now",
    "coverage": "which records belonged to a transaction is not kept as it was then",
    "collector": "the states of collectors are not kept",
    "rejected": "messages that could be decoded since are not among the rejected ones any more",
    "heartbeat": "it fires always",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Over:
    """The moments that are looked at."""

    since_ns: int
    until_ns: int
    every_ns: int

    def moments(self) -> Iterator[int]:
        yield from range(self.since_ns, self.until_ns + 1, self.every_ns)


class RuleTrials:
    """Tries the rules that run. Every method blocks and may be called from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        limits: Limits,
        rules: Mapping[str, Rule],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._rules = rules
        self._monotonic_s = monotonic_s
        self._turn = Lock()

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Say when a rule would have fired, and for how long.

        Raises NotFound with the nearest names, UsageError for what history cannot tell, or a time that is none, and
        Busy while another is tried.
        """
        rule = self._rules.get(name)
        if rule is None:
            near = tuple(get_close_matches(name, list(self._rules), n=3, cutoff=0.5))  # from difflib
            raise NotFound(f"no rule {clean(name, 100)} runs", nearest=near)
        if why := _UNTOLD.get(rule.set.when):
            raise UsageError(f"rule {clean(name)} cannot be told from history: {why}")
        if not self._turn.acquire(blocking=False):
            raise Busy("another rule is being tried", retry_after_s=MAX_S / 4)
        try:
            return self._tried(rule, query)
        finally:
            self._turn.release()

    def _tried(self, rule: Rule, query: TrialQuery) -> RuleTest:
        first_ns = self._store.read(first_record_ns)
        over = _over(query, first_ns, self._clock.now_ns())
        trial, looked, end_ns = _Trial(rule.name, _policy(rule, query)), 0, over.since_ns
        deadline_s = self._monotonic_s() + MAX_S
        for at_ns in over.moments():
            if looked and self._monotonic_s() > deadline_s:
                break
            trial.see(self._store.read(partial(self._ask, rule=rule, at_ns=at_ns)), at_ns)
            looked, end_ns = looked + 1, at_ns
        fired = sorted(trial.spans, key=lambda one: one.fired_at)
        return RuleTest(
            rule=clean(rule.name),
            since=to_datetime(over.since_ns),
            until=to_datetime(end_ns),
            every_s=over.every_ns / NS_PER_S,
            samples=looked,
            fired=tuple(islice(fired, MAX_FIRED)),
            notes=tuple(_notes(rule, query, over, looked=looked, end_ns=end_ns, first_ns=first_ns, fired=fired)),
        )

    def _ask(self, session: Session, *, rule: Rule, at_ns: int) -> list[Found]:
        chosen, since_ns = chosen_by(rule), at_ns - rule.over_ns
        if rule.set.when == "stuck":
            older_ns = int(rule.set.older_s * NS_PER_S)
            groups = stuck_then(session, chosen, self._limits, at_ns=at_ns, older_ns=older_ns)
            return [found_stuck(rule, group, at_ns) for group in groups]
        if rule.set.when == "failing":
            share = rule.set.share or 0.0
            groups = failing_then(session, chosen, self._limits, at_ns=at_ns, since_ns=since_ns, share=share)
            return [found_failing(rule, group) for group in groups]
        groups = undone_then(session, chosen, at_ns=at_ns, since_ns=since_ns)
        return [found_undone(rule, group) for group in groups]


@dataclass(slots=True)
class _Firing:
    """A span that goes on: when it fired, and the most that was found in it."""

    fired_ns: int
    most: Found


@dataclass(slots=True)
class _Trial:
    """The alerts of one rule over the moments; nobody is told, so nobody mutes it either."""

    rule: str
    policy: Policy
    ended: list[WouldFire] = field(default_factory=list)
    _alerts: dict[str, Alert] = field(default_factory=dict)
    _firing: dict[str, _Firing] = field(default_factory=dict)

    def see(self, found: Sequence[Found], at_ns: int) -> None:
        """Let every alert go on by what was found at a moment."""
        going = [alert for alert in self._alerts.values() if alert.state != "resolved"]
        by_id = identified(self.rule, found, going)
        for one_id in {**self._alerts, **by_id}:
            self._step(one_id, by_id.get(one_id), at_ns)

    def _step(self, one_id: str, found: Found | None, at_ns: int) -> None:
        before = self._alerts.pop(one_id, None)
        after = advance(one_id, before, found, self.policy, at_ns=at_ns, muted=True).alert
        if after is not None:
            self._alerts[one_id] = after
        if after is not None and after.state == "firing":
            self._goes_on(one_id, found, at_ns)
        elif one_id in self._firing:
            gone_ns = after.gone_ns if after else None
            self.ended.append(_span(self._firing.pop(one_id), at_ns if gone_ns is None else gone_ns))

    def _goes_on(self, one_id: str, found: Found | None, at_ns: int) -> None:
        if found is None:
            return
        at = self._firing.setdefault(one_id, _Firing(at_ns, found))
        if (found.value or 0.0) > (at.most.value or 0.0):
            at.most = found

    @property
    def spans(self) -> list[WouldFire]:
        """All spans; one whose finding was gone at the last moment ended there, the others go on."""
        open_ones = [_span(at, self._alerts[one_id].gone_ns) for one_id, at in self._firing.items()]
        return [*self.ended, *open_ones]


def _span(at: _Firing, gone_ns: int | None) -> WouldFire:
    return WouldFire(
        labels=at.most.labels,
        fired_at=to_datetime(at.fired_ns),
        resolved_at=None if gone_ns is None else to_datetime(gone_ns),
        peak=at.most.value or float(at.most.transactions),
        summary=at.most.summary,
    )


def _policy(rule: Rule, query: TrialQuery) -> Policy:
    """Give the rule's own; at one moment nothing can hold, so that what is found counts at once."""
    return rule.policy if query.at is None else replace(rule.policy, for_ns=0)


def _over(query: TrialQuery, first_ns: int | None, now_ns: int) -> _Over:
    """Read which moments are meant; nothing is looked at before the first record. Raises UsageError."""
    if query.at is not None:
        if query.since or query.until or query.every_s:
            raise UsageError("at is one moment: leave since, until and every out, or at")
        at_ns = to_ns(query.at)
        _refuse_ahead(at_ns, now_ns, "at")
        return _Over(since_ns=at_ns, until_ns=at_ns, every_ns=NS_PER_S)
    until_ns = now_ns if query.until is None else to_ns(query.until)
    since_ns = until_ns - int(DAY_S * NS_PER_S) if query.since is None else to_ns(query.since)
    _refuse_ahead(until_ns, now_ns, "until")
    if since_ns >= until_ns:
        raise UsageError("since must lie before until")
    if first_ns is not None and since_ns < first_ns < until_ns:
        since_ns = first_ns
    span_s = (until_ns - since_ns) / NS_PER_S
    every_s = max(LEAST_EVERY_S, span_s / MOMENTS) if query.every_s is None else query.every_s
    if span_s / every_s > MAX_MOMENTS:
        raise UsageError(
            f"every {spell(every_s)} in {spell(span_s)} are {span_s / every_s:,.0f} moments, at most {MAX_MOMENTS} are "
            f"looked at: every must be {spell(span_s / MAX_MOMENTS)} or more, or the time shorter"
        )
    return _Over(since_ns=since_ns, until_ns=until_ns, every_ns=max(1, int(every_s * NS_PER_S)))


def _refuse_ahead(at_ns: int, now_ns: int, name: str) -> None:
    if at_ns > now_ns:
        raise UsageError(f"{name} lies ahead: history ends now")


def _notes(
    rule: Rule,
    query: TrialQuery,
    over: _Over,
    *,
    looked: int,
    end_ns: int,
    first_ns: int | None,
    fired: Sequence[WouldFire],
) -> Iterator[str]:
    """Say what this could not tell."""
    if query.at is not None:
        if rule.policy.for_ns:
            lasting = spell(rule.policy.for_ns / NS_PER_S)
            yield f"the rule fires after {lasting}; at one moment it is shown at once"
    else:
        every = spell(over.every_ns / NS_PER_S)
        yield f"{looked} moments were looked at, one every {every}: what came and went between two is not seen"
    if end_ns + over.every_ns <= over.until_ns:
        yield f"it was given {MAX_S:.0f} s and came to {_clock(end_ns)}: look at fewer moments"
    if first_ns is not None and query.since is not None and to_ns(query.since) < first_ns:
        yield f"the first record that is kept is of {_clock(first_ns)}: nothing is known before"
    if query.at is None and any(one.fired_at == to_datetime(over.since_ns) for one in fired):
        yield "what fired at the first moment may have fired before"
    if len(fired) > MAX_FIRED:
        yield f"the first {MAX_FIRED} of {len(fired)} are told"
    yield "definitions, learned times and limits are those of today, and what retention has removed is not there"
    yield "it is when the alert would have fired; silences, acknowledgements and hours are left out"
    if rule.set.when == "compensation-failed":
        yield "a step that failed again later counts from its last failure"


def _clock(ns: int) -> str:
    return f"{to_datetime(ns):%Y-%m-%d %H:%M:%S} UTC"
