"""Checks the rules [[alerts]] beyond their shape: keys that fit, names, hours, templates, and who is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracer.config.alerting import BUILT_IN, GROUPS, KEYS, PLACEHOLDERS, AlertRule, Hours
from tracer.config.settings import Settings
from tracer.config.shape import error, shape, unknown
from tracer.config.sources import KeyPath, Source
from tracer.model.text import clean
from tracer.model.words import StallKind

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
TOO_MANY: Final = "alerts-too-many"  # the alert that says that there are too many; no rule may be called so
MIN_TICK_S: Final = 0.1
MIN_REPEAT_S: Final = 10.0
_MAX_LABELS: Final = 32
_MAX_TEXT: Final = 2000
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_RESERVED: Final = frozenset(
    {"alertname", "severity", "saga", "step", "owner", "kind", "incident", "source", "collector"}
)


def with_built_in(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Complete each rule that has the name of a built-in one by what that one says, where it watches the same."""
    rules = tables.get("alerts")
    if not isinstance(rules, list):
        return dict(tables)
    return {**tables, "alerts": [_completed(rule) for rule in rules]}


def built_in_rules() -> tuple[AlertRule, ...]:
    """Give the rules that are there without any configuration."""
    nowhere = Source(folder=Path())
    return tuple(
        shape({"name": name, **table}, AlertRule, source=nowhere, path=("alerts", name))
        for name, table in BUILT_IN.items()
    )


def rules_of(settings: Settings) -> tuple[AlertRule, ...]:
    """Give the rules that run: those of the configuration, and the built-in ones that it does not name."""
    named = {rule.name for rule in settings.alerts}
    others = built_in_rules() if settings.alerting.defaults else ()
    rules = (*(rule for rule in others if rule.name not in named), *settings.alerts)
    return tuple(rule for rule in rules if rule.enabled)


def notified(rule: AlertRule, notifiers: Iterable[str], rules: Iterable[AlertRule]) -> tuple[str, ...]:
    """Name who is told of a rule's alerts: those it names, and those that no rule names (but of no heartbeat)."""
    claimed = {name for one in rules for name in one.notify}
    free = () if rule.when == "heartbeat" else (name for name in notifiers if name not in claimed)
    return tuple(dict.fromkeys((*rule.notify, *free)))


def check_rules(settings: Settings, source: Source) -> tuple[str, ...]:
    """Check [alerting] and every rule; what a person should be told about them. Raises ConfigError."""
    alerting = settings.alerting
    for key, value, least in (("tick", alerting.tick_s, MIN_TICK_S), ("repeat", alerting.repeat_s, MIN_REPEAT_S)):
        if value < least:
            raise error(source, ("alerting", key), f"at least {least:g}s, or it would never rest")
    seen: set[str] = set()
    for index, rule in enumerate(settings.alerts):
        path = ("alerts", str(index))
        if rule.name in seen:
            raise error(source, (*path, "name"), f'"{rule.name}" is the name of a rule above; names tell alerts apart')
        seen.add(rule.name)
        _check_rule(rule, settings, source, path)
    return tuple(_untold(settings, source))


def _completed(rule: Any) -> Any:
    name = rule.get("name") if isinstance(rule, dict) else None
    base = BUILT_IN.get(name) if isinstance(name, str) else None
    if base is None or rule.get("when", base["when"]) != base["when"]:
        return rule
    return {**base, **rule}


def _check_rule(rule: AlertRule, settings: Settings, source: Source, path: KeyPath) -> None:
    if rule.name != clean(rule.name) or rule.name == TOO_MANY:
        raise error(source, (*path, "name"), "choose another name, of letters that can be printed")
    raw = source.tables["alerts"][int(path[1])]
    for key in raw:
        if key not in KEYS[rule.when]:
            known = ", ".join(sorted(KEYS[rule.when] - {"name", "when"}))
            raise error(source, (*path, key), f'means nothing where when = "{rule.when}"; there: {known}')
    for name in rule.notify:
        if name not in settings.notifiers:
            problem = f'"{name}": {unknown(name, settings.notifiers, what="[notifiers] table")}'
            raise error(source, (*path, "notify"), problem)
    _check_words(rule, source, path)
    _check_needs(rule, source, path)
    _check_labels(rule, source, path)
    if rule.hours is not None:
        _check_hours(rule.hours, source, (*path, "hours"))


def _check_words(rule: AlertRule, source: Source, path: KeyPath) -> None:
    for key, values, known in (
        ("kind", rule.kind, get_args(StallKind)),
        ("group_by", rule.group_by or (), GROUPS.get(rule.when, ())),
    ):
        for value in values:
            if value not in known:
                raise error(source, (*path, key), f'"{value}": {unknown(value, known, what="word")}')
    if rule.group_by and "incident" in rule.group_by and len(rule.group_by) > 1:
        raise error(
            source, (*path, "group_by"), "an incident has one saga, step, owner and kind already: name it alone"
        )


def _check_needs(rule: AlertRule, source: Source, path: KeyPath) -> None:
    needs = {
        "failing": ("share", rule.share),
        "coverage": ("share", rule.share),
        "sql": ("sql", rule.sql and rule.sql.strip()),
    }
    key, value = needs.get(rule.when, ("", True))
    if not value:
        raise error(source, path, f'the key "{key}" is missing, which when = "{rule.when}" needs')
    if rule.when == "heartbeat" and not rule.notify:
        raise error(source, path, 'a heartbeat goes to those it names alone: name them with notify = ["..."]')
    if rule.silent_s is not None and rule.lag is not None:
        raise error(source, path, "silent and lag are two rules: one says what is wrong, and so does its alert")
    for key, seconds, least in (
        ("repeat", rule.repeat_s, MIN_REPEAT_S),
        ("every", rule.every_s, 1.0),
        ("over", rule.over_s, 1.0),
        ("silent", rule.silent_s, 1.0),
    ):
        if seconds is not None and seconds < least:
            raise error(source, (*path, key), f"at least {least:g}s")


def _check_labels(rule: AlertRule, source: Source, path: KeyPath) -> None:
    for key, texts in (("labels", rule.labels), ("annotations", rule.annotations)):
        if len(texts) > _MAX_LABELS:
            raise error(source, (*path, key), f"at most {_MAX_LABELS}")
        for name, text in texts.items():
            at = (*path, key, name)
            if not _LABEL.fullmatch(name):
                raise error(source, at, "a name has letters, digits and _, and begins with no digit")
            if key == "labels" and name in _RESERVED:
                raise error(source, at, "this label is always there, with what the rule found")
            if len(text) > _MAX_TEXT:
                raise error(source, at, f"at most {_MAX_TEXT} characters")
            if key == "annotations":
                _check_template(text, rule, source, at)


def _check_template(text: str, rule: AlertRule, source: Source, path: KeyPath) -> None:
    known = PLACEHOLDERS[rule.when]
    for found in PLACEHOLDER.finditer(text):
        name = found[1]
        if name is not None and known is not None and name not in known | rule.labels.keys():
            problem = unknown(name, known | rule.labels.keys(), what="placeholder")
            raise error(source, path, f'"{{{name}}}": {problem}; write {{{{ and }}}} for braces')


def _check_hours(hours: Hours, source: Source, path: KeyPath) -> None:
    for day in hours.days:
        if day not in DAYS:
            raise error(source, (*path, "days"), f'"{day}": choose from {", ".join(DAYS)}')
    for key, text in (("from", hours.begin), ("until", hours.until)):
        if not _CLOCK.fullmatch(text):
            raise error(source, (*path, key), f'"{text}" is no time of day, like "08:00"')
    if hours.begin == hours.until or not hours.days:
        raise error(source, path, "these hours never begin")
    try:
        ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as missing:
        problem = (
            f'"{hours.zone}": no such time zone, like "Europe/Berlin" (or the system has no zones: install tzdata)'
        )
        raise error(source, (*path, "zone"), problem) from missing


def minute_of(text: str) -> int:
    """Give the minute of the day of "08:00"; "24:00" is the end of it."""
    return 24 * 60 if text == "24:00" else _minutes(time.fromisoformat(text))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _untold(settings: Settings, source: Source) -> Iterable[str]:
    """Say of which rules nobody would be told although there are notifiers."""
    rules = rules_of(settings)
    untold = [rule.name for rule in rules if settings.notifiers and not notified(rule, settings.notifiers, rules)]
    if untold:
        named = ", ".join(untold)
        yield f"{source.where(('notifiers',))}: nobody is told of these rules: {named}: name a notifier in their notify"
