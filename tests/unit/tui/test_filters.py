from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.tui.fake import summary
from tests.unit.tui.samples import NOW, ago
from tracer.model.words import STATUSES
from tui.filters import (
    CYCLE,
    FIELDS,
    MAX_ATTRIBUTES,
    MAX_OPTIONS,
    MAX_SEEN,
    Filter,
    Seen,
    complete,
    next_status,
    options,
    parse,
)

SEEN = Seen(saga=frozenset({"order-fulfilment"}), owner=frozenset({"payments", "payouts"}), step=frozenset({"ship"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Filter()),
        ("1042", Filter(words=("1042",))),
        ("charge card", Filter(words=("charge", "card"))),
        ("status:stuck", Filter(status=("stuck",))),
        ("status:st", Filter(status=("stuck",))),
        ("status:comp", Filter(status=("compensating", "compensated", "completed"))),
        ("status:stuck,failed", Filter(status=("stuck", "failed"))),
        ("status:", Filter()),
        ("owner:ledger", Filter(owner=("ledger",))),
        ("owner:pay", Filter(owner=("pay", "payments", "payouts"))),
        ("owner:payments", Filter(owner=("payments",))),
        ("owner:a owner:b", Filter(owner=("a", "b"))),
        ('step:"POST /pay" x', Filter(step=("POST /pay",), words=("x",))),
        ('owner:"pay"', Filter(owner=("pay",))),
        ("saga:ORDER", Filter(saga=("ORDER", "order-fulfilment"))),
        (
            "!status:completed,stuck",
            Filter(status=tuple(each for each in STATUSES if each not in {"completed", "stuck"})),
        ),
        ("status:!running status:stuck", Filter(status=tuple(each for each in STATUSES if each != "running"))),
        ("status:stuck,failed !status:stuck", Filter(status=("failed",))),
        ("since:1h", Filter(since=ago(3_600))),
        ("since:01:30 until:2:00:30", Filter(since=ago(5_850), until=ago(4_020))),
        ("since:23:00", Filter(since=ago(14_850))),
        ("until:2026-03-13", Filter(until=datetime(2026, 3, 12, 23, tzinfo=UTC))),
        ("until:2026-03-14T02:00Z", Filter(until=ago(450))),
        ("since:22000d", Filter(since=datetime(1970, 1, 1, tzinfo=UTC))),
        ("kind:retry,hand", Filter(kind=("handoff-lost", "retry-loop"))),
        ('error:"503 from carrier"', Filter(error="503 from carrier")),
        ("older:5m", Filter(older_than_s=300.0)),
        ("older:1.5h", Filter(older_than_s=5_400.0)),
        ("longer:1h30m shorter:2h", Filter(longer_than_s=5_400.0, shorter_than_s=7_200.0)),
        ("began-since:1h began-until:02:15", Filter(began_since=ago(3_600), began_until=ago(3_150))),
        ('attr.customer.id:C-17 attr.$.a-b:"x y"', Filter(attribute=(("customer.id", "C-17"), ("$.a-b", "x y")))),
        ("attr.vip:", Filter()),
        ("urn:order:7", Filter(words=("urn:order:7",))),
    ],
)
def test_a_filter_line_reads_as_typed(text, expected):
    """Terms narrow their field, a beginning stands for every value seen that has it, the rest is text."""
    assert expected == parse(text, SEEN, NOW)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("older:soon", "older:"),
        ("longer:soon", "longer:"),
        ("began-until:soon", "began-until:"),
        ("kind:odd", "kind:"),
        ("status:lost", "status:"),
        ("since:soon", "since:"),
        ("until:25:00", "until:"),
        ("since:2026-13-01", "since:"),
    ],
)
def test_a_term_that_makes_no_sense_is_explained_and_left_out(text, field):
    """A wrong term filters nothing and says what the field takes."""
    found = parse(text)

    assert found.problems[0].startswith(f"{field} takes")
    assert Filter() == replace(found, problems=())


@pytest.mark.parametrize("text", ["!owner:ledger", "!order", "!older:5m"])
def test_what_cannot_be_inverted_says_so(text):
    """The query knows no other "not" than that of a status: it is said, and hides nothing."""
    found = parse(text)

    assert found.problems[0].startswith("! inverts status: alone")
    assert Filter() == replace(found, problems=())


def test_an_inverted_status_that_leaves_nothing_says_so():
    """A status that is asked for and taken out again is a mistake, and not an empty list."""
    found = parse("status:stuck !status:stuck")

    assert (("stuck",), 1) == (found.status, len(found.problems))


def test_a_key_that_is_none_is_told_from_text():
    """A word that looks like a key is searched for as text, and can be named where it finds nothing."""
    assert ("bla", "urn") == parse("bla:1 status:stuck urn:order:7 bla:2 1042:3").unknown_keys


def test_the_query_holds_what_the_filter_says():
    """The filter reaches the query API word for word."""
    query = parse("status:failed older:90s do not").query("-age")

    assert (("failed",), 90.0, "do not", "-age") == (query.status, query.older_than_s, query.q, query.sort)


def test_the_status_cycles_and_leaves_the_rest_alone():
    """Pressing the key as often as there are statuses leads back to the line as it was."""
    text, visited = "owner:payments 1042", []
    for _ in CYCLE:
        text = next_status(text)
        visited.append(parse(text).status)

    assert [(), *visited[:-1]] == [(each,) if each else () for each in CYCLE]
    assert text == "owner:payments 1042"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("st", "status:"), ("status:st", "status:stuck"), ("x owner:payo", "x owner:payouts"), ("owner:payouts", None),
        ("", None), ("zzz", None), ("saga:o", "saga:order-fulfilment"),
        ("!", "!status:"), ("!status:st", "!status:stuck"), ("si", "since:"), ("kind:wait", "kind:wait-overdue"),
    ],
)  # fmt: skip
def test_what_is_typed_is_completed(text, expected):
    """The last term completes to a field or to a value that was seen."""
    assert expected == complete(text, SEEN)


def test_only_so_many_attributes_can_be_asked_for():
    """What the sidecar would refuse is said while it is typed."""
    found = parse(" ".join(f"attr.{n}:1" for n in range(MAX_ATTRIBUTES + 1)))

    assert ("at most 8 attributes can be asked for",) == found.problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (*(f"{field}:" for field in FIELDS), "attr.")),
        ("x st", ("status:", "step:")),
        ("owner:pay", ("payments", "payouts")),
        ("status:stuck,f", ("failed",)),
        ("!status:c", ("compensating", "compensated", "completed")),
        ("!", ("!status:",)),
        ("zzz", ()),
        ("nothing:x", ()),
    ],
)
def test_what_a_term_may_become_is_told(text, expected):
    """Keys that begin like it, or the known values of its key."""
    assert expected == options(text, SEEN)


def test_no_more_is_told_than_a_line_holds():
    """Of very many values only the first are told."""
    many = Seen().with_values(owner=(f"owner-{n:03}" for n in range(100)))

    assert tuple(f"owner-{n:03}" for n in range(MAX_OPTIONS)) == options("owner:", many)


def test_what_was_seen_is_bounded():
    """However many owners go by, only so many are remembered."""
    seen = Seen()
    for number in range(4):
        seen = seen.with_rows(summary(owner=f"owner-{number}-{each}") for each in range(300))

    assert MAX_SEEN == len(seen.owner)
