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
from tracer.cli import output
from tracer.cli.exits import run
from tracer.cli.main import cli
from tracer.cli.show import lines
from tracer.errors import Busy
from tracer.views import Compensation, Current, RecordPage, RecordRow, Stall, Step, Table, TimelineEntry

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """Times of day are the same everywhere."""
    for name in ("SAGASCOPE_URL", "SAGASCOPE_TOKEN", "SAGASCOPE_TOKEN_FILE", "SAGASCOPE_CONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sagascope(serve_api, capfdbinary):
    """Run a command against the fakes; (exit code, stdout, stderr)."""
    url = serve_api()

    def call(*arguments: str, at: str | None = None) -> tuple[int, str, str]:
        where = ["--url", at or url]
        code = run(lambda: cli.main([*arguments, *where], prog_name="sagascope", standalone_mode=False))
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@pytest.fixture
def on_a_terminal(monkeypatch):
    """A person looks at stdout, 100 columns wide."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")


def test_ls_lists_for_a_pipe_without_colour_or_cuts(sagascope):
    """Without a terminal: plain words, whole cells, what is left out said."""
    code, out, err = sagascope("ls")

    assert (code, err) == (0, "")
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "STATUS TRANSACTION SAGA STEP OWNER IN STEP AGE STALL / ERROR",
        "stuck ORD-1 order-fulfilment ship-parcel ~ shipping 38m 12s 40m 0s handoff-lost",
        "",
        "~ inferred from what was seen last",
        "1 of 7 shown (of all: 7 stuck): more with --limit or --all",
    ]


@pytest.mark.usefixtures("on_a_terminal")
def test_ls_fits_a_terminal_and_is_coloured(sagascope, fake_answers):
    """On a terminal every line fits, and a status is a word in colour."""
    fake_answers.rows = tuple(make_summary(f"ORD-{n}", saga="a-very-long-saga-name" * 5) for n in range(3))
    _, out, _ = sagascope("ls")
    plain = out.replace("\x1b[1;31m", "").replace("\x1b[1m", "").replace("\x1b[0m", "")

    assert "\x1b[1;31mstuck\x1b[0m" in out
    assert max(map(len, plain.splitlines())) <= 100
    assert "ORD-2" in plain


def test_ls_asks_with_its_filters(sagascope, fake_answers):
    """Every option becomes its filter."""
    code, _, _ = sagascope(
        *("ls", "--status", "stuck", "--status", "failed", "--saga", "a", "--owner", "b", "--step", "c"),
        *("--older-than", "5m", "--since", "2026-03-01T02:00:00Z", "-q", "x", "--sort", "-age", "--limit", "9"),
    )
    ((query,),) = fake_answers.asked

    assert code == 0
    assert (query.status, query.saga, query.owner, query.step) == (("stuck", "failed"), ("a",), ("b",), ("c",))
    assert (query.older_than_s, query.q, query.sort, query.limit) == (300.0, "x", "-age", 9)
    assert query.since.isoformat() == "2026-03-01T02:00:00+00:00"


def test_ls_all_reads_every_page(sagascope, fake_answers):
    """--all follows the cursors to the end and prints one document."""
    fake_answers.pages = 3
    _, out, _ = sagascope("ls", "--all", "--json")
    page = json.loads(out)

    assert (len(page["transactions"]), page["next"]) == (3, None)
    assert [query.cursor for (query,) in fake_answers.asked] == [None, "2", "3"]


@pytest.mark.parametrize(("total", "expected"), [(7, 1), (0, 0)])
def test_ls_fails_if_any(sagascope, fake_answers, total, expected):
    """--fail-if-any is for cron: 1 when there is one, 0 when there is none, and the list is printed all the same."""
    fake_answers.total = total
    code, out, _ = sagascope("ls", "--status", "stuck", "--fail-if-any")

    assert code == expected
    assert "ORD-1" in out


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


def test_an_empty_list_says_what_to_do(sagascope, fake_answers):
    """Nothing at all and nothing that matches are different things."""
    fake_answers.rows = ()
    fake_answers.table = make_table((0, 0))

    assert sagascope("ls")[1] == "no transactions yet: point an OTLP exporter at the sidecar\n"
    assert sagascope("ls", "--saga", "x")[1] == "no transaction matches\n"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((5, 2), "5 records are in and being filed: ask again in a second\n"),
        ((5, 0), "5 records are in, and none has a transaction's id: `sagascope collectors` says whose they are\n"),
    ],
)
def test_an_empty_list_over_records_tells_of_them(sagascope, fake_answers, counts, expected):
    """Who has just sent is not told to point an exporter somewhere."""
    fake_answers.rows = ()
    fake_answers.table = make_table(counts)

    assert sagascope("ls")[1] == expected


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("shiping", 'no transaction has owner shiping; did you mean "shipping"?\n'),
        ("nobody", "no transaction has owner nobody\n"),
        ("shipping", "no transaction matches\n"),
    ],
)
def test_an_owner_that_none_has_is_told(sagascope, fake_answers, owner, expected):
    """A typo and an empty answer are different things."""
    fake_answers.rows = ()
    fake_answers.table = make_table(("shipping",), ("payment",))

    assert sagascope("ls", "--owner", owner)[1] == expected


def make_table(*rows):
    """A result of SQL."""
    names = tuple("abc"[: len(rows[0])])
    return Table(columns=names, types=names, rows=rows, truncated=False)


@pytest.mark.parametrize("written", [("stuck,failed",), ("STUCK", "--status", "Failed"), ("Stuck, FAILED",)])
def test_statuses_are_taken_in_any_case_and_with_commas(sagascope, fake_answers, written):
    """However people write them."""
    code, _, _ = sagascope("ls", "--status", *written)
    ((query,),) = fake_answers.asked

    assert (code, query.status) == (0, ("stuck", "failed"))


def test_ls_json_is_the_apis_document(sagascope):
    """Times are RFC 3339 in UTC, one document on one line."""
    _, out, _ = sagascope("ls", "--json")
    page = json.loads(out)

    assert out.count("\n") == 1
    assert page["transactions"][0]["started_at"] == "2026-03-01T02:14:07Z"
    assert set(page) == {"transactions", "next", "total", "counts", "as_of"}


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
    assert lines[3].endswith(", default threshold 5m 0s")
    assert lines[4] == "note: two traces"
    assert [line.split()[0] for line in lines if "refund" in line or "pay " in line][:2] == ["failed", "compensated"]
    assert any(line.lstrip().startswith("+1.500s  payment") and "(try 3)" in line for line in lines)
    assert lines[-1] == "... 1 of 9 records shown; `sagascope records` reads on"


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


def test_sql_writes_each_format(sagascope, fake_answers, tmp_path):
    """Table for people, JSON objects, CSV, Parquet into a pipe or a file; what is cut is said."""
    table = sagascope("sql", "q")
    rows = sagascope("sql", "q", "--json")
    text = sagascope("sql", "q", "--format", "csv")
    parquet = sagascope("sql", "q", "--format", "parquet")
    sagascope("sql", "q", "--format", "csv", "--output", str(tmp_path / "x.csv"), "--limit", "5", "--timeout", "2s")

    assert table == (0, "a  a\n1  x\n", "only the first 1 rows: more with --limit\n")
    assert json.loads(rows[1]) == [{"a": 1, "a_2": "x"}]
    assert text[1] == "a,a\r\n1,x\r\n"
    assert parquet[1] == "PAR1..."
    assert (tmp_path / "x.csv").read_bytes() == b"a,a\r\n1,x\r\n"
    assert fake_answers.asked[-1] == ("q", 5, 2.0)


@pytest.mark.usefixtures("on_a_terminal")
def test_parquet_is_not_for_a_terminal(sagascope):
    """Bytes are refused where a person looks."""
    code, out, err = sagascope("sql", "q", "--format", "parquet")

    assert (code, out) == (2, "")
    assert "give --output FILE" in err


def test_sql_shows_null_and_nested_values(sagascope, fake_answers):
    """A null is a dash for people; lists are JSON."""
    fake_answers.table = Table(columns=("a", "b"), types=("X", "Y"), rows=((None, [1, "x"]),), truncated=False)

    assert sagascope("sql", "q")[1] == 'a  b\n-  [1,"x"]\n'


def test_collectors_say_what_never_joined(sagascope):
    """State, addresses, counters, and a row for each service."""
    code, out, _ = sagascope("collectors")

    assert code == 0
    assert out.splitlines()[:4] == [
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


def test_rows_that_ended_have_no_time_in_step(sagascope, fake_answers):
    """What is not known is a dash, never zero."""
    fake_answers.rows = (replace(make_summary(status="completed"), step=None, owner=None, in_step_s=None, stall=None),)
    row = sagascope("ls")[1].splitlines()[1].split()

    assert row == ["completed", "ORD-1", "order-fulfilment", "-", "-", "-", "40m", "0s"]
