"""The reading commands, against the real API over fakes, through the real entry: output, errors, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.api_fakes import NOW, make_summary, make_transaction
from tracer.cli import human, output
from tracer.cli.exits import run
from tracer.cli.main import cli
from tracer.cli.show import lines
from tracer.errors import Busy, NotFound
from tracer.views import (
    Compensation,
    Current,
    MessageGroup,
    MessagePlace,
    RecordPage,
    RecordRow,
    Stall,
    Step,
    TimelineEntry,
)

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"


def test_the_token_comes_from_a_file_or_the_environment(serve_api, monkeypatch, tmp_path, capfd):
    """Never from an option that `ps` would show."""
    url = serve_api(token="s3cret")  # noqa: S106  a test's own
    (tmp_path / "token").write_text("s3cret\n")

    def code(*more: str) -> int:
        return run(lambda: cli.main(["ls", "--url", url, *more], prog_name="sagascope", standalone_mode=False))

    assert (code(), code("--token-file", str(tmp_path / "token")), code("--token", "s3cret")) == (2, 0, 2)
    monkeypatch.setenv("SAGASCOPE_TOKEN", "s3cret")
    assert code() == 0
    assert "s3cret" not in capfd.readouterr().out


def test_the_stall_sentence_is_wrapped_for_a_terminal():
    """Nothing of why it is stuck is cut off."""
    stall = replace(stuck_transaction().stall, why="word " * 60)
    told = list(lines(replace(stuck_transaction(), stall=stall), width=40, colour=True))

    assert "".join(told).count("word") == 60
    assert all(len(line) <= 40 for line in told[1:8])


def stuck_transaction():
    """A transaction with everything: stalled, compensated, retried, hostile."""
    current = Current(
        step="ship", owner="shipping", state="running", since=NOW - timedelta(minutes=38), elapsed_s=2280.0,
        expected_s=None, threshold_s=300.0, threshold_source="default", basis="exact",
    )  # fmt: skip
    undo = Compensation(step="refund", owner="payment", state="compensated", started_at=NOW, ended_at=NOW, error=None)
    step = Step(
        step="pay", owner="payment", state="failed", started_at=NOW, ended_at=NOW, duration_s=0.25, attempts=3,
        error=f"HTTP 503 {HOSTILE}", compensation=undo,
    )  # fmt: skip
    entry = TimelineEntry(
        at=NOW + timedelta(milliseconds=1500), until=NOW + timedelta(seconds=2), kind="span", name=f"charge{HOSTILE}",
        step="pay", owner="payment", phase="failed", attempt=3, status="error", error="HTTP 503", source="otlp",
        trace_id=None, span_id=None, parent_span_id=None, span_kind="client", message_id=None, causation_id=None,
        correlated_by="id",
    )  # fmt: skip
    stall = Stall(
        kind="step-overdue", since=NOW, stuck_s=1980.0, step="ship", owner="shipping", why="shipping has held ship"
    )
    return make_transaction(
        "ORD-1", status="stuck", stall=stall, current=(current,), steps=(step,), timeline=(entry,), timeline_total=9,
        aliases=("PAY-1",), notes=("two traces",),
    )  # fmt: skip


def test_show_says_first_why_it_is_stuck(sagascope, fake_answers):
    """The stall sentence, who holds it, the steps with their undoing, then the timeline with relative times."""
    fake_answers.told["ORD-1"] = stuck_transaction()
    code, out, _ = sagascope("show", "ORD-1")
    lines = out.splitlines()

    assert code == 0
    assert lines[0] == "STUCK for 33m 0s (step-overdue): shipping has held ship"
    assert lines[2] == "also known as PAY-1"
    assert lines[3].startswith("now ship at shipping: running for 38m 0s since ")
    assert lines[3].endswith(", limit 5m 0s, default")
    assert lines[4] == "note: two traces"
    assert [line.split()[0] for line in lines if "refund" in line or "pay " in line][:2] == ["failed", "compensated"]
    assert any(line.lstrip().startswith("+1.500s  payment") and "(try 3)" in line for line in lines)
    assert lines[-1] == "... 1 of 9 records shown; `sagascope records` reads on"


def test_show_says_where_the_last_message_is(sagascope, fake_answers):
    """The place and the time of the last message, then a line for each group, its time told once."""
    known = {"committed": 7, "lag": None, "total_lag": None, "eta_s": None, "members": 1}
    groups = (
        MessageGroup(group="ship\x1b[2J", state="read", read_at=NOW, why="read past it about 5s ago", **known),
        MessageGroup(group="bill", state="unread", read_at=None, why="has not read it: 1 message before it", **known),
    )
    place = MessagePlace(source="kafka", topic="orders\x07", partition=3, offset=8, at=NOW, groups=groups)
    fake_answers.told["ORD-1"] = make_transaction(message=place)
    at = human.moment(NOW, now=NOW)
    told = sagascope("show", "ORD-1")[1]

    assert (
        f"last message orders␇[3]@8 at {at}\n"
        f"  ship␛[2J read past it about 5s ago\n"
        "  bill has not read it: 1 message before it\n"
    ) in told


def test_show_cuts_the_timeline_where_told(sagascope, fake_answers):
    """In text and in JSON, and the rest is told."""
    one = stuck_transaction()
    fake_answers.told["ORD-1"] = replace(one, timeline=one.timeline * 3)

    assert "... 2 of 9 records shown" in sagascope("show", "ORD-1", "--limit", "2")[1]
    assert len(json.loads(sagascope("show", "ORD-1", "--limit", "2", "--json")[1])["timeline"]) == 2


def test_a_time_before_the_first_record_is_told_in_local_time(sagascope, fake_answers, monkeypatch):
    """With when the first one was, and without microseconds."""

    def answer(name, *, as_of=None):
        if as_of or name == "none":
            raise NotFound("engine room words")
        return make_transaction(name)

    monkeypatch.setattr(fake_answers, "transaction", answer)
    first, then = (f"{at.astimezone():%H:%M:%S}" for at in (NOW, NOW - timedelta(seconds=60.5)))
    code, _, err = sagascope("show", "ORD-1", "--as-of", "2026-03-01T02:13:06.500Z")

    assert (code, err) == (3, f"sagascope: ORD-1 had no record yet at {then}: its first one is of {first}\n")
    assert sagascope("show", "none", "--as-of", "1m") == (3, "", "sagascope: engine room words\n")


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("arguments", [("show", "ORD-1"), ("show", "ORD-1", "--json"), ("records", "ORD-1"), ("ls",)])
def test_nothing_raw_from_telemetry_reaches_a_terminal(sagascope, fake_answers, monkeypatch, terminal, arguments):
    """Control sequences are shown, never sent; only JSON for a program holds C1 and bidi characters as they are."""
    if terminal:
        monkeypatch.setattr(output, "is_terminal", lambda: True)
        monkeypatch.setenv("NO_COLOR", "1")
    fake_answers.told["ORD-1"] = stuck_transaction()
    fake_answers.rows = (make_summary(HOSTILE, saga=HOSTILE, step=HOSTILE, owner=HOSTILE, error=HOSTILE),)
    fake_answers.record_page = RecordPage(transaction_id="ORD-1", records=(hostile_record(),), total=1)
    code, out, err = sagascope(*arguments)

    assert (code, err) == (0, "")
    assert not {"\x1b", "\x07"} & set(out)
    assert not {"\x9b", "\u202e"} & set(out) or (not terminal and "--json" in arguments)


def hostile_record() -> RecordRow:
    """A record with control sequences wherever telemetry can put them."""
    nothing = dict.fromkeys(("step_by", "span_kind", "until_ns", "attempt", "message_id", "causation_id", "trace_id"))
    more = dict.fromkeys(("span_id", "parent_span_id", "schema_ref", "compensates", "outcome", "style", "position"))
    return RecordRow(
        uid="u", transaction_id="ORD-1", saga=None, step=HOSTILE, owner=HOSTILE, phase="observed", kind="event",
        name=HOSTILE, at_ns=1, received_ns=1, links=None, status="unset", error=HOSTILE, source="otlp",
        aliases={HOSTILE: HOSTILE}, attributes={HOSTILE: [HOSTILE]}, resource={HOSTILE: 1}, correlated_by="id",
        **nothing, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "asked", "expected"),
    [
        ((), (1000, 0), "1 of 3 records: go on with --offset 1"),
        (("--offset", "1", "--limit", "1"), (1, 1), "1 of 3 records, after the first 1: go on with --offset 2"),
        (("--offset", "2"), (1000, 2), "1 of 3 records, after the first 2"),
    ],
)
def test_records_pages_through_all(sagascope, fake_answers, arguments, asked, expected):
    """The last line of a page says how to go on, until nothing is left."""
    fake_answers.record_page = RecordPage(transaction_id="ORD-1", records=(hostile_record(),), total=3)
    code, out, _ = sagascope("records", "ORD-1", *arguments)

    assert code == 0
    assert fake_answers.asked == [("ORD-1", *asked)]
    assert out.splitlines()[-1] == expected


@pytest.mark.usefixtures("on_a_terminal")
def test_json_on_a_terminal_means_the_same(sagascope, fake_answers):
    """What is escaped for the terminal reads back as it was."""
    fake_answers.rows = (make_summary(HOSTILE + "\U0001f600ü"),)
    _, out, _ = sagascope("ls", "--json")

    assert "\x9b" not in out
    assert json.loads(out)["transactions"][0]["transaction_id"] == HOSTILE + "\U0001f600ü"


@pytest.mark.parametrize("command", ["show", "records"])
def test_an_unknown_transaction_is_exit_3_and_names_the_nearest(sagascope, fake_answers, command):
    """A typo at 2 a.m. costs one line."""
    if command == "records":
        fake_answers.records = lambda name, **_: fake_answers.transaction(name)

    assert sagascope(command, "none") == (3, "", "sagascope: no transaction none; did you mean nine or nome?\n")


def test_no_sidecar_is_exit_4(sagascope):
    """And one line with what to do."""
    code, out, err = sagascope("ls", at="http://127.0.0.1:1")

    assert (code, out, err.count("\n")) == (4, "", 1)
    assert "start one with `sagascope serve`" in err


def test_a_busy_sidecar_is_exit_4(sagascope, fake_answers):
    """It could not answer now."""
    fake_answers.failure = Busy("too many questions")

    assert sagascope("ls") == (4, "", "sagascope: too many questions\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("lss",), '"lss": no such command; did you mean "ls"?'),
        (("ls", "--statsu", "x"), "No such option"),
        (("ls", "--status", "odd"), "'odd' is not one of 'running', 'stuck'"),
        (("ls", "--older-than", "5"), '"5" is not a duration: write a number with a unit'),
        (("ls", "--since", "soon"), '"soon" is not a time: write 02:00'),
        (("ls", "--limit", "0"), "0 is not in the range"),
        (("ls", "--data", "x.duckdb"), "give one of the two"),
        (("sql", "bad"), "syntax error at bad"),
        (("sql", " "), "the query is empty: give one SELECT, or - and send it to stdin"),
        (("sql", "q", "--timeout", "10m"), "--timeout is 600 s; [api] max_query_time allows 60 s"),
        (("sql", "q", "--limit", "100001"), "--limit is 100001; [api] max_rows allows 100000"),
        (("sql", "q", "--json", "--format", "csv"), "--json and --format disagree"),
        (("sql", "q", "--output", "/nowhere/x.csv"), "cannot be written"),
        (("show",), "Missing argument 'TXN'"),
    ],
)
def test_a_wrong_request_is_exit_2_with_one_line(sagascope, arguments, expected):
    """What is wrong, on one line of stderr; stdout stays empty."""
    code, out, err = sagascope(*arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert expected in err


def test_a_file_on_the_command_line_wins_over_the_environments_url(monkeypatch, tmp_path, capfd):
    """A variable that is always set must not keep anybody from reading a file; here the file is looked for."""
    monkeypatch.setenv("SAGASCOPE_URL", "http://127.0.0.1:1")
    missing = str(tmp_path / "none.duckdb")
    code = run(lambda: cli.main(["ls", "--data", missing], prog_name="sagascope", standalone_mode=False))

    assert code == 4
    assert f"there is no store at {missing}" in capfd.readouterr().err


def test_collectors_say_what_never_joined(sagascope):
    """State, addresses, counters, and a row for each service."""
    code, out, _ = sagascope("collectors")

    assert code == 0
    lines = out.splitlines()
    assert lines.pop(2).startswith("    last record ")
    assert lines[:4] == [
        "otlp (otlp) running",
        "    otlp_grpc on 127.0.0.1:4317",
        "    requests = 3",
        "    inflight = 0.5",
    ]
    assert out.splitlines()[-1].split() == ["fraud-check", "otlp", "9", "5", "2", "1", "1"]


def test_a_reader_that_left_is_no_error():
    """`sagascope completion bash | head -1` ends quietly, with nothing on stderr at the interpreter's end either."""
    script = "import sys; from tracer.cli.main import main; sys.argv[1:] = ['completion', 'zsh']; main()"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()

    assert (process.wait(), err) == (0, b"")


def test_an_encoding_without_a_sign_for_it_is_no_error(serve_api, fake_answers):
    """Where stdout is not UTF-8, a name that it cannot write is a question mark, and not a defect."""
    fake_answers.rows = (make_summary(owner="versand-m\u00fcnchen"),)
    command = [sys.executable, "-m", "tracer.cli.main", "ls", "--url", serve_api()]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environ)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"versand-m?nchen" in done.stdout


def test_a_defect_has_its_own_exit_code(capfd):
    """A bug is told as one, with its trace, and never looks like an answer."""

    def broken():
        raise ZeroDivisionError(HOSTILE)

    code, err = run(broken), capfd.readouterr().err

    assert code == 70
    assert "this is a defect of sagascope" in err
    assert "Traceback (most recent call last):\n" in err
    assert "ZeroDivisionError: ␛]52" in err
    assert not set(err) & set("\x1b\x07\x9b\u202e")


def test_completion_of_a_shell_is_printed(capfd):
    """The script that completes names the command."""
    code = run(lambda: cli.main(["completion", "zsh"], prog_name="sagascope", standalone_mode=False))

    assert code == 0
    assert "_SAGASCOPE_COMPLETE=zsh_complete" in capfd.readouterr().out


def test_version_is_told(capfd):
    """For people and for programs."""
    run(lambda: cli.main(["version", "--json"], prog_name="sagascope", standalone_mode=False))

    assert set(json.loads(capfd.readouterr().out)) == {"version", "python"}

    run(lambda: cli.main(["version"], prog_name="sagascope", standalone_mode=False))
    told = capfd.readouterr().out
    code = run(lambda: cli.main(["--version"], prog_name="sagascope", standalone_mode=False))

    assert (code, capfd.readouterr().out) == (0, told)


def test_help_cuts_no_description(capfd):
    """What a command does fits its line, 80 columns wide."""
    run(lambda: cli.main(["--help"], prog_name="sagascope", standalone_mode=False, terminal_width=80))

    assert "..." not in capfd.readouterr().out.split("Commands:")[1]
