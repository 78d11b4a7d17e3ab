from dataclasses import replace

import pytest

from tests.unit.tui.fake import FakeReader, bad_night, entry, lost_message, record, step, summary, transaction
from tests.unit.tui.graphs import edge, graph, node
from tests.unit.tui.pilot import LARGE, SMALL, Night, opened, run
from tests.unit.tui.samples import advised, collected, incident
from tracer.cli.exits import DEFECT
from tracer.cli.exits import run as run_command
from tracer.views import Difference
from tui.app import SagascopeApp
from tui.app import run as run_screens
from tui.look import Look
from tui.screens.details import DetailsScreen
from tui.screens.help import HelpScreen
from tui.screens.now import NowScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.source import Pace
from tui.wants import ListWant, Snapshot
from tui.widgets.lines import Lines


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_enter_opens_the_timeline_and_esc_comes_back(size):
    """Enter shows why the selected transaction is stuck; Esc and q lead back to the same row."""

    async def scene():
        async with opened(size=size) as it:
            await it.press("j", "j")
            chosen = it.app.screen.state.selected()
            for back in ("escape", "q"):
                await it.press("enter")
                await it.until(lambda: "handoff-lost" in it.text())

                assert isinstance(it.app.screen, TimelineScreen)
                assert chosen in it.screen()[0]
                await it.press(back)
                assert isinstance(it.app.screen, TransactionsScreen)
                assert chosen == it.app.screen.state.selected()

    run(scene)


def test_q_and_ctrl_q_quit():
    """From the first screen q quits, from the list it leads there; Ctrl-Q quits from everywhere."""

    async def scene():
        async with opened() as it:
            await it.press("q")
            assert isinstance(it.app.screen, NowScreen)
            await it.press("q")
            assert not it.app.is_running
        async with opened() as it:
            await it.press("enter", "question_mark", "ctrl+q")
            assert not it.app.is_running

    run(scene)


def test_a_pause_stands_still_and_says_so():
    """Paused, news stays away until the person goes on."""

    async def scene():
        async with opened() as it:
            await it.press("space")
            await it.until(lambda: "paused" in it.screen()[0])
            asked = len(it.reader.asked)
            it.reader.rows.insert(0, summary("news", "stuck", in_step_s=99_999))
            it.clock.ns += 3_600 * 10**9
            await it.pilot.pause(0.1)
            assert "news" not in it.text()
            assert "5h" not in it.text()
            assert len(it.reader.asked) <= asked + 1
            await it.press("space")
            await it.until(lambda: "news" in it.text())

    run(scene)


def test_a_sidecar_that_goes_away_leaves_the_last_snapshot():
    """When the sidecar goes away its last answer stays with its age, and the screen says why and what to do."""

    async def scene():
        async with opened() as it:
            it.reader.away = "no sidecar at http://127.0.0.1:4319: start one with `sagascope serve`"
            it.clock.ns += 95 * 10**9
            await it.until(lambda: "start one with `sagascope serve`" in it.screen()[2])

            assert "no answer" in it.screen()[0]
            assert "1m 30s ago" in it.screen()[3]
            assert "order-1042" in it.text()
            it.reader.away = None
            await it.until(lambda: "live" in it.screen()[0])
            assert "start one with" not in it.text()

    run(scene)


def test_a_sidecar_that_never_was_there():
    """Started before the sidecar, the screen waits for it and then shows the list."""

    async def scene():
        reader = bad_night()
        reader.away = "no sidecar at http://127.0.0.1:4319"
        async with opened(reader) as it:
            assert "nothing was read yet" in it.text()
            assert "0 transactions" not in it.text()
            assert "0 stuck" not in it.text()
            reader.away = None
            await it.until(lambda: "order-1042" in it.text())

    run(scene)


def test_time_passes_in_the_cells_that_show_it():
    """With nothing new from the sidecar an open transaction grows older all the same, by repainting its cells alone."""

    async def scene():
        async with opened(pace=Pace(least_s=3_600, most_s=3_600)) as it:
            await it.until(lambda: "21s" in it.text())
            lines = it.app.screen.query_one(Lines)
            regions = []
            refresh = lines.refresh
            lines.refresh = lambda *these, **options: (regions.extend(these), refresh(*these, **options))[1]
            it.clock.ns += 10**9
            await it.until(lambda: "22s" in it.text())

            assert all(region.width < 12 for region in regions)
            assert len(regions) <= 8

    run(scene)


def test_a_quiet_screen_repaints_nothing():
    """Answers that say the same again leave every cell alone."""

    async def scene():
        async with opened() as it:
            await it.pilot.pause(0.05)
            asked = len(it.reader.asked)
            painted = []
            for widget in it.app.screen.walk_children():
                refresh = widget.refresh
                widget.refresh = lambda *these, refresh=refresh, **options: (
                    painted.append(these),
                    refresh(*these, **options),
                )[1]
            await it.until(lambda: len(it.reader.asked) > asked + 5)

            assert [] == painted

    run(scene)


@pytest.mark.parametrize("keys", [("question_mark",), ("enter", "f1")])
def test_help_names_every_key_of_the_screen(keys):
    """The help lists what is bound here, from the bindings themselves, and closes again."""

    async def scene():
        async with opened(size=(120, 90)) as it:
            await it.press(*keys)
            await it.until(lambda: isinstance(it.app.screen, HelpScreen) and "SIGNS" in it.text())
            text = it.text()

            for key in ("Ctrl-D", "PageDown", "Enter", "space", "Ctrl-Q", "copy the transaction id"):
                assert key in text
            await it.press("question_mark", "q")
            assert not isinstance(it.app.screen, HelpScreen)

    run(scene)


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 10), (200, 50)])
def test_hostile_telemetry_reaches_no_segment(size):
    """Control sequences, markup and megabyte names never reach what is painted, on any screen."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e\n" + "x" * 2**20

    async def scene():
        bad = entry(evil, 10, 9, owner=evil, step=evil, error=evil, phase="failed", trace_id=evil)
        one = transaction(
            transaction_id=evil, saga=evil, aliases=(evil,), notes=(evil,), timeline=(bad,),
            steps=(step(evil, evil, "running", 9, error=evil),),
            current=tuple(replace(each, step=evil, owner=evil) for each in transaction().current),
            stall=replace(transaction().stall, why=evil, step=evil, owner=evil),
        )  # fmt: skip
        row = summary(evil, "stuck", saga=evil, step=evil, owner=evil, error=evil)
        reader = FakeReader([row], [one], [record(bad, attributes={evil: evil}, resource={"r": {evil: [evil]}})])
        async with opened(reader, size=size) as it:
            screens = [it.screen()]
            await it.press("enter")
            await it.until(lambda: "STUCK" in it.text())
            await it.press("e")
            screens.append(it.screen())
            await it.press("o", "G", "k", "enter")
            await it.until(lambda: isinstance(it.app.screen, DetailsScreen))
            await it.pilot.pause(0.1)
            screens.append(it.screen())

        for line in (line for lines in screens for line in lines):
            assert line.isprintable(), line

    run(scene)


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 10)])
def test_hostile_names_reach_no_segment_of_the_other_screens(size):
    """Nor on the first screen, in a flow, in advice or in the palette."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e\n" + "x" * 2**18

    async def scene():
        reader = FakeReader([summary(evil, "stuck", saga=evil, step=evil, owner=evil, error=evil)])
        different = Difference(attribute=evil, value=evil, stuck=2, stuck_of=2, passing=0, passing_of=2)
        named = {"saga": evil, "step": evil, "owner": evil, "error": evil, "why": evil, "examples": (evil,)}
        reader.incident_list = (incident(different=(different,), **named),)
        reader.collector_list = collected(name=evil, state="failed", detail=evil)
        reader.graph = graph(saga=evil, nodes=(node(evil, evil, stuck=1, here=1),), edges=(edge(None, evil),))
        advice = tuple(
            replace(one, step=evil, owner=evil, why=evil, evidence=(evil,), command=evil) for one in advised()
        )
        reader.by_id[evil] = transaction(transaction_id=evil, advice=advice, remaining=())
        screens = []
        async with opened(reader, screen="now", size=size) as it:
            await it.until(lambda: "stuck" in it.text())
            walk = ((("y",), "copied"), (("f",), "flow of"), (("q", "G", "enter"), "STUCK"), (("a", "y"), "copied"),
                    (("escape", "colon", "o"), "open"))  # fmt: skip
            for keys, until in walk:
                screens.append(it.screen())
                await it.press(*keys)
                await it.until(lambda until=until: until in it.text())
                assert "\x1b" not in it.app.clipboard
            screens.append(it.screen())

        for line in (line for lines in screens for line in lines):
            assert line.isprintable(), line

    run(scene)


def test_a_fault_of_ours_ends_the_screen():
    """A defect in the reading ends the application with that error and does not leave a screen that stands still."""

    class Broken(FakeReader):
        def transactions(self, _query):
            raise ZeroDivisionError

    async def scene():
        it = Night(Broken())
        async with it.app.run_test(size=SMALL) as pilot:
            it.pilot = pilot
            await it.until(lambda: not it.app.is_running)

        assert isinstance(it.app.failure, ZeroDivisionError)

    run(scene)


def test_a_fault_of_the_screens_is_a_defect(monkeypatch, capsys):
    """Where the screens themselves failed, the one owner of exit codes says that it was a defect."""
    monkeypatch.setattr(SagascopeApp, "run", lambda app: setattr(app, "_return_code", 1))

    assert DEFECT == run_command(lambda: run_screens(FakeReader(), url_label="http://h:1"))
    assert "the screens failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("screen", "keys"),
    [
        ("list", ()), ("list", ("enter",)), ("list", ("enter", "enter")), ("list", ("question_mark",)),
        ("list", ("slash", "x")), ("list", ("f",)), ("list", ("enter", "a")), ("list", ("colon", "o")), ("now", ()),
    ],
)  # fmt: skip
def test_an_ascii_terminal_gets_only_ascii(screen, keys):
    """With the ASCII look nothing but ASCII is painted, on any screen."""

    async def scene():
        reader = bad_night()
        reader.by_id["order-1042"] = transaction(advice=advised(), message=lost_message())
        async with opened(reader, screen=screen, look=Look(unicode=False, colour=False)) as it:
            await it.press(*keys)
            await it.pilot.pause(0.05)

            assert it.text().isascii()

    run(scene)


def test_a_reading_that_comes_too_late_is_let_go():
    """A reading that arrives when the screens are gone already does not end the application with an error."""

    async def scene():
        async with opened() as it:
            want = ListWant(query=it.app.screen.state.query())
            late = Snapshot(want=want, taken_ns=0, answer=it.reader.transactions(want.query))
        assert not it.app.screen_stack
        it.app.on_sagascope_app_arrived(SagascopeApp.Arrived(late))

    run(scene)
