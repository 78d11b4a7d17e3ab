"""The screen of alerts, key by key: nothing is changed without a question, and what came of it is said."""

from dataclasses import replace

import pytest

from tests.unit.tui.alerting import alert, fill
from tests.unit.tui.fake import bad_night
from tests.unit.tui.pilot import LARGE, opened, run
from tests.unit.tui.samples import NOW
from tracer.errors import Busy, UsageError
from tracer.views import AlertMark
from tui.screens import alerts
from tui.screens.alert import AlertPanel, DeliveriesPanel, RulesPanel
from tui.screens.alerts import AlertsScreen
from tui.screens.timeline import TimelineScreen


@pytest.fixture(autouse=True)
def _alex(monkeypatch):
    """Let the person at the terminal be alex."""
    monkeypatch.setattr(alerts, "me", lambda: "alex")


def night():
    """Give a reader of a night with alerts."""
    return fill(bad_night())


async def at_alerts(night_):
    """Go to the alerts and wait for them."""
    await night_.press("4")
    await night_.until(lambda: isinstance(night_.app.screen, AlertsScreen) and night_.app.screen.answer is not None)
    await night_.until(lambda: "critical" in night_.text() or "no alert" in night_.text())


def play(scene, **options):
    """Play a scene on the screen of alerts."""

    async def whole():
        async with opened(options.pop("reader", None) or night(), **options) as night_:
            await at_alerts(night_)
            await scene(night_)

    run(whole)


def test_the_worst_alert_is_selected_first():
    """The critical one stands first, under what does not work."""

    async def scene(night_):
        assert "a compensation failed at refund-card" in night_.selected()

    play(scene)


def test_acknowledging_asks_for_a_note_and_is_told():
    """A name and a note go to the sidecar, and the screen says who is on it."""
    reader = night()

    async def scene(night_):
        await night_.press("a")
        await night_.until(lambda: "acknowledges as alex" in night_.text())
        await night_.press(*"mine", "enter")
        await night_.until(lambda: "alex is on it since" in night_.text())
        taken = reader.alert("alert-2").acknowledged

        assert (taken.by, taken.note) == ("alex", "mine")

    play(scene, reader=reader)


def test_a_second_thought_acknowledges_nothing():
    """Esc in the question changes nothing."""
    reader = night()

    async def scene(night_):
        await night_.press("a", *"mine", "escape")

        assert isinstance(night_.app.screen, AlertsScreen)
        assert reader.alert("alert-2").acknowledged is None

    play(scene, reader=reader)


def test_an_acknowledgement_is_taken_back_after_a_question():
    """On an alert that somebody is on, the same key asks whether nobody is any more."""
    reader = night()

    async def scene(night_):
        await night_.press("j", "j", "a")
        await night_.until(lambda: "kim is on it. Take that back?" in night_.text())
        await night_.press("y")
        await night_.until(lambda: "nobody is on it any more" in night_.text())

        assert reader.alert("alert-3").acknowledged is None
        assert reader.takers == ["alex"]

    play(scene, reader=reader)


def test_what_is_over_cannot_be_acknowledged():
    """A resolved alert has nobody to wait for."""

    async def scene(night_):
        await night_.press("j", "j", "j", "j", "a")

        assert "it is over" in night_.text()

    play(scene)


def test_silencing_takes_a_time_and_a_reason():
    """The silence holds for the alert's rule and labels, from now on."""
    reader = night()

    async def scene(night_):
        await night_.press("s", "2", "h", "enter")
        await night_.until(lambda: "a reason comes after it" in night_.text())
        await night_.press("space", *"vendor", "enter")
        await night_.until(lambda: "alertname=compensation-failed step=refund-card" in night_.text())
        assert "silences as alex what these all match, for 2h vendor" in night_.text()
        await night_.press("enter")
        await night_.until(lambda: "silence silence-2 until" in night_.text())
        made = reader.held[-1]

        assert made.matchers == ("alertname=compensation-failed", "step=refund-card")
        assert (made.by, made.reason, (made.ends - NOW).total_seconds()) == ("alex", "vendor", 7_200.0)

    play(scene, reader=reader)


def test_what_is_silenced_can_be_changed():
    """The matchers stand there to be typed over; what is none says so, and Esc silences nothing."""
    reader = night()

    async def scene(night_):
        await night_.press("s", "2", "h", "space", "x", "enter")
        await night_.until(lambda: "step=refund-card" in night_.text())
        await night_.press("space", *"owner", "enter")
        await night_.until(lambda: "owner: what is silenced is said as" in night_.text())
        await night_.press(*"=~pay.*", "enter")
        await night_.until(lambda: "silence silence-2 until" in night_.text())
        assert ("alertname=compensation-failed", "step=refund-card", "owner=~pay.*") == reader.held[-1].matchers
        await night_.press("s", "2", "h", "space", "x", "enter")
        await night_.until(lambda: "step=refund-card" in night_.text())
        await night_.press("escape")
        assert 2 == len(reader.held)

    play(scene, reader=reader, size=LARGE)


def test_a_silence_is_ended_after_a_question():
    """On a silence the same key ends it."""
    reader = night()

    async def scene(night_):
        await night_.press("G", "s")
        await night_.until(lambda: "End the silence of saga=money-transfer?" in night_.text())
        await night_.press("y")
        await night_.until(lambda: reader.held[0].ended_by == "alex")

    play(scene, reader=reader)


def test_a_refusal_is_told():
    """What the sidecar does not take down is said in the last line, with its reason."""
    reader = night()
    reader.refusal = UsageError("the store is full")

    async def scene(night_):
        await night_.press("a", "enter")
        await night_.until(lambda: "not done: the store is full" in night_.text())

    play(scene, reader=reader)


def test_an_alert_opens_whole_and_leads_to_its_transaction():
    """Enter shows why it fires and what was told; o goes to the transaction that is stuck the longest."""

    async def scene(night_):
        await night_.press("j", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, AlertPanel) and "HISTORY" in night_.text())

        assert "resume at reserve-inventory" in night_.text()
        await night_.press("o")
        await night_.until(lambda: isinstance(night_.app.screen, TimelineScreen))
        assert night_.app.screen.transaction_id == "order-1042"

    play(scene, size=LARGE)


def test_each_transaction_of_an_alert_can_be_opened():
    """Tab goes to the next one that it names, around; Enter opens the one of the line."""

    async def scene(night_):
        await night_.press("j", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, AlertPanel) and "HISTORY" in night_.text())
        await night_.press("tab", "tab", "tab", "tab", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, TimelineScreen))
        assert "order-1107" == night_.app.screen.transaction_id
        await night_.press("q")
        await night_.until(lambda: isinstance(night_.app.screen, AlertsScreen))

    play(scene, size=LARGE)


def test_the_line_of_a_transaction_keeps_the_cursor():
    """Who takes the alert meanwhile adds a line above; Enter still opens what was chosen."""
    reader = night()

    async def scene(night_):
        await night_.press("j", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, AlertPanel) and "HISTORY" in night_.text())
        await night_.press("tab", "tab")
        reader.acknowledge("alert-1", by="kim")
        await night_.until(lambda: "kim is on it since" in night_.text())
        await night_.press("enter")
        await night_.until(lambda: isinstance(night_.app.screen, TimelineScreen))
        assert "order-1107" == night_.app.screen.transaction_id

    play(scene, reader=reader, size=LARGE)


def test_the_panel_scrolls_and_closes():
    """The last line is a key away, and the first; q closes."""

    async def scene(night_):
        await night_.press("j", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, AlertPanel) and "order-1107" in night_.text())
        await night_.press("G")
        assert "firing: 12 transactions" in night_.text()
        await night_.press("pageup", "space", "up", "g")
        assert "12 transactions of order-fulfilment" in night_.text()
        await night_.press("q")
        await night_.until(lambda: isinstance(night_.app.screen, AlertsScreen))

    play(scene)


def test_what_was_told_to_whom_is_a_key_away():
    """D shows each notice and what the receiver said."""

    async def scene(night_):
        await night_.press("d")
        await night_.until(lambda: isinstance(night_.app.screen, DeliveriesPanel) and "7 tries" in night_.text())

        assert "401 Unauthorized: wrong key" in night_.text()

    play(scene)


def test_what_does_not_work_is_in_sight_at_first():
    """On the smallest screen the troubles stand above the first alert, not scrolled away."""

    async def scene(night_):
        assert "rule refunds: no such column: amount" in night_.text()
        assert "notifier pager: 1 notice not delivered" in night_.text()

    play(scene)


@pytest.mark.parametrize("unavailable", [True, False])
def test_the_palette_has_alerts_where_there_are_some(unavailable):
    """A sidecar that cannot tell of alerts says why on their screen, and the palette leaves them out."""
    reader = night()

    def cannot(_query):
        raise Busy("no alerts run beside this API")

    if unavailable:
        reader.alerts = cannot

    async def whole():
        async with opened(reader, screen="now") as night_:
            await night_.until(lambda: "order-1042" in night_.text())
            await night_.press("colon")
            await night_.until(lambda: "what takes data in" in night_.text())
            offered = "what fires, and who is on it" in night_.text()
            await night_.press("escape", "4")
            await night_.until(lambda: isinstance(night_.app.screen, AlertsScreen))
            await night_.until(lambda: ("no alerts run beside" if unavailable else "3 alerts fire") in night_.text())

            assert offered is not unavailable

    run(whole)


def test_a_transaction_says_who_is_on_its_alert():
    """Its head names the alert that it belongs to."""
    mark = AlertMark(id="alert-1", state="firing", acknowledged_by="kim")
    reader = night()
    reader.by_id["order-1042"] = replace(reader.by_id["order-1042"], alert=mark)

    async def whole():
        async with opened(reader, open_transaction="order-1042") as night_:
            await night_.until(lambda: "alert firing · kim is on it · alert-1" in night_.text())

    run(whole)


def test_keys_of_the_panel_copy_the_command_and_the_id():
    """C copies the advised command, y the id by which receivers know the alert."""

    async def scene(night_):
        await night_.press("j", "enter")
        await night_.until(lambda: isinstance(night_.app.screen, AlertPanel) and "HISTORY" in night_.text())
        await night_.press("c")
        assert night_.app.clipboard == "curl -fsS -X POST http://inventory/resume/order-1042"
        await night_.press("y")
        assert night_.app.clipboard == "alert-1"

    play(scene, size=LARGE)


def test_keys_of_the_screen_copy_and_open():
    """C copies the command, y the id, o opens the transaction; where there is none, that is said."""

    async def scene(night_):
        await night_.press("y")
        assert night_.app.clipboard == "alert-2"
        await night_.press("c")
        assert night_.app.clipboard == "sagascope tui --open order-1042"
        await night_.press("j", "j", "j", "o")
        assert "no transaction is named" in night_.text()
        await night_.press("k", "k", "o")
        await night_.until(lambda: isinstance(night_.app.screen, TimelineScreen))

    play(scene)


def test_the_rules_are_a_key_away():
    """U shows the rules that run, the one that fails, and who is told."""

    async def scene(night_):
        await night_.press("u")
        await night_.until(lambda: isinstance(night_.app.screen, RulesPanel) and "refunds" in night_.text())

        assert "no such column: amount" in night_.text()

    play(scene)


def test_tab_goes_from_part_to_part():
    """Firing, pending, resolved, silences, and around."""

    async def scene(night_):
        await night_.press("tab")
        assert "collector kafka is degraded" in night_.selected()
        await night_.press("tab", "tab")
        assert "saga=money-transfer" in night_.selected()
        await night_.press("tab")
        assert "refund-card" in night_.selected()

    play(scene, size=LARGE)


def test_nothing_that_writes_is_offered_read_only():
    """Read-only, the keys do nothing."""
    reader = night()

    async def scene(night_):
        await night_.press("a", "s")

        assert isinstance(night_.app.screen, AlertsScreen)
        assert "acknowledge" not in night_.screen()[-1]

    play(scene, reader=reader, read_only=True)


def test_the_selection_survives_another_order():
    """An alert that comes in above moves the selection with its line."""
    reader = night()

    async def scene(night_):
        await night_.press("j")
        reader.fired.insert(0, alert(9, severity="critical", summary="a new one"))
        await night_.press("r")
        await night_.until(lambda: "4 alerts fire" in night_.text())

        assert "lost on the way to" in night_.selected()

    play(scene, reader=reader)


def test_the_first_screen_says_that_alerts_fire():
    """What is wrong now tells how many alerts fire, and who is on them."""

    async def whole():
        async with opened(night(), screen="now") as night_:
            await night_.until(lambda: "3 alerts fire" in night_.text())

            assert "1 acknowledged by kim" in night_.text()

    run(whole)
