"""Which rules are valid, which run, and who is told."""

from __future__ import annotations

import pytest

from tracer.config.alert_rules import built_in_rules, notified, rules_of
from tracer.config.alerting import BUILT_IN
from tracer.config.decode import decode
from tracer.config.settings import Settings
from tracer.config.sources import read
from tracer.errors import ConfigError

NOTIFIERS = '[notifiers.pager]\ntype = "slack"\n[notifiers.chat]\ntype = "slack"\n'


def load(tmp_path, text):
    """Write a file and read it."""
    file = tmp_path / "sagascope.toml"
    file.write_text(text)
    return decode(read(file, environ={}, cwd=tmp_path))


def rule(tmp_path, text, *, more=""):
    """Give the only rule of a file."""
    (one,) = load(tmp_path, f'[[alerts]]\nname = "a"\n{text}\n{more}').settings.alerts
    return one


def test_the_built_in_rules_run_without_a_configuration():
    """They are valid, and each has its name."""
    rules = built_in_rules()

    assert [one.name for one in rules] == list(BUILT_IN)
    assert rules_of(Settings()) == rules


def test_a_rule_of_the_same_name_changes_the_keys_that_it_has(tmp_path):
    """What it does not say stays as it is built in, unless it watches something else."""
    text = '[[alerts]]\nname = "collector-down"\nfor = "5m"\n[[alerts]]\nname = "low-coverage"\nwhen = "stuck"\n'
    rules = {one.name: one for one in rules_of(load(tmp_path, text).settings)}

    assert rules.keys() == BUILT_IN.keys()
    assert (rules["collector-down"].when, rules["collector-down"].for_s) == ("collector", 300.0)
    assert (rules["low-coverage"].when, rules["low-coverage"].for_s) == ("stuck", 0.0)


def test_a_rule_is_switched_off_by_itself_and_all_that_are_built_in_together(tmp_path):
    """`enabled = false` and `defaults = false`."""
    off = load(tmp_path, '[[alerts]]\nname = "low-coverage"\nenabled = false\n').settings
    none = load(tmp_path, '[alerting]\ndefaults = false\n[[alerts]]\nname = "a"\n').settings

    assert {one.name for one in rules_of(off)} == BUILT_IN.keys() - {"low-coverage"}
    assert [one.name for one in rules_of(none)] == ["a"]


def test_one_name_may_stand_by_itself(tmp_path):
    """A filter takes a text or a list."""
    actual = rule(tmp_path, 'saga = "order"\nstep = ["pay", "ship"]')

    assert (actual.saga, actual.step) == (("order",), ("pay", "ship"))


def test_a_notifier_that_no_rule_names_is_told_of_everything_but_heartbeats(tmp_path):
    """One that is named hears of the rules that name it alone."""
    beat = '[[alerts]]\nname = "beat"\nwhen = "heartbeat"\nnotify = "pager"\n'
    settings = load(
        tmp_path, NOTIFIERS + beat + '[[alerts]]\nname = "a"\nnotify = ["pager"]\n[[alerts]]\nname = "b"\n'
    ).settings
    told = {one.name: notified(one, settings.notifiers, rules_of(settings)) for one in settings.alerts}

    assert told == {"beat": ("pager",), "a": ("pager", "chat"), "b": ("chat",)}


def test_a_rule_that_nobody_hears_of_is_told(tmp_path):
    """Where every notifier is claimed by other rules."""
    text = '[notifiers.pager]\ntype = "slack"\n[[alerts]]\nname = "a"\nnotify = ["pager"]\n'
    told = [one for one in load(tmp_path, text).warnings if "nobody is told" in one]

    assert len(told) == 1
    assert "transactions-stuck" in told[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('when = "stuk"', '"stuk" is not valid: choose one of collector, compensation-failed'),
        ('when = "stuck"\nshare = 0.5', '[alerts.0] share: means nothing where when = "stuck"; there: annotations'),
        ('kind = "handoff-last"', '[alerts.0] kind: "handoff-last": no such word; did you mean "handoff-lost"?'),
        ('group_by = "tenant"', '[alerts.0] group_by: "tenant": no such word; known: incident, kind'),
        ('group_by = ["incident", "saga"]', "name it alone"),
        ('when = "failing"', 'the key "share" is missing, which when = "failing" needs'),
        ('when = "failing"\nshare = 1.5', "share: the value must be < 1.0"),
        ('when = "sql"\nsql = " "', 'the key "sql" is missing'),
        ('when = "heartbeat"', "a heartbeat goes to those it names alone"),
        ('when = "collector"\nsilent = "5m"\nlag = 3', "silent and lag are two rules"),
        ('repeat = "1s"', "[alerts.0] repeat: at least 10s"),
        ('when = "sql"\nsql = "SELECT 1"\nevery = "10ms"', "[alerts.0] every: at least 1s"),
        ('labels = { "a-b" = "x" }', "[alerts.0] labels.a-b: a name has letters, digits and _"),
        ('labels = { saga = "x" }', "this label is always there"),
        ('annotations = { a = "{step" , b = "{stepp}" }', 'b: "{stepp}": no such placeholder; did you mean "step"?'),
        ('when = "heartbeat"\nnotify = "chat"\nannotations = { a = "{step}" }', '"{step}": no such placeholder'),
        ('hours = { zone = "Europe/Berln" }', '"Europe/Berln": no such time zone'),
        ('hours = { zone = "../../etc/passwd" }', "no such time zone"),
        ('hours = { from = "8:00" }', '[alerts.0] hours.from: "8:00" is no time of day, like "08:00"'),
        ('hours = { days = ["monday"] }', '"monday": choose from mon, tue'),
        ('hours = { from = "08:00", until = "08:00" }', "these hours never begin"),
        ("hours = { days = [] }", "these hours never begin"),
        ("saga = 3", "3 is not valid: expected a name or a list of names"),
        ('[[alerts]]\nname = "a"', '[alerts.1] name: "a" is the name of a rule above'),
        ('[[alerts]]\nname = "alerts-too-many"', "choose another name"),
        ('[[alerts]]\nname = "a\\u001b[2J"', "choose another name"),
        ('[alerting]\ntick = "1ms"', "[alerting] tick: at least 0.1s"),
        ('[alerting]\nrepeat = "1s"', "[alerting] repeat: at least 10s"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_told(tmp_path, text, expected):
    """The error names the rule, the key and the fix."""
    with pytest.raises(ConfigError) as raised:
        rule(tmp_path, text, more=NOTIFIERS)

    assert expected in str(raised.value)


@pytest.mark.parametrize("text", ["{saga} {{braces}} {team} {", "{step} stands since {since} in {incident}"])
def test_a_template_names_what_the_rule_can_know(tmp_path, text):
    """Its own labels, too; braces are doubled."""
    written = f'labels = {{ team = "x" }}\nannotations = {{ a = "{text}" }}'

    assert rule(tmp_path, written).annotations == {"a": text}
