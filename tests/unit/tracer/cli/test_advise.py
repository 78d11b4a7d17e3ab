"""`sagascope advise`, and what `show` tells of the outlook, against the real API over fakes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.saga_fakes import NOW
from tests.transaction_fakes import make_advice, make_told
from tracer.cli.human import moment

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"


def test_all_advice_is_told_with_its_reasons(sagascope, fake_answers):
    """The best first: what, how sure, why, the evidence, the command."""
    fake_answers.told["ORD-1"] = make_told()

    told = (
        "ORD-1 is stuck\n"
        "\n"
        "1. retry ship-parcel at shipping (93% sure, declared)\n"
        "   the step is idempotent, and a further try completed in 28 of 30 transactions\n"
        "   - retry.max is 3, and 1 try was made\n"
        "   - shipping has completed 40 others since\n"
        "   run: curl -fsS -X POST http://shipping/parcels/P-17/retry\n"
        "\n"
        "2. compensate refund-card, which undoes charge-card, at payment (40% sure, learned)\n"
        "   a refund ended 4 of 10 such transactions\n"
    )

    assert (0, told, "") == sagascope("advise", "ORD-1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "completed", "ended_at": NOW}, "ORD-1 is completed\nno advice: it has ended\n"),
        ({}, "ORD-1 is stuck\nno advice: nothing is known that would help it on\n"),
    ],
)
def test_that_there_is_none_is_said_plainly(sagascope, fake_answers, changes, expected):
    """With the reason."""
    fake_answers.told["ORD-1"] = make_told(advice=(), **changes)

    assert (0, expected, "") == sagascope("advise", "ORD-1")


def test_json_is_the_advice_of_the_transaction(sagascope, fake_answers):
    """As `advice` in the API's document."""
    fake_answers.told["ORD-1"] = make_told()

    assert ["retry", "compensate"] == [one["action"] for one in json.loads(sagascope("advise", "ORD-1", "--json")[1])]


def test_an_unknown_transaction_is_exit_3(sagascope):
    """And names the nearest."""
    assert (3, "", "sagascope: no transaction none; did you mean nine or nome?\n") == sagascope("advise", "none")


def test_show_tells_the_outlook(sagascope, fake_answers):
    """The limit and where it comes from, what is to come, how it is likely to end, the best advice in short."""
    fake_answers.told["ORD-1"] = make_told()
    told = sagascope("show", "ORD-1")[1].splitlines()
    forecast = make_told().forecast
    end, low, high = (moment(at, now=NOW) for at in (forecast.end, forecast.end_low, forecast.end_high))
    why = make_told().advice[0].why
    since = moment(make_told().current[0].since, now=NOW)

    assert [
        f"now ship-parcel at shipping: running for 38m 12s since {since}, expected 1.2s, limit 4.2s, learned from 412",
        "to come: ship-parcel at shipping [in 1.2s], send-invoice at billing [97%, in 3.0s]",
        f"forecast: 62% complete, over at {end} ({low} to {high}); learned from 412",
        f"advice: retry ship-parcel at shipping (93% sure, declared): {why}",
        "  run: curl -fsS -X POST http://shipping/parcels/P-17/retry",
        "  1 more, and the reasons: sagascope advise ORD-1",
        "trace: https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736",
        "runbook: javascript:alert(1)",
        "note: its records come from two traces",
        "",
    ] == told[3:13]


@pytest.mark.parametrize(
    ("source", "has_forecast", "expected"),
    [
        ("declared", True, ", limit 4.2s, declared"),
        ("default", True, ", limit 4.2s, default"),
        ("learned", False, ", limit 4.2s, learned"),
    ],
)
def test_a_limit_says_where_it_comes_from(sagascope, fake_answers, source, has_forecast, expected):
    """From how many only where that is known."""
    one = make_told()
    current = replace(one.current[0], threshold_source=source)
    fake_answers.told["ORD-1"] = replace(one, current=(current,), forecast=one.forecast if has_forecast else None)

    assert sagascope("show", "ORD-1")[1].splitlines()[3].endswith(expected)


def test_much_that_is_to_come_is_cut_and_counted(sagascope, fake_answers):
    """Eight steps, and how many more."""
    fake_answers.told["ORD-1"] = make_told(remaining=make_told().remaining * 5)

    assert ", and 2 more" not in sagascope("show", "ORD-1")[1]
    assert " and 2 more\n" in sagascope("show", "ORD-1")[1]


def test_what_has_ended_has_no_forecast(sagascope, fake_answers):
    """Nothing is told of the future of what is over."""
    fake_answers.told["ORD-1"] = make_told(ended_at=NOW)

    assert "forecast:" not in sagascope("show", "ORD-1")[1]


@pytest.mark.usefixtures("on_a_terminal")
@pytest.mark.parametrize("command", ["advise", "show"])
def test_nothing_raw_reaches_a_terminal_and_every_line_fits(sagascope, fake_answers, monkeypatch, command):
    """Advice and links come from definitions and telemetry; only a command stays on one line, to be copied."""
    monkeypatch.setenv("NO_COLOR", "1")
    words = f"{HOSTILE} " * 9
    names = dict.fromkeys(("step", "owner", "command", "compensates"), HOSTILE)
    advice = make_advice(why=words, evidence=(words,), **names)
    remaining = tuple(replace(one, step=HOSTILE, compensates=HOSTILE) for one in make_told().remaining)
    fake_answers.told["ORD-1"] = make_told(advice=(advice,), remaining=remaining, links={HOSTILE: HOSTILE})
    code, out, err = sagascope(command, "ORD-1")

    assert (0, "") == (code, err)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert max(map(len, out.splitlines())) <= 100
