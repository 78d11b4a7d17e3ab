"""Stalls, incidents, sagas, flow and statistics on the command line, against the real API over fakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.saga_fakes import (
    NOW,
    make_edge,
    make_flow,
    make_incident,
    make_node,
    make_saga,
    make_stall,
    make_stats,
    make_stats_row,
)
from tracer.cli import output
from tracer.cli.stats import rate
from tracer.views import StallQuery

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"
FILTERS = ("--saga", "a", "--owner", "b", "--owner", "c", "--step", "d", "--kind", "Retry-Loop", "--limit", "9")


def words(text: str) -> list[str]:
    """Read lines without their columns."""
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize("command", ["stalls", "incidents"])
def test_stalls_and_incidents_ask_with_their_filters(sagascope, fake_answers, command):
    """Every option becomes its filter, a kind in any case."""
    code, _, _ = sagascope(command, *FILTERS)
    query = StallQuery(saga=("a",), owner=("b", "c"), step=("d",), kind=("retry-loop",), limit=9)

    assert (0, [(query,)]) == (code, fake_answers.asked)


def test_stalls_are_listed_with_their_limits(sagascope, fake_answers):
    """How long over which limit, and who says so; the saga where there are several."""
    fake_answers.stalled = (make_stall(), make_stall("T-2", saga="transfer", error="boom", threshold_source="default"))
    code, out, err = sagascope("stalls")

    assert (0, "") == (code, err)
    assert [
        "STUCK TRANSACTION KIND STEP OWNER SAGA LIMIT ERROR",
        "37m 55s ORD-1 handoff-lost ship-parcel shipping order-fulfilment 4.2s (learned)",
        "37m 55s T-2 handoff-lost ship-parcel shipping transfer 4.2s (default) boom",
        "",
        "2 shown",
    ] == words(out)


def test_incidents_are_told_as_blocks(sagascope):
    """The headline, how many since when, what is different, examples, and the command that goes on."""
    code, out, err = sagascope("incidents")
    since, latest = (f"{at.astimezone():%H:%M:%S}" for at in (make_incident().since, make_incident().latest))
    times = f"since {since}; the latest at {latest}, 3 in the last 10 minutes"

    assert (0, "") == (code, err)
    assert [
        "12 transactions of order-fulfilment stopped before ship-parcel: shipping was not seen to begin it",
        f"  12 stuck (handoff-lost), the first for 38m 0s, {times}",
        "  became stuck, by 5 minutes, the latest last: 0 0 0 1 8 3",
        "  at stake: 12,400.50 in 10 of them",
        "  different: region = eu-west in 12 of 12 stuck ones, and in 40 of 400 that pass",
        "  examples: ORD-1, ORD-2",
        "  incident 3f2a9c01",
        "  look at: sagascope show ORD-1",
        "",
        "1 incident; 12 transactions stuck in all",
    ] == out.splitlines()


def test_an_example_can_be_copied_into_a_shell(sagascope, fake_answers):
    """An id is quoted, so that it is one argument and nothing else."""
    fake_answers.wrong = (make_incident(examples=("$(reboot) x",)), make_incident(examples=("-rf",)))
    out = sagascope("incidents")[1]

    assert "look at: sagascope show '$(reboot) x'\n" in out
    assert "look at: sagascope show -- -rf\n" in out


@pytest.mark.parametrize(("command", "rows"), [("stalls", "stalled"), ("incidents", "wrong")])
def test_they_fail_if_any(sagascope, fake_answers, command, rows):
    """--fail-if-any is for cron: 1 when there is one, 0 when there is none, and all is printed all the same."""
    found = sagascope(command, "--fail-if-any")
    setattr(fake_answers, rows, ())
    nothing = sagascope(command, "--fail-if-any")

    assert (1, True) == (found[0], "ship-parcel" in found[1])
    assert (0, "") == (nothing[0], nothing[2])
    assert "stuck" in nothing[1]


def test_that_nothing_is_stuck_is_said(sagascope, fake_answers):
    """Nothing at all and nothing that matches are different things."""
    fake_answers.stalled = fake_answers.wrong = ()

    assert "nothing is stuck\n" == sagascope("stalls")[1]
    assert "no stuck transaction matches\n" == sagascope("stalls", "--saga", "x")[1]
    assert "no incident: nothing is stuck\n" == sagascope("incidents")[1]


def test_sagas_are_listed(sagascope, fake_answers):
    """What is not known is a dash; too little to go by is marked."""
    fake_answers.known = (make_saga(), make_saga(None, declared=None, learned_from=4.0, learned=False, p50_s=None))
    _, out, _ = sagascope("sagas")

    assert [
        "SAGA OPEN STUCK DONE UNDONE FAILED P50 P95 LEARNED DECLARED",
        "order-fulfilment 3 12 400 - - 8.5s 31s 412 sagas/order.toml:3",
        "- 3 12 400 - - - 31s 4 ~ -",
        "",
    ] == words(out)[:4]
    assert "~ too few finished transactions to go by yet" in out


def test_a_definition_is_written_once(sagascope, tmp_path):
    """To stdout, or to a file that is not there; --force writes over one."""
    file = tmp_path / "order.toml"
    told = sagascope("sagas", "init", "order-fulfilment")
    first = sagascope("sagas", "init", "order-fulfilment", "--out", str(file))
    file.write_text("mine")
    again = sagascope("sagas", "init", "order-fulfilment", "--out", str(file))
    kept = file.read_text()
    forced = sagascope("sagas", "init", "order-fulfilment", "--out", str(file), "--force")

    assert (0, '[saga."order-fulfilment"]\n', "") == told
    assert (0, f"wrote {file}\n") == first[:2]
    assert (2, "", "mine") == (*again[:2], kept)
    assert "is there already: name another file, or give --force" in again[2]
    assert (0, '[saga."order-fulfilment"]\n') == (forced[0], file.read_text())


def test_where_to_read_may_stand_before_init(serve_api, capfd):
    """`sagas --url X init` asks X, as `sagas init --url X` does."""
    from tracer.cli.exits import run  # noqa: PLC0415  the real entry
    from tracer.cli.main import cli  # noqa: PLC0415  likewise

    arguments = ["sagas", "--url", serve_api(), "init", "order-fulfilment"]
    code = run(lambda: cli.main(arguments, prog_name="sagascope", standalone_mode=False))

    assert (0, '[saga."order-fulfilment"]\n') == (code, capfd.readouterr().out)


@pytest.mark.parametrize("arguments", [("flow", "ordr"), ("sagas", "init", "ordr")])
def test_an_unknown_saga_is_exit_3_and_names_the_nearest(sagascope, arguments):
    """A typo costs one line."""
    assert (3, "", "sagascope: no saga ordr; did you mean order-fulfilment?\n") == sagascope(*arguments)


def test_a_flow_is_drawn_eighty_columns_wide_into_a_pipe(sagascope):
    """With box characters, and without colour."""
    code, out, err = sagascope("flow", "order-fulfilment")

    assert (0, "") == (code, err)
    assert "│ ship-parcel         │" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("form", "beginning"), [("dot", 'digraph "order'), ("mermaid", "flowchart TD"), ("svg", "<svg xmlns=")]
)
def test_a_flow_is_a_document_too(sagascope, tmp_path, form, beginning):
    """On stdout, or in a file."""
    file = tmp_path / "flow"
    out = sagascope("flow", "order-fulfilment", "--format", form)[1]
    told = sagascope("flow", "order-fulfilment", "--format", form, "--out", str(file))

    assert out.startswith(beginning)
    assert (0, f"wrote {file}\n", "") == told
    assert out == file.read_text()


def test_a_drawing_in_a_file_is_the_one_of_a_pipe(sagascope, tmp_path):
    """Whatever the terminal is."""
    file = tmp_path / "flow.txt"
    sagascope("flow", "order-fulfilment", "--out", str(file))

    assert sagascope("flow", "order-fulfilment")[1] == file.read_text()


@pytest.mark.parametrize("environ", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}, {"SAGASCOPE_ASCII": "1"}])
def test_a_flow_is_drawn_in_ascii_where_there_is_nothing_else(serve_api, environ):
    """By the encoding, by the terminal, or as wished."""
    command = [sys.executable, "-m", "tracer.cli.main", "flow", "order-fulfilment", "--url", serve_api()]
    done = subprocess.run(
        command, capture_output=True, check=False, timeout=60, env={**os.environ, "PYTHONUTF8": "1", **environ}
    )

    assert (0, b"") == (done.returncode, done.stderr)
    assert done.stdout.isascii()
    assert b"| ship-parcel         |" in done.stdout


@pytest.mark.usefixtures("on_a_terminal")
@pytest.mark.parametrize(
    "arguments",
    [("stalls",), ("incidents",), ("sagas",), ("flow", "x"), ("flow", "x", "--format", "svg"), ("ls", "--stats"),
     ("flow", "x", "--format", "dot"), ("flow", "x", "--format", "mermaid"), ("sagas", "init", "x"),
     ("stalls", "--json"), ("incidents", "--json"), ("flow", "x", "--json")],
)  # fmt: skip
def test_nothing_raw_from_telemetry_reaches_a_terminal(sagascope, fake_answers, monkeypatch, arguments):
    """Control sequences are shown, never sent."""
    monkeypatch.setenv("NO_COLOR", "1")
    hostile = dict.fromkeys(("saga", "step", "owner", "error"), HOSTILE)
    fake_answers.stalled = (make_stall(HOSTILE, **hostile),)
    different = (
        make_incident()
        .different[0]
        .__class__(attribute=HOSTILE, value=HOSTILE, stuck=1, stuck_of=1, passing=0, passing_of=1)
    )
    fake_answers.wrong = (
        make_incident(examples=(HOSTILE,), why=HOSTILE, id=HOSTILE, different=(different,), **hostile),
    )
    fake_answers.known = (make_saga(HOSTILE, declared=HOSTILE),)
    fake_answers.counted = make_stats(make_stats_row(saga=HOSTILE))
    fake_answers.flows["x"] = make_flow(
        saga=HOSTILE, nodes=(make_node(HOSTILE, owner=HOSTILE),), edges=(make_edge(None, HOSTILE),)
    )
    monkeypatch.setattr(fake_answers, "definition", lambda _saga: f"# {HOSTILE}\n")
    code, out, err = sagascope(*arguments)

    assert (0, "") == (code, err)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)


@pytest.mark.usefixtures("on_a_terminal")
@pytest.mark.parametrize("arguments", [("stalls",), ("incidents",), ("sagas",), ("flow", "order-fulfilment")])
def test_every_line_fits_a_terminal(sagascope, fake_answers, monkeypatch, arguments):
    """A hundred columns, or eighty."""
    monkeypatch.setenv("NO_COLOR", "1")
    fake_answers.stalled = (make_stall("x" * 60, error="boom " * 40), make_stall(saga="s" * 40))
    fake_answers.wrong = (make_incident(error="boom " * 60, why="why " * 80),)
    for width in ("80", "100"):
        monkeypatch.setenv("COLUMNS", width)

        assert max(map(len, sagascope(*arguments)[1].splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [(("stalls",), "stalls"), (("incidents",), "incidents"), (("sagas",), "sagas"), (("ls", "--stats"), "rows"),
     (("flow", "order-fulfilment"), "nodes")],
)  # fmt: skip
def test_json_is_the_apis_document(sagascope, arguments, key):
    """One document on one line."""
    code, out, _ = sagascope(*arguments, "--json")

    assert (0, 1) == (code, out.count("\n"))
    assert json.loads(out)[key]


def test_statistics_are_told_for_each_saga(sagascope, fake_answers):
    """Rates, outcomes and durations, a row for each span of time, also for the one that is not over yet."""
    fake_answers.counted = make_stats(make_stats_row(1), make_stats_row(), make_stats_row(saga=None, started=0))
    _, out, _ = sagascope("ls", "--stats")
    hours = [f"{NOW.replace(hour=hour, minute=0).astimezone():%H:%M}" for hour in (1, 2)]

    assert [
        "order-fulfilment",
        "FROM BEGAN RATE DONE FAILED UNDONE OPEN STUCK P50 P95",
        f"{hours[0]} 120 2.0/min 100 2 3 15 12 8.5s 31s",
        f"{hours[1]} 120 8.5/min 100 2 3 15 12 8.5s 31s",
        "",
        "unnamed saga",
        "FROM BEGAN RATE DONE FAILED UNDONE OPEN STUCK P50 P95",
        f"{hours[1]} 0 0 100 2 3 15 12 8.5s 31s",
    ] == words(out)[:8]


def test_statistics_are_asked_for_with_their_filters(sagascope, fake_answers):
    """Once for each saga that is named, or once for all."""
    since = datetime(2026, 3, 1, 1, tzinfo=UTC)
    sagascope("ls", "--stats", "--saga", "a", "--saga", "b", "--since", "2026-03-01T01:00:00Z", "--every", "15m")
    sagascope("ls", "--stats")

    assert [
        ("stats", "a", since, None, 900.0),
        ("stats", "b", since, None, 900.0),
        ("stats", None, None, None, 3600.0),
    ] == fake_answers.asked


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ls", "--stats", "--status", "stuck", "-q", "x"), "leave out --status, --query"),
        (("ls", "--stats", "--all"), "leave out --all and --fail-if-any"),
        (("ls", "--every", "1h"), "give --stats too"),
        (("flow", "order-fulfilment", "--json", "--format", "dot"), "leave --format and --out out"),
        (("flow", "order-fulfilment", "--out", "/nowhere/x"), "--out /nowhere/x cannot be written"),
        (("stalls", "--kind", "odd"), "'odd' is not one of 'step-overdue'"),
        (("sagas", "init"), "Missing argument 'SAGA'"),
        (("sagas", "--json", "init", "x"), "`sagas init` writes TOML: leave --json out"),
    ],
)
def test_a_wrong_request_is_exit_2_with_one_line(sagascope, arguments, expected):
    """What is wrong and what to do; stdout stays empty."""
    code, out, err = sagascope(*arguments)

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert expected in err


@pytest.mark.parametrize(
    ("count", "seconds", "expected"),
    [(0, 60, "0"), (120, 60, "2.0/s"), (120, 3600, "2.0/min"), (30, 3600, "30/h"), (3, 86_400, "3.0/d"),
     (1, 604_800, "0.1/d"), (5, 0, "0")],
)  # fmt: skip
def test_a_rate_has_the_unit_in_which_it_is_one_at_least(count, seconds, expected):
    """Nobody reads 0.0003 a second."""
    assert expected == rate(count, seconds)


def test_unicode_is_drawn_where_it_can_be(monkeypatch):
    """As the environment wishes, whatever is on the other side."""
    monkeypatch.delenv("SAGASCOPE_ASCII", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    fancy = output.has_unicode()
    monkeypatch.setenv("SAGASCOPE_ASCII", "1")

    assert (True, False) == (fancy, output.has_unicode())
