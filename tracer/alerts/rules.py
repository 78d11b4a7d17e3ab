"""The rules as they run: each with what its configuration leaves to what it watches, who is told, and its hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tracer.alerts.lifecycle import Policy
from tracer.clock import NS_PER_S, to_datetime
from tracer.config.alert_rules import DAYS, TOO_MANY, minute_of, notified, rules_of
from tracer.config.alerting import BUILT_IN, DEFAULT_EVERY_S, DEFAULT_OVER_S, AlertRule, Hours
from tracer.config.settings import Settings
from tracer.model.duration import spell
from tracer.views.alerts import Severity

_SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
_AT_LEAST: Final = {"failing": 3, "coverage": 1000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the engine has to know of a notifier: which notices it wants, and how many may wait for it."""

    name: str
    min_severity: Severity | None = None
    resolved: bool = True
    acknowledged: bool = False
    max_waiting: int = 10_000

    def wants(self, severity: Severity) -> bool:
        """Whether it is told of alerts of this severity."""
        return self.min_severity is None or _SEVERITIES.index(severity) >= _SEVERITIES.index(self.min_severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that runs. `where` is the line that it stands in, None for a built-in one."""

    set: AlertRule
    policy: Policy
    every_ns: int
    over_ns: int
    at_least: int
    group_by: tuple[str, ...]
    built_in: bool
    where: str | None

    @property
    def name(self) -> str:
        """Its name, by which alerts are told apart."""
        return self.set.name

    def is_in_hours(self, at_ns: int) -> bool:
        """Whether it may tell at this moment."""
        return self.set.hours is None or is_within(self.set.hours, to_datetime(at_ns))


def make_rules(settings: Settings, routes: Sequence[Route], where: Mapping[str, str]) -> tuple[Rule, ...]:
    """Make the rules that run; `where` says in which line a rule stands, by its name."""
    chosen = rules_of(settings)
    by_name = {route.name: route for route in routes}

    def make(rule: AlertRule) -> Rule:
        names = notified(rule, by_name, chosen)
        return _rule(rule, settings, [by_name[name] for name in names if name in by_name], where.get(rule.name))

    return tuple(make(rule) for rule in chosen)


def too_many_rule(settings: Settings, rules: Sequence[Rule]) -> Rule:
    """Make the rule whose alert says that there are too many; everybody is told who is told of anything."""
    to = tuple(dict.fromkeys(name for rule in rules if rule.set.when != "heartbeat" for name in rule.policy.to))
    rule = _rule(AlertRule(name=TOO_MANY, when="collector", severity="critical"), settings, (), None)
    return replace(rule, policy=replace(rule.policy, to=to))


def _rule(rule: AlertRule, settings: Settings, routes: Sequence[Route], where: str | None) -> Rule:
    alerting = settings.alerting
    is_incident = rule.when == "stuck" and rule.group_by is None
    default_groups = {"failing": ("saga",), "compensation-failed": ("saga", "step")}
    policy = Policy(
        rule=rule.name,
        what=rule.when,
        severity=rule.severity,
        for_ns=_ns(rule.for_s),
        repeat_ns=_ns(alerting.repeat_s if rule.repeat_s is None else rule.repeat_s),
        resolve_ns=_ns(alerting.resolve_after_s),
        to=tuple(route.name for route in routes if rule.when == "heartbeat" or route.wants(rule.severity)),
    )
    return Rule(
        set=rule,
        policy=policy,
        every_ns=_ns(DEFAULT_EVERY_S.get(rule.when, 0.0) if rule.every_s is None else rule.every_s),
        over_ns=_ns(DEFAULT_OVER_S.get(rule.when, 0.0) if rule.over_s is None else rule.over_s),
        at_least=rule.at_least or _AT_LEAST.get(rule.when, 1),
        group_by=("incident",)
        if is_incident
        else default_groups.get(rule.when, ())
        if rule.group_by is None
        else rule.group_by,
        built_in=rule.name in BUILT_IN,
        where=where,
    )


def is_within(hours: Hours, at: datetime) -> bool:
    """Whether a moment lies in these hours; those that go past midnight belong to the day on which they begin."""
    local = at.astimezone(ZoneInfo(hours.zone))
    minute, begin, until = local.hour * 60 + local.minute, minute_of(hours.begin), minute_of(hours.until)
    if begin < until:
        return _is_day(hours, local) and begin <= minute < until
    return (_is_day(hours, local) and minute >= begin) or (_is_day(hours, local - timedelta(days=1)) and minute < until)


def _is_day(hours: Hours, at: datetime) -> bool:
    return DAYS[at.weekday()] in hours.days


def _ns(seconds: float) -> int:
    return int(seconds * NS_PER_S)


def about(rule: Rule) -> str:
    """Say in words what a rule watches."""
    at = rule.set
    over, share = spell(rule.over_ns / NS_PER_S), f"{(at.share or 0) * 100:g}%"
    few = f"at least {rule.at_least} " if rule.at_least > 1 else ""
    said = {
        "stuck": f"{few}transactions stuck{_past(at)}{_where(at)}{_grouped(rule)}",
        "failing": f"more than {share} of the transactions that ended in {over} did not complete{_where(at)}",
        "compensation-failed": f"{few}compensations that failed in {over}{_where(at)}{_grouped(rule)}",
        "coverage": f"fewer than {share} of {few}records in {over} belong to a transaction",
        "collector": _of_collectors(at),
        "rejected": f"{few}messages rejected in {over}",
        "sql": "each row of a query",
        "heartbeat": f"always, told every {spell(rule.policy.repeat_ns / NS_PER_S)}",
    }[at.when]
    lasting = f", for {spell(at.for_s)}" if at.for_s else ""
    return said + lasting


def _past(at: AlertRule) -> str:
    return f" {spell(at.older_s)} past their limit" if at.older_s else ""


def _where(at: AlertRule) -> str:
    filters = {"saga": at.saga, "step": at.step, "owner": at.owner, "kind": at.kind}
    return "".join(f", {key} {' or '.join(values)}" for key, values in filters.items() if values)


def _grouped(rule: Rule) -> str:
    return f", by {' and '.join(rule.group_by)}" if rule.group_by else ", all in one"


def _of_collectors(at: AlertRule) -> str:
    if at.silent_s is not None:
        return f"no record from a collector for {spell(at.silent_s)}"
    return f"a collector is behind by {at.lag} messages" if at.lag is not None else "a collector does not run"
