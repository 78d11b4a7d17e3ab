import json
from dataclasses import replace

from tests.unit.tui.fake import FakeReader, bad_night, entry, night, record, transaction
from tests.unit.tui.pilot import LARGE, opened, run
from tests.unit.tui.samples import ago
from tui.look import TIMES
from tui.screens.details import DetailsScreen
from tui.screens.timeline import TimelineScreen


def _opened(reader=None, **options):
    return opened(reader, open_transaction="order-1042", size=LARGE, **options)


def _row(it, name):
    return next(line for line in it.screen() if name in line)


def test_zoom_and_pan_show_a_part_of_the_time():
    """+ shows half around the line, h and l move, H and L by a screenful, - and 0 lead back to all of it."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            whole = _row(it, "STATE")
            await it.press("l")
            assert "all of it is shown" in it.screen()[-1]
            await it.press("tab", "plus", "equals_sign")
            assert f"zoom {TIMES}4" in it.screen()[0]
            near = _row(it, "STATE")
            for away, back in (("l", "h"), ("right", "left"), ("L", "H"), ("shift+right", "shift+left")):
                await it.press(away)
                assert near != _row(it, "STATE")
                await it.press(back)
                assert near == _row(it, "STATE")
            assert "0" in it.screen()[-1]
            await it.press("minus")
            assert f"zoom {TIMES}2" in it.screen()[0]
            await it.press("0")
            assert whole == _row(it, "STATE")

    run(scene)


def test_times_can_be_told_since_the_beginning():
    """W tells times since the transaction began, and by the clock again."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            assert "+0s" not in _row(it, "STATE")
            await it.press("w")
            assert "+0s" in _row(it, "STATE")
            assert "since it began" in it.screen()[-1]
            await it.press("w")
            assert "+0s" not in _row(it, "STATE")

    run(scene)


def test_a_hand_off_that_took_too_long_is_drawn_once_the_norms_are_known():
    """The flow of the saga is asked for once, and a gap of ten minutes between two steps says how long it was."""

    async def scene():
        one = transaction()
        first, second, third = one.steps
        late = replace(second, started_at=ago(14_500), ended_at=ago(14_490))
        reader = FakeReader(night(), [replace(one, steps=(first, late, third))])
        async with _opened(reader) as it:
            await it.until(lambda: "10m 38s" in it.text())
            flows = [asked for asked in reader.asked if isinstance(asked, tuple) and asked[0] == "flow"]
            assert [("flow", "order-fulfilment")] == flows

    run(scene)


def test_an_earlier_time_shows_what_was_then():
    """T shows the transaction as it stood, says so, and an empty line or Esc leads back to now."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "STUCK" in it.text())
            for back in (("t", *["backspace"] * 30, "enter"), ("escape",)):
                await it.press("t", *"22:55:12", "enter")
                await it.until(lambda: "RUNNING" in it.text() and "as of 13 Mar 22:55:12" in it.screen()[0])
                assert "live" not in it.screen()[0]
                assert "PaymentCaptured" not in it.text()
                await it.press(*back)
                await it.until(lambda: "STUCK" in it.text() and "as of" not in it.screen()[0])
            assert isinstance(it.app.screen, TimelineScreen)

    run(scene)


def test_before_it_began_there_was_nothing():
    """A time before the first record says that there was none, and keeps nothing of the present on the screen."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("t", *"3d", "enter")
            await it.until(lambda: "no record yet at" in it.text())
            assert "PaymentCaptured" not in it.text()
            await it.press("escape")
            await it.until(lambda: "PaymentCaptured" in it.text())

    run(scene)


def test_braces_play_the_saga():
    """{ goes back record by record, } forward, and after the last one comes now."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("right_curly_bracket")
            assert "this is now" in it.screen()[-1]
            await it.press("left_curly_bracket")
            await it.until(lambda: "of 11" in it.screen()[0] and "PaymentCaptured" not in it.text())
            for _ in range(12):
                await it.press("left_curly_bracket")
            await it.until(lambda: "1 of 11" in it.screen()[0] and "RECORDS 1" in it.text())
            assert "nothing before that" in it.screen()[-1]
            for _ in range(10):
                await it.press("right_curly_bracket")
            await it.until(lambda: "STUCK" in it.text() and "of 11" not in it.screen()[0])

    run(scene)


def test_a_search_goes_from_match_to_match():
    """/ says how many lines match while one types, n and N go round, Esc ends it and only then leaves."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("n")
            assert "/ searches" in it.screen()[-1]
            await it.press("slash", *"GATEWAY")
            await it.until(lambda: "2 lines" in it.text())
            await it.press("enter")
            await it.until(lambda: "match 1 of 2" in it.screen()[-1])
            first = it.selected()
            await it.press("n")
            assert "match 2 of 2" in it.screen()[-1]
            await it.press("n")
            assert first == it.selected()
            await it.press("N", "escape")
            assert "match" not in it.screen()[-1]
            assert isinstance(it.app.screen, TimelineScreen)
            await it.press("slash", *"nowhere", "enter", "n")
            assert "no line matches" in it.screen()[-1]

    run(scene)


def _tale():
    one = transaction()
    body = json.dumps({"order": {"lines": [{"sku": f"A-{at}", "qty": at} for at in range(40)]}})
    attributes = {"body": body, "note": "word " * 2_000, "tags": ["a", "b"]}
    return FakeReader(night(), [one], [record(each, attributes=attributes) for each in one.timeline])


def test_a_record_folds_and_opens():
    """Enter and space open and fold, l and h too, and h goes up from what is folded; what has no more says so."""

    async def scene():
        async with _opened(_tale()) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: "ATTRIBUTES" in it.text())
            await it.press("enter")
            assert "nothing more" in it.text()
            while "▾ body" not in it.app.screen._under_cursor().line[0][0]:
                await it.press("j")
            await it.press("space")
            await it.until(lambda: "▸ body" in it.text() and "order" not in it.text().split("body")[1].split("note")[0])
            await it.press("l")
            await it.until(lambda: "▾ body" in it.text() and "▸ lines" in it.text())
            await it.press("j", "j", "right")
            await it.until(lambda: "▾ lines" in it.text() and "[0]" in it.text())
            await it.press("left", "h", "h")
            assert "order" in it.app.screen._under_cursor().text
            await it.press("G", "g", "ctrl+d", "pageup", "k", "down", "q")
            assert isinstance(it.app.screen, TimelineScreen)

    run(scene)


def test_a_long_value_is_cut_until_it_is_opened():
    """Ten thousand characters are cut after a few lines, say how many they are, and Enter shows them."""

    async def scene():
        async with _opened(_tale()) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: "10,000 characters; Enter shows them" in it.text())
            before = len(it.app.screen._lines)
            while "note" not in it.app.screen._under_cursor().text:
                await it.press("j")
            await it.press("enter")
            await it.until(lambda: "10,000 characters" not in it.text())
            assert len(it.app.screen._lines) > before + 50

    run(scene)


def test_a_search_in_a_record_opens_what_hides_it():
    """/ finds what lies folded, n and N go from match to match, Esc ends the search and then closes."""

    async def scene():
        async with _opened(_tale()) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: "ATTRIBUTES" in it.text())
            await it.press("N")
            assert "/ searches" in it.text()
            await it.press("slash", *"a-3", "enter")
            await it.until(lambda: "match 1 of 11" in it.text() and "sku" in it.app.screen._under_cursor().text)
            await it.press("n")
            assert "match 2 of 11" in it.text()
            await it.press("N", "N")
            assert "match 11 of 11" in it.text()
            await it.press("escape")
            assert isinstance(it.app.screen, DetailsScreen)
            await it.press("escape")
            assert isinstance(it.app.screen, TimelineScreen)

    run(scene)


def test_a_record_is_shown_and_copied_as_json():
    """V shows the stored record as JSON and back, y copies the whole of it."""

    async def scene():
        async with _opened(_tale()) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: "ATTRIBUTES" in it.text())
            await it.press("v")
            assert '"uid": "u1"' in it.text()
            await it.press("y")
            copied = json.loads(it.app.clipboard)
            assert ["a", "b"] == copied["attributes"]["tags"]
            assert 10_000 == len(copied["attributes"]["note"])
            await it.press("v")
            assert "ATTRIBUTES" in it.text()

    run(scene)


def test_o_copies_the_address_where_there_is_no_browser(monkeypatch):
    """Over ssh the address is told and copied; where none is known that is said."""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("o")
            assert "no address is known" in it.screen()[-1]
        async with _opened(trace_url="https://traces.example/{trace_id}") as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("o")
            assert "https://traces.example/5b8efff798038103d269b633813fc60c" == it.app.clipboard
            assert "copied https://traces.example/5b8e" in it.screen()[-1]

    run(scene)


def test_o_opens_the_viewer_without_a_shell(monkeypatch, tmp_path):
    """The person's browser gets the address as one argument; where it fails the address is copied."""
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s|" "$#" "$1" > {told}\nexit "${{BROWSER_FAILS:-0}}"\n', encoding="utf-8")
    browser.chmod(0o755)
    for name in ("SSH_CONNECTION", "SSH_TTY", "TEXTUAL_DRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BROWSER", str(browser))

    async def scene():
        async with _opened(trace_url="https://traces.example/{trace_id}?a=1&b=$(id)") as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("o")
            assert "opening https://traces.example" in it.screen()[-1]
            await it.until(lambda: told.exists() and told.read_text("utf-8").endswith("|"))
            assert "1|https://traces.example/5b8efff798038103d269b633813fc60c?a=1&b=$(id)|" == told.read_text("utf-8")
            assert "" == it.app.clipboard
            monkeypatch.setenv("BROWSER_FAILS", "3")
            await it.press("o")
            await it.until(lambda: "copied https://traces.example" in it.screen()[-1])

    run(scene)


def test_x_writes_a_file_and_never_over_another_unasked(monkeypatch, tmp_path):
    """X offers a safe name, writes the form it ends in, and asks again before it writes over a file."""
    monkeypatch.chdir(tmp_path)

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("x")
            await it.until(lambda: "order-1042.md" in it.text())
            await it.press("enter")
            await it.until(lambda: "wrote order-1042.md" in it.screen()[-1])
            assert (tmp_path / "order-1042.md").read_text("utf-8").startswith("# order-1042")
            (tmp_path / "order-1042.md").write_text("mine", encoding="utf-8")
            await it.press("x", "enter")
            await it.until(lambda: "is there already" in it.text())
            assert "mine" == (tmp_path / "order-1042.md").read_text("utf-8")
            await it.press("escape", "x", "enter", "enter")
            await it.until(lambda: "wrote order-1042.md" in it.screen()[-1])
            assert "mine" != (tmp_path / "order-1042.md").read_text("utf-8")
            await it.press("x", *["backspace"] * 2, *"svg", "enter")
            await it.until((tmp_path / "order-1042.svg").exists)
            await it.press("x", *["backspace"] * 2, *"txt", "enter")
            await it.until(lambda: "the name ends in" in it.text())

    run(scene)


def test_clocks_that_disagree_are_told():
    """An effect before its cause is told in the title and in a note."""

    async def scene():
        timeline = (
            entry("reserve", 101, 100, owner="inventory", causation_id="m1"), entry("place", 100, 99, message_id="m1"),
        )  # fmt: skip
        reader = FakeReader(night(), [transaction(timeline=timeline)])
        async with _opened(reader) as it:
            await it.until(lambda: "clocks disagree" in it.screen()[0])
            assert "The clocks of orders and inventory disagree by at least 1.0s" in it.text()
        async with _opened(bad_night()) as it:
            await it.until(lambda: "STUCK" in it.text())
            assert "clocks disagree" not in it.screen()[0]

    run(scene)


def test_b_groups_records_by_owner():
    """B puts the records of each owner together, and in the order of time again."""

    async def scene():
        async with _opened() as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("b")
            assert "payments  4 records" in it.text()
            await it.press("b")
            assert "payments  4 records" not in it.text()

    run(scene)
