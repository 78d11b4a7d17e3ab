"""What can be configured of alerts: [alerting], the rules [[alerts]], and the rules that are built in.

What a rule watches (`when`) decides which of its keys mean something; a key that means nothing there is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from tracer.config.units import DAY_S, Count, Names, Seconds, Share, Url
from tracer.views.alerts import Severity

When = Literal["stuck", "failing", "compensation-failed", "coverage", "collector", "rejected", "sql", "heartbeat"]
GroupKey = Literal["incident", "saga", "step", "owner", "kind"]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a rule may tell what it found; `until` before `from` goes past midnight."""

    days: Names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    begin: str = msgspec.field(default="00:00", name="from")
    until: str = "24:00"
    zone: str = "UTC"


class AlertRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. What is None goes by what the rule watches, or by [alerting]."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    when: When = "stuck"
    saga: Names = ()
    step: Names = ()
    owner: Names = ()
    kind: Names = ()
    older_s: Seconds = msgspec.field(default=0.0, name="older")
    at_least: Count | None = None
    share: Share | None = None
    over_s: Seconds | None = msgspec.field(default=None, name="over")
    silent_s: Seconds | None = msgspec.field(default=None, name="silent")
    lag: Count | None = None
    sql: str | None = None
    every_s: Seconds | None = msgspec.field(default=None, name="every")
    for_s: Seconds = msgspec.field(default=0.0, name="for")
    severity: Severity = "warning"
    group_by: Names | None = None
    repeat_s: Seconds | None = msgspec.field(default=None, name="repeat")
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    hours: Hours | None = None
    notify: Names = ()
    enabled: bool = True


class AlertingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How alerts go, whatever their rule."""

    defaults: bool = True
    tick_s: Seconds = msgspec.field(default=1.0, name="tick")
    repeat_s: Seconds = msgspec.field(default=4 * 3600.0, name="repeat")
    resolve_after_s: Seconds = msgspec.field(default=30.0, name="resolve_after")
    base_url: Url | None = None
    max_alerts: Count = 1000
    allowed_hosts: tuple[str, ...] = ()


# As they would stand in the file. A rule of the same name in the file changes the keys that it has.
BUILT_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    "transactions-stuck": {"when": "stuck", "group_by": ["incident"], "severity": "warning"},
    "compensation-failed": {"when": "compensation-failed", "group_by": ["saga", "step"], "severity": "critical"},
    "collector-down": {"when": "collector", "for": "1m", "severity": "warning"},
    "records-rejected": {"when": "rejected", "over": "15m", "at_least": 1, "severity": "warning"},
    "low-coverage": {
        "when": "coverage",
        "share": 0.01,
        "over": "15m",
        "at_least": 1000,
        "for": "15m",
        "severity": "info",
    },
}

_ANYWHERE: Final = frozenset(
    {"name", "when", "for", "severity", "repeat", "labels", "annotations", "hours", "notify", "enabled"}
)
KEYS: Final[Mapping[When, frozenset[str]]] = {
    "stuck": _ANYWHERE | {"saga", "step", "owner", "kind", "older", "at_least", "group_by"},
    "failing": _ANYWHERE | {"saga", "share", "over", "at_least", "every", "group_by"},
    "compensation-failed": _ANYWHERE | {"saga", "step", "owner", "at_least", "over", "every", "group_by"},
    "coverage": _ANYWHERE | {"share", "over", "at_least", "every"},
    "collector": _ANYWHERE | {"silent", "lag"},
    "rejected": _ANYWHERE | {"at_least", "over", "every"},
    "sql": _ANYWHERE | {"sql", "every"},
    "heartbeat": _ANYWHERE - {"for", "hours"},
}
GROUPS: Final[Mapping[When, tuple[GroupKey, ...]]] = {
    "stuck": ("incident", "saga", "step", "owner", "kind"),
    "failing": ("saga",),
    "compensation-failed": ("saga", "step", "owner"),
}
DEFAULT_OVER_S: Final[Mapping[When, float]] = {
    "failing": 900.0,
    "compensation-failed": 7 * DAY_S,
    "coverage": 900.0,
    "rejected": 900.0,
}
DEFAULT_EVERY_S: Final[Mapping[When, float]] = {
    "failing": 5.0,
    "compensation-failed": 1.0,
    "coverage": 60.0,
    "rejected": 5.0,
    "sql": 60.0,
}
# What a template of each kind of rule may name, apart from the rule's own labels.
_COMMON: Final = frozenset({"rule", "severity", "count", "since", "value", "example", "summary"})
PLACEHOLDERS: Final[Mapping[When, frozenset[str] | None]] = {
    "stuck": _COMMON | {"saga", "step", "owner", "kind", "incident", "error"},
    "failing": _COMMON | {"saga"},
    "compensation-failed": _COMMON | {"saga", "step", "owner", "error"},
    "coverage": _COMMON | {"source"},
    "collector": _COMMON | {"collector", "type", "problem"},
    "rejected": _COMMON | {"source", "error"},
    "sql": None,  # the columns of the query
    "heartbeat": frozenset({"rule", "severity", "since"}),
}
