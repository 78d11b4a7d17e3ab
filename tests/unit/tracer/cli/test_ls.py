"""`sagascope ls` against the real API over fakes: filters, pages, the footer, and what an empty list says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.api_fakes import make_summary, make_table


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


def test_ls_asks_for_an_earlier_instant(sagascope, fake_answers):
    """The instant goes with the question, the footer says that this is the past, and --stats has none."""
    code, out, _ = sagascope("ls", "--as-of", "2026-03-01T02:00:00Z")
    fake_answers.rows, fake_answers.total = (), 0
    _, nothing, _ = sagascope("ls", "--as-of", "2026-03-01T02:00:00Z")

    assert code == 0
    assert fake_answers.asked[0][0].as_of.isoformat() == "2026-03-01T02:00:00+00:00"
    assert out.splitlines()[-1].endswith(": later records are left out, limits are those of today")
    assert nothing.startswith("no transaction had a record yet at 2026-03-01")
    assert sagascope("ls", "--stats", "--as-of", "1h")[0] == 2


def test_ls_asks_with_its_finer_filters(sagascope, fake_answers):
    """Text of the error, kinds of stalls, attributes, the whole time and the beginning."""
    code, _, _ = sagascope(
        *("ls", "--kind", "step-overdue", "--kind", "retry-loop", "--error", "declined"),
        *(
            "--attribute",
            "customer.id=C-17",
            "--attribute",
            "$.note=a=b",
            "--longer-than",
            "2h",
            "--shorter-than",
            "1d",
        ),
        *("--began-since", "2026-03-01T02:00:00Z", "--began-until", "2026-03-01T03:00:00Z"),
    )
    ((query,),) = fake_answers.asked

    assert code == 0
    assert (query.kind, query.error) == (("step-overdue", "retry-loop"), "declined")
    assert query.attribute == (("customer.id", "C-17"), ("$.note", "a=b"))
    assert (query.longer_than_s, query.shorter_than_s) == (7200.0, 86400.0)
    assert query.began_since.isoformat() == "2026-03-01T02:00:00+00:00"
    assert query.began_until.isoformat() == "2026-03-01T03:00:00+00:00"


@pytest.mark.parametrize("written", ["customer.id", "=C-17", ""])
def test_an_attribute_without_key_and_value_is_refused(sagascope, fake_answers, written):
    """What cannot be meant is told before anything is asked."""
    code, out, err = sagascope("ls", "--attribute", written)

    assert (code, out, fake_answers.asked) == (2, "", [])
    assert "write it like customer.id=C-17" in err


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


def test_rows_that_ended_have_no_time_in_step(sagascope, fake_answers):
    """What is not known is a dash, never zero."""
    fake_answers.rows = (replace(make_summary(status="completed"), step=None, owner=None, in_step_s=None, stall=None),)
    row = sagascope("ls")[1].splitlines()[1].split()

    assert row == ["completed", "ORD-1", "order-fulfilment", "-", "-", "-", "40m", "0s"]
