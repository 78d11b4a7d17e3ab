"""Rules as they run: hours, who is told, templates, and how a rule is said in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.alert_worlds import settings_of
from tracer.alerts.rules import Route, about, is_within, make_rules
from tracer.alerts.templates import render
from tracer.config.alerting import Hours

WORK = Hours(days=("mon", "fri"), begin="08:00", until="18:00", zone="Europe/Berlin")
NIGHT = Hours(days=("fri",), begin="22:00", until="06:00")


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (WORK, "2026-07-03T06:00:00+00:00", True),  # a Friday, 08:00 in summer
        (WORK, "2026-07-03T05:59:59+00:00", False),
        (WORK, "2026-01-02T06:30:00+00:00", False),  # 07:30 in winter
        (WORK, "2026-07-03T16:00:00+00:00", False),
        (WORK, "2026-07-04T10:00:00+00:00", False),
        (NIGHT, "2026-07-03T23:00:00+00:00", True),
        (NIGHT, "2026-07-04T05:59:00+00:00", True),
        (NIGHT, "2026-07-04T06:00:00+00:00", False),
        (NIGHT, "2026-07-04T23:00:00+00:00", False),
        (NIGHT, "2026-07-03T05:00:00+00:00", False),
        (Hours(), "2026-07-04T23:59:59+00:00", True),
    ],
)
def test_hours_are_those_of_their_zone(hours, at, expected):
    """Summer time counts, and a night belongs to the day on which it begins."""
    assert is_within(hours, datetime.fromisoformat(at)) is expected


def test_a_notifier_is_told_of_what_is_severe_enough():
    """`min_severity`; a heartbeat comes whatever it is."""
    text = """
        [notifiers.chat]
        type = "slack"
        [notifiers.pager]
        type = "slack"
        [[alerts]]
        name = "a"
        notify = ["chat", "pager"]
        [[alerts]]
        name = "beat"
        when = "heartbeat"
        notify = "pager"
    """
    routes = [Route(name="pager", min_severity="critical"), Route(name="chat", min_severity="info")]
    told = {rule.name: rule.policy.to for rule in make_rules(settings_of(text), routes, {})}

    assert told == {"a": ("chat",), "beat": ("pager",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('saga = "order"\nolder = "10m"', "transactions stuck 10m 0s past their limit, saga order, by incident"),
        ('at_least = 5\nfor = "1m"', "at least 5 transactions stuck, by incident, for 1m 0s"),
        ('when = "failing"\nshare = 0.2', "more than 20% of the transactions that ended in 15m 0s did not complete"),
        ('when = "collector"\nsilent = "5m"', "no record from a collector for 5m 0s"),
        ("group_by = []", "transactions stuck, all in one"),
    ],
)  # fmt: skip
def test_a_rule_is_said_in_words(text, expected):
    """What it watches, with its filters."""
    (rule,) = make_rules(settings_of(f'[[alerts]]\nname = "a"\n{text}\n'), (), {})

    assert about(rule) == expected


@pytest.mark.parametrize(
    ("template", "expected", "missing"),
    [
        ("{a} and {{a}}", "1 and {a}", ()),
        ("{b}{a}{b}", "{b}1{b}", ("b",)),
        ("{a.__class__} {0} {", "{a.__class__} {0} {", ("a.__class__", "0")),
        ("{a}\x1b", "1\u241b", ()),
    ],
)
def test_a_template_fills_names_in_and_nothing_else(template, expected, missing):
    """No attribute, no format, no control character; what is missing stays and is told."""
    assert render(template, {"a": "1"}) == (expected, missing)
