"""What is different about an incident, what it is called and how it reads, without a store."""

from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.incidents import MAX_DIFFERENT, Cause, Told, differences, fisher, incident_id, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.words import StallKind
from tracer.views import Difference

NOON_NS = 1_700_000_000_000_000_000
HOUR_NS = 3600 * NS_PER_S
CAUSE = Cause("order", "charge-card", "payment", "step-overdue", "timeout after # ms")


def share(attribute, value, stuck, passing, of=300):
    """Say how many of the stuck and of the passing ones have a value."""
    return Difference(
        attribute=attribute, value=value, stuck=stuck, stuck_of=of, passing=passing, passing_of=of if of > 3 else 300
    )


def chosen(*counts, **options):
    """Choose among counts; the attributes and values that are told."""
    return [(one.attribute, one.value) for one in differences(counts, **{"tested": 500, **options})]


@given(st.integers(1, 5), st.integers(0, 5), st.data())
def test_the_chance_is_that_of_drawing_blindly(stuck_of, passing_of, data):
    """Fisher's chance is the share of all ways to pick the stuck ones in which so many have the value."""
    every = stuck_of + passing_of
    having = data.draw(st.integers(0, every))
    stuck = data.draw(st.integers(max(0, having - passing_of), min(having, stuck_of)))
    ways = [pick for pick in combinations(range(every), stuck_of) if sum(one < having for one in pick) >= stuck]

    assert pytest.approx(len(ways) / comb(every, stuck_of)) == fisher(stuck, stuck_of, having - stuck, passing_of)


def test_a_version_that_only_the_stuck_ones_have_is_told():
    """What most of the stuck and few of the passing ones have is different about the incident."""
    assert [("service.version", "1.4.2")] == chosen(share("service.version", "1.4.2", 285, 9))


@pytest.mark.parametrize(
    "count",
    [
        share("order.id", "order-7", 1, 0),
        share("http.method", "POST", 300, 300),
        share("tenant", "acme", 140, 0),
        share("tenant", "acme", 180, 100),
        share("tenant", "acme", 2, 10, of=2),
        share("saga.step", "other", 300, 0),
        share("exception.message", "timeout", 300, 0),
        share("error.type", "Timeout", 300, 0),
        share("peer", "payment", 300, 0),
    ],
    ids=lambda count: f"{count.attribute}={count.value}:{count.stuck}",
)
def test_what_tells_nothing_is_left_out(count):
    """Ids, what all share, what few share, what is hardly more frequent, too few cases, and what restates the stall."""
    assert [] == chosen(count, restated=frozenset({"payment"}))


def test_what_chance_explains_is_left_out():
    """The more values there were to find one among, the rarer it must be."""
    count = Difference(attribute="tenant", value="acme", stuck=4, stuck_of=4, passing=2, passing_of=20)

    assert [("tenant", "acme")] == chosen(count, tested=1)
    assert [] == chosen(count, tested=1000)


def test_what_a_person_can_act_on_comes_first():
    """Of values that tell alike the deployed ones come first, much stronger ones before them; at most five are told."""
    alike = [share(name, "x", 290, 10) for name in ("a", "tenant", "host.name", "service.version", "b", "c")]
    weaker = share("service.version", "y", 160, 30)

    assert ["service.version", "host.name", "tenant", "a", "b"] == [name for name, _ in chosen(weaker, *alike)]
    assert MAX_DIFFERENT == len(chosen(weaker, *alike))


def test_a_value_is_told_once():
    """The same value among the records of two owners is one difference, the stronger one."""
    (one,) = differences((share("region", "eu", 200, 50), share("region", "eu", 290, 3)), tested=10)

    assert (290, 3) == (one.stuck, one.passing)


def test_the_earliest_incident_of_a_cause_goes_by_its_cause():
    """Whoever joins or leaves it, the id stays; another cause has another id."""
    first = incident_id(CAUSE, run=0, since_ns=NOON_NS)

    assert first == incident_id(CAUSE, run=0, since_ns=NOON_NS + 30 * HOUR_NS)
    assert 12 == len(first)
    for changed in (CAUSE._replace(step=None), CAUSE._replace(step="None"), CAUSE._replace(kind="retry-loop")):
        assert first != incident_id(changed, run=0, since_ns=NOON_NS)


def test_later_incidents_of_a_cause_have_ids_of_their_own():
    """Beside the earliest one each further incident goes by its quarter of a day, whatever number it has."""
    ids = {incident_id(CAUSE, run=run, since_ns=NOON_NS + run * 7 * HOUR_NS) for run in range(4)}

    assert 4 == len(ids)
    assert incident_id(CAUSE, run=1, since_ns=NOON_NS) == incident_id(CAUSE, run=2, since_ns=NOON_NS)


def told(**changes):
    """Tell the usual incident with some changes."""
    usual = {
        "cause": CAUSE,
        "error": "timeout after 3012 ms",
        "transactions": 412,
        "since": to_datetime(NOON_NS),
        "now": to_datetime(NOON_NS + 1084 * NS_PER_S),
    }
    return why(Told(**usual | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            (
                "412 transactions of order stand in charge-card (payment) since 22:13 UTC, 18m 4s the longest. "
                "Last error: timeout after 3012 ms."
            ),
        ),
        (
            {"error": None, "different": (share("service.version", "1.4.2", 285, 9),)},
            (
                "412 transactions of order stand in charge-card (payment) since 22:13 UTC, 18m 4s the longest; "
                "95% of them have service.version 1.4.2, of those that pass 3%."
            ),
        ),
        (
            {"error": None, "different": (share("tenant", "acme", 300, 0),)},
            (
                "412 transactions of order stand in charge-card (payment) since 22:13 UTC, 18m 4s the longest; "
                "all of them have tenant acme, of those that pass none."
            ),
        ),
        (
            {"error": None, "different": (share("tenant", "acme", 299, 1),)},
            (
                "412 transactions of order stand in charge-card (payment) since 22:13 UTC, 18m 4s the longest; "
                "99% of them have tenant acme, of those that pass under 1%."
            ),
        ),
        (
            {"error": None, "transactions": 1, "cause": CAUSE._replace(saga=None, owner=None)},
            "1 transaction stands in charge-card (an unnamed service) since 22:13 UTC, for 18m 4s.",
        ),
        (
            {"error": None, "cause": CAUSE._replace(step=None, kind="never-ended")},
            "412 transactions of order stand since 22:13 UTC, 18m 4s the longest.",
        ),
        (
            {"error": None, "now": to_datetime(NOON_NS + 26 * HOUR_NS), "cause": CAUSE._replace(kind="handoff-lost")},
            (
                "412 transactions of order were lost on the way at charge-card (payment) since 2023-11-14 22:13 UTC, "
                "1d 2h the longest."
            ),
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_sentence_says_how_many_stand_where(changes, expected):
    """One sentence for a tired person: how many, where, since when, what most share, and the error."""
    assert expected == told(**changes)


@pytest.mark.parametrize("kind", StallKind.__args__)
@pytest.mark.parametrize("many", [1, 2])
def test_every_kind_has_words(kind, many):
    """No kind of stall is without words, of one transaction or of many."""
    sentence = told(cause=CAUSE._replace(kind=kind), transactions=many)

    assert "charge-card (payment) since 22:13 UTC" in sentence
    assert sentence.endswith("Last error: timeout after 3012 ms.")
