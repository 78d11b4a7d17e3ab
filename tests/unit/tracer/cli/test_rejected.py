"""`sagascope rejected`: the list, one message, a replay; text is hostile."""

import base64
import json

import pytest

from tests.api_fakes import make_rejected
from tracer.cli.rejected import MAX_SHOWN, replay_all
from tracer.errors import Busy
from tracer.rejections import RejectedHeader, RejectedQuery, Replayed

HOSTILE = "\x1b]52;c;aGVsbG8=\x07\u202e\x9b31m"


def test_the_list_says_when_where_why_and_how_it_begins(sagascope, fake_answers):
    """One row a message; the filters go to the sidecar, and JSON is its answer."""
    code, out, _ = sagascope("rejected", "--source", "kafka", "--topic", "a", "--topic", "b", "--reason", "json")

    assert 0 == code
    number, *_, source, place, reason, more, size, begins = out.splitlines()[1].split()
    assert ("7", "kafka", "orders[3]@18822", "not JSON") == (number, source, place, f"{reason} {more}")
    assert ("9", "{oops") == (size, begins)
    assert [RejectedQuery(source=("kafka",), topic=("a", "b"), reason="json")] == [
        query for (query,) in fake_answers.asked
    ]
    assert [7] == [one["id"] for one in json.loads(sagascope("rejected", "--json")[1])["messages"]]


def test_nothing_rejected_is_said(sagascope, fake_answers):
    """An empty list is a sentence."""
    fake_answers.rejections = ()

    assert (0, "nothing was rejected\n", "") == sagascope("rejected")


def test_one_message_is_shown_whole_and_cleaned(sagascope, fake_answers):
    """Headers, key and every line of the value, with control characters as signs; an unknown id is not found."""
    value = f"line one {HOSTILE}\nline two{'x' * 9000}"
    headers = (RejectedHeader(key="h" + HOSTILE, value=HOSTILE), RejectedHeader(key="n", value=None))
    fake_answers.rejections = (make_rejected(8, value=value, key=HOSTILE, reason=HOSTILE, headers=headers),)
    code, out, _ = sagascope("rejected", "--show", "8")

    assert 0 == code
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(out)
    assert "line two" + "x" * 9000 in out.splitlines()
    assert "header   n = none" in out.splitlines()
    assert 3 == sagascope("rejected", "--show", "9")[0]


@pytest.mark.usefixtures("on_a_terminal")
def test_a_terminal_gets_the_beginning_and_a_file_every_byte(sagascope, fake_answers, tmp_path):
    """A message of megabytes does not run over the screen, and what is said to do gives all of it."""
    value, file = bytes(range(256)) * 100, tmp_path / "value"
    text = value.decode("utf-8", "backslashreplace")
    encoded = base64.b64encode(value).decode()
    fake_answers.rejections = (make_rejected(8, value=text, value_base64=encoded, size=len(value) + 7),)
    shown = sagascope("rejected", "--show", "8")[1]

    assert len(shown) < MAX_SHOWN * 2
    assert "... this is its beginning; all of it: --show 8 --raw FILE, or --json" == shown.splitlines()[-1]
    assert "bytes    25607 in all, 25600 of them the value" in shown.splitlines()
    assert 0 == sagascope("rejected", "--show", "8", "--raw", str(file))[0]
    assert value == file.read_bytes()
    assert 2 == sagascope("rejected", "--raw", str(file))[0]


def test_a_replay_adds_up_its_parts(sagascope, serve_api):
    """Part after part until the last one; who was skipped and why is told."""
    parts = [
        Replayed(tried=3, accepted=2, stored=2, skipped=0, reasons=(), next=40),
        Replayed(tried=1, accepted=1, stored=0, skipped=5, reasons=("old: no collector of this name runs",), next=None),
    ]
    serve_api.replays.parts = list(parts)
    code, out, _ = sagascope("rejected", "--topic", "orders", "--replay")

    assert 0 == code
    assert [
        "3 of 4 messages are decoded now, 2 records are new",
        "1 were refused again: `sagascope rejected` has the reasons",
        "5 were not tried: old: no collector of this name runs",
    ] == out.splitlines()
    assert [(("orders",), 0), (("orders",), 40)] == [(query.topic, after) for query, after in serve_api.replays.asked]
    serve_api.replays.parts = list(parts)
    assert 4 == json.loads(sagascope("rejected", "--replay", "--json")[1])["tried"]


def test_a_replay_needs_a_sidecar_and_no_number(sagascope, tmp_path):
    """What cannot be meant is a usage error that says what to do."""
    assert 2 == sagascope("rejected", "--replay", "--show", "7")[0]
    code, _, err = sagascope("rejected", "--replay", "--data", str(tmp_path / "a.duckdb"))
    assert (2, True) == (code, "needs the sidecar" in err)


def test_a_replay_that_becomes_busy_says_what_was_done():
    """What the parts before did is not lost, and the reason is told."""

    class Tired:
        def replay(self, _, after):
            """Do one part, then no more."""
            if after:
                raise Busy("the disk is full")
            return Replayed(tried=2, accepted=2, stored=2, skipped=0, reasons=(), next=2)

    done = replay_all(Tired(), RejectedQuery())

    assert (2, 2, ("the replay stopped: the disk is full",)) == (done.tried, done.next, done.reasons)
