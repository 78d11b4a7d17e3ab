"""Alerts as lines: the worst first, who is on it, what could not be delivered, and nothing hostile."""

import re
from dataclasses import replace

import pytest

from tests.unit.tui.alerting import FakeDesk, alert, delivery, fill, silence
from tests.unit.tui.samples import NOW, ago
from tracer.alerts.silencing import parse_matcher
from tracer.views import Acknowledgement, AlertMark, AlertQuery
from tui.alert import delivery_lines, detail_lines, mark_line, rule_lines
from tui.alerts import Item, holding, matchers_of, sheet, told_briefly
from tui.look import Look
from tui.wants import AlertDetail, AlertsAnswer

LOOK = Look()
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202e]")


def answer(desk=None):
    """Give what the screen reads of a desk."""
    at = desk or fill(FakeDesk())
    return AlertsAnswer(
        alerts=at.alerts(AlertQuery()), silences=at.silences(), undelivered=at.deliveries(state=("failed", "waiting"))
    )


def text(lines):
    """Give lines as text."""
    return "\n".join("".join(piece for piece, _ in line) for line in lines)


def whole(detail, width):
    """Give the panel of an alert as text."""
    return text(one.line for one in detail_lines(detail, LOOK, width, NOW))


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


def test_a_notice_that_is_tried_in_vain_is_told():
    """A receiver that does not answer is told before its notices are given up; one that waits its turn is not."""
    desk = FakeDesk()
    desk.told = [
        delivery(1, "waiting", tries=7, delivered=None, error="no answer"), delivery(2, "waiting", delivered=None),
        delivery(3, "waiting", tries=2, delivered=None, error="refused"), delivery(4, "failed", error="401"),
    ]  # fmt: skip
    lines = told(answer(desk)).splitlines()

    assert re.fullmatch(r" notifier pager: 1 notice not delivered, the last at \d\d:57:34: 401", lines[0])
    assert " notifier pager: 2 notices tried in vain, 7 times so far: refused" == lines[1]


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [("pay", "saga=pay"), ("~pay", 'saga="~pay"'), ("'pay'", "saga=\"'pay'\""), (" p", 'saga=" p"')],
)
def test_a_label_is_matched_as_it_is(value, expected):
    """What begins like a pattern, or has quotes of its own, stands in quotes."""
    (_, matcher) = matchers_of(alert(labels={"saga": value}))
    read = parse_matcher(matcher)

    assert (expected, ("saga", "=", value)) == (matcher, tuple(read))


def test_the_examples_of_an_alert_have_lines_of_their_own():
    """Each leads to its transaction, the longest stuck first; no other line does."""
    desk = fill(FakeDesk())
    detail = AlertDetail(alert=alert(), deliveries=desk.deliveries(), history=desk.alert_history())

    assert ["order-1042", "order-1107"] == [
        one.example for one in detail_lines(detail, LOOK, 80, NOW) if one.example is not None
    ]


def test_what_was_told_says_what_the_receivers_said():
    """Each notice has its rule and receiver; a long error is told whole below, and one that waits says until when."""
    desk = FakeDesk()
    error = f"401 Unauthorized: {'wrong key ' * 9}".strip()
    desk.told = [
        delivery(1), delivery(2, "failed", tries=7, delivered=None, error=error),
        delivery(3, "waiting", tries=2, delivered=None, due=ago(-60.0), error="503"),
    ]  # fmt: skip
    lines = text(delivery_lines(desk.deliveries(), LOOK, 80, NOW)).splitlines()

    assert " 1 waiting · 1 failed" == lines[0]
    assert re.match(r" ✓ delivered \d\d:57:32 firing of transactions-stuck to pager$", lines[2])
    assert "firing of transactions-stuck to pager, 7 tries" in lines[3]
    assert error in " ".join(line.strip() for line in lines[4:6])
    assert lines[6].endswith("to pager, 2 tries")
    assert re.fullmatch(r" +again at \d\d:08:30: 503", lines[7])


def test_nothing_told_is_said():
    """Without a notice the panel says so."""
    assert "nobody was told of anything yet" in text(delivery_lines(FakeDesk().deliveries(), LOOK, 80, NOW))


@pytest.mark.parametrize(
    ("by", "expected"),
    [("kim", "firing · kim is on it · a1"), (None, "firing · nobody is on it yet · a1")],
)
def test_a_transaction_says_who_is_on_its_alert(by, expected):
    """The line has the state, who took it, and the id."""
    assert expected == text([mark_line(AlertMark(id="a1", state="firing", acknowledged_by=by), LOOK)])


def test_an_alert_whole_says_why_what_to_do_and_what_was_told():
    """Everything that is known stands in the panel."""
    desk = fill(FakeDesk())
    detail = AlertDetail(
        alert=desk.alert("alert-1"), deliveries=desk.deliveries(alert="alert-1"), history=desk.alert_history()
    )
    shown = whole(detail, 100)

    for expected in ("resume at reserve-inventory", "curl -fsS", "--open order-1042", "https://wiki.example/inventory",
                     "✓ delivered", "firing to pager", "firing: 12 transactions"):  # fmt: skip
        assert expected in shown


def test_the_rules_say_which_one_fails_and_who_is_not_reached():
    """A trouble and a notifier that fails are in the panel of rules."""
    shown = text(rule_lines(FakeDesk().rules(), LOOK, 100))

    assert "✗ refunds  fails" in shown
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
    mark = AlertMark(id=hostile, state="firing", acknowledged_by=hostile)
    lines = (told_briefly(answer(desk).alerts, LOOK), mark_line(mark, LOOK))
    shown = "".join(
        (told(answer(desk)), whole(detail, 80), text(lines), text(delivery_lines(desk.deliveries(), LOOK, 80, NOW)))
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
