"""Alerts as lines: the worst first, who is on it, what could not be delivered, and nothing hostile."""

import re
from dataclasses import replace

import pytest

from tests.unit.tui.alerting import FakeDesk, alert, delivery, fill, silence
from tests.unit.tui.samples import NOW, ago
from tracer.views import Acknowledgement, AlertQuery
from tui.alerts import Item, detail_lines, holding, matchers_of, rule_lines, sheet, told_briefly
from tui.look import Look
from tui.wants import AlertDetail, AlertsAnswer

LOOK = Look()
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202e]")


def answer(desk=None):
    """Give what the screen reads of a desk."""
    at = desk or fill(FakeDesk())
    return AlertsAnswer(alerts=at.alerts(AlertQuery()), silences=at.silences(), failed=at.deliveries(state=("failed",)))


def text(lines):
    """Give lines as text."""
    return "\n".join("".join(piece for piece, _ in line) for line in lines)


def told(at, width=80):
    """Give the sheet as text."""
    return text(line.line for line in sheet(at, LOOK, width, NOW).lines)


def test_what_does_not_work_stands_on_top():
    """A rule that fails and a notifier that refuses come before everything else."""
    lines = told(answer()).splitlines()

    assert lines[0] == " rule refunds: no such column: amount"
    assert lines[1].startswith(" notifier pager: 1 notice not delivered, the last at ")
    assert "401 Unauthorized: wrong key" in "".join(lines[1:3])


def test_a_failure_of_another_day_is_no_news():
    """What was not delivered more than a day ago is not told on top."""
    desk = FakeDesk()
    desk.told = [delivery(1, "failed", created=ago(90_000.0), error="gone")]

    assert "notifier" not in told(answer(desk))


def test_each_alert_tells_its_severity_its_age_and_who_is_on_it():
    """Severity is a glyph and a word; the rest stands below."""
    shown = told(answer(), 120)

    assert "✗ critical a compensation failed at refund-card" in shown
    assert re.search(r"rule transactions-stuck · since \d\d:52:30 \(15m\) · 12 transactions, 14 at most", shown)
    assert "kim is on it since" in shown
    assert ": the vendor is on it" in shown
    assert "resolved 30s ago" in shown


def test_nothing_wrong_is_said():
    """Without an alert the screen says so, and the short line too."""
    desk = FakeDesk()

    assert "no alert fires, and none did lately" in told(answer(desk))
    assert text([told_briefly(answer(desk).alerts, LOOK)]).strip() == "✓ no alert fires"


def test_the_short_line_counts_what_fires_and_who_is_on_it():
    """It goes by the worst severity, and names those who acknowledged."""
    line = told_briefly(answer().alerts, LOOK)

    assert text([line]) == " ✗ 3 alerts fire · 1 acknowledged by kim · 1 pending"
    assert line[0][1] == "failed"


def test_only_silences_that_hold_are_listed():
    """One that begins later, is over or was ended is none."""
    later, over = silence(2, starts=ago(-60.0)), silence(3, ends=ago(1.0))
    ended = silence(4, ended_by="kim")

    assert holding((silence(1), later, over, ended), NOW) == (silence(1),)


def test_the_cursor_stands_on_alerts_and_silences_alone():
    """Headings and troubles are no items."""
    at = sheet(answer(), LOOK, 80, NOW)
    items = [at.lines[number].item for number in at.firsts()]

    assert [one.key[1] for one in items] == ["alert-2", "alert-1", "alert-3", "alert-4", "alert-5", "silence-1"]


def test_a_silence_is_made_for_the_rule_and_all_labels():
    """So it holds for what comes again at the same place, and for nothing else."""
    expected = ("alertname=transactions-stuck", "saga=order-fulfilment", "step=reserve-inventory")

    assert expected == matchers_of(alert())


def test_an_alert_whole_says_why_what_to_do_and_what_was_told():
    """Everything that is known stands in the panel."""
    desk = fill(FakeDesk())
    detail = AlertDetail(
        alert=desk.alert("alert-1"), deliveries=desk.deliveries(alert="alert-1"), history=desk.alert_history()
    )
    shown = text(detail_lines(detail, LOOK, 100, NOW))

    for expected in ("resume at reserve-inventory", "curl -fsS", "--open order-1042", "https://wiki.example/inventory",
                     "✓ delivered", "firing to pager", "firing: 12 transactions"):  # fmt: skip
        assert expected in shown


def test_the_rules_say_which_one_fails_and_who_is_not_reached():
    """A trouble and a notifier that fails are in the panel of rules."""
    shown = text(rule_lines(FakeDesk().rules(), LOOK, 100))

    assert "no such column: amount" in shown
    assert "failing: 401 wrong key" in shown


@pytest.mark.parametrize("hostile", ["\x1b]52;c;cm0=\x07", "a\x1b[31mb", "x\u202ey", "\x9bz"])
def test_no_text_reaches_the_terminal_raw(hostile):
    """Whatever a person or the telemetry wrote is made visible."""
    one = alert(
        summary=hostile, rule=hostile, labels={hostile: hostile}, annotations={hostile: hostile}, command=hostile,
        action=hostile, link=hostile, examples=(hostile,),
        acknowledged=Acknowledgement(by=hostile, at=NOW, note=hostile),
    )  # fmt: skip
    desk = fill(FakeDesk())
    desk.fired, desk.held = [one], [silence(matchers=(hostile,), by=hostile, reason=hostile)]
    desk.told = [delivery(1, "failed", alert=one.id, notifier=hostile, error=hostile)]
    desk.rule_troubles = (hostile,)
    history = desk.alert_history(subject=one.id)
    history = replace(history, changes=(replace(history.changes[0], what=hostile, by=hostile, detail=hostile),))
    detail = AlertDetail(alert=one, deliveries=desk.deliveries(), history=history)
    shown = (
        told(answer(desk)) + text(detail_lines(detail, LOOK, 80, NOW)) + text([told_briefly(answer(desk).alerts, LOOK)])
    )

    assert CONTROL.findall(shown.replace("\n", "")) == []


def test_an_item_without_anything_has_a_key():
    """The key of an empty item is that of no alert."""
    assert Item().key == ("silence", "")


def test_a_matcher_means_the_label_as_it_is():
    """A value that would read as a pattern stands in quotes."""
    assert ("alertname=transactions-stuck", 'step="~(pay"', 'saga="a b"') == matchers_of(
        alert(labels={"step": "~(pay", "saga": "a b"})
    )
