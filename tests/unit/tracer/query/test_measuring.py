"""What is measured of the transactions, from real records."""

import pytest

from tests.unit.tracer.query.test_stalls import NOW_NS, change, event, overdue
from tests.worlds import NOON_NS
from tracer.clock import NS_PER_S, FixedClock
from tracer.errors import StoreError
from tracer.query import gauges
from tracer.query import measuring as under_test
from tracer.query.measuring import Measuring

TRACE = bytes(range(16))


@pytest.fixture
def measuring(lab):
    """Begin to measure an empty store, without a rest between two looks."""
    return begin(lab)


def begin(lab):
    """Begin to measure."""
    measuring = Measuring(lab.store, FixedClock(NOW_NS), fresh_s=0, rests=0)
    measuring.begin()
    return measuring


def told(measuring, name, *labels):
    """Give what is told under a name, by its labels, without what is zero."""
    measures = [one for one in measuring.measures() if one.name == name]
    assert all(set(labels) == set(one.labels) for one in measures)
    found = {tuple(one.labels[label] for label in labels): one.value for one in measures if one.value}
    assert len(found) == sum(one.value != 0 for one in measures)
    return found


def ended(measuring):
    """Give how many ended, by saga and outcome."""
    return told(measuring, "transactions_ended", "saga", "outcome")


def finish(lab, name, second=10, **columns):
    """Take in a transaction from noon until so many seconds later."""
    lab.take([event(name, 0, **columns), event(name, second, "txn_completed", **columns)])


def test_what_ends_is_counted_once(lab, measuring):
    """By saga and outcome; records that come later, and looks that find nothing new, change nothing."""
    finish(lab, "A")
    lab.take([event("B", 0), event("B", 10, "txn_failed"), event("C", 0, saga="transfer")])
    first = ended(measuring)
    lab.take([event("A", 20), event("C", 30, "txn_completed", saga="transfer")])

    assert {("order", "completed"): 1, ("order", "failed"): 1} == first
    assert {**first, ("transfer", "completed"): 1} == ended(measuring) == ended(measuring)


def test_what_was_over_before_is_not_counted(lab):
    """A counter begins at zero with the sidecar; a late record of such a transaction changes nothing."""
    finish(lab, "A")
    measuring = begin(lab)
    lab.take([event("A", 20)])

    assert {} == ended(measuring)
    assert {"order"} == {one.labels["saga"] for one in measuring.measures() if one.name == "transactions_ended"}


def test_counters_only_grow(lab, measuring):
    """An end that is taken back, and comes again, is counted once."""
    finish(lab, "A")
    before = ended(measuring)
    change(lab, "UPDATE txn SET ended_ns = NULL, status = 'running'")
    between = ended(measuring)
    change(lab, "UPDATE txn SET ended_ns = last_ns, status = 'failed', last_seq = last_seq + 100")

    assert {("order", "completed"): 1} == before == between == ended(measuring)


def test_an_end_that_no_record_brought_is_counted_at_a_whole_look(lab, measuring, monkeypatch):
    """What a changed definition ends has no new record; every ten minutes all are looked through."""
    lab.take([event("A", 0)])
    measuring.measures()
    change(lab, "UPDATE txn SET ended_ns = last_ns, status = 'completed'")
    before = ended(measuring)
    monkeypatch.setattr(under_test, "WHOLE_EVERY_S", 0.0)

    assert ({}, {("order", "completed"): 1}) == (before, ended(measuring))


def test_durations_fall_into_buckets_with_the_trace_of_one(lab, measuring):
    """A bucket holds what is up to its bound; its example is the latest transaction, by its trace."""
    finish(lab, "A", 8, trace_id=TRACE, span_id=1)
    finish(lab, "B", 9)
    (one,) = [each for each in measuring.measures() if each.name == "transaction_duration" and each.value]
    counts = {bound: n for bound, n in zip(one.distribution.bounds, one.distribution.counts, strict=False) if n}
    (exemplar,) = one.distribution.exemplars.values()

    assert ({"saga": "order", "outcome": "completed"}, "s", 2, 17.0) == (
        one.labels,
        one.unit,
        one.value,
        one.distribution.total,
    )
    assert {8.0: 1, 16.0: 1} == counts
    assert (TRACE.hex(), 8.0, NOON_NS + 8 * NS_PER_S) == (exemplar.trace_id, exemplar.value, exemplar.at_ns)


def test_what_took_very_long_falls_into_the_last_bucket(lab, measuring):
    """A duration over all bounds, and one of nothing, have their buckets, too."""
    finish(lab, "A", 10**6)
    finish(lab, "B", 0)
    (one,) = [each for each in measuring.measures() if each.name == "transaction_duration" and each.value]

    assert (1, 1) == (one.distribution.counts[0], one.distribution.counts[-1])


def test_steps_are_measured_when_their_transaction_ends(lab, measuring):
    """Each attempt of which beginning and end are known, under its saga and step."""
    lab.take([event("A", 0), event("A", 4, "completed"), event("A", 5, step="ship")])
    before = told(measuring, "step_duration", "saga", "step")
    lab.take([event("A", 10, "txn_completed")])
    (one,) = [each for each in measuring.measures() if each.name == "step_duration"]

    assert {} == before
    assert ({"saga": "order", "step": "pay"}, 1, 4.0) == (one.labels, one.value, one.distribution.total)


def test_what_is_open_and_stuck_is_told_by_saga(lab, measuring):
    """The stuck are among the open; since when the longest stands; how many incidents; where they stand."""
    lab.take([event("A", 0), event("B", 100), event("C", 0, saga="transfer"), event("D", 0, saga=None)])
    overdue(lab, kind="step-running", only="A")

    assert {("order",): 2, ("transfer",): 1, ("unknown",): 1} == told(measuring, "transactions_open", "saga")
    assert {("order",): 1} == told(measuring, "transactions_stuck", "saga")
    assert {("order",): 3600.0} == told(measuring, "stuck_oldest_age", "saga")
    assert {("order",): 1} == told(measuring, "incidents", "saga")
    assert {("order", "pay", "payment", "step-running"): 1} == told(
        measuring, "stalls", "saga", "step", "owner", "kind"
    )


def test_a_saga_without_any_stays_at_zero(lab, measuring):
    """What was told once is told as 0 afterwards, so that a rule sees it end."""
    lab.take([event("A", 0)])
    measuring.measures()
    lab.take([event("A", 10, "txn_completed")])

    assert [0] == [one.value for one in measuring.measures() if one.name == "transactions_open"]


def test_sagas_over_the_limit_are_told_together(lab, measuring, monkeypatch):
    """Those of most transactions have their names, first come first; the sums stay right."""
    monkeypatch.setattr(under_test, "MAX_SAGAS", 1)
    lab.take([event("A", 0, saga="a"), event("B", 0, saga="b"), event("C", 0, saga="b")])
    first = told(measuring, "transactions_open", "saga")
    for name in ("D", "E", "F"):
        finish(lab, name, saga="a")

    assert {("b",): 2, ("other",): 1} == first
    assert {("other", "completed"): 3} == ended(measuring)


def test_steps_over_the_limit_are_told_together(lab, measuring, monkeypatch):
    """As sagas are."""
    monkeypatch.setattr(under_test, "MAX_STEPS", 1)
    for name, step in (("A", "pay"), ("B", "pay"), ("C", "ship")):
        lab.take([event(name, 0, step=step), event(name, 1, "completed", step=step), event(name, 2, "txn_completed")])

    assert {("order", "pay"): 2, ("order", "other"): 1} == told(measuring, "step_duration", "saga", "step")


def test_places_over_the_limit_are_told_together(lab, measuring, monkeypatch):
    """A place that was told keeps its name while something stands there."""
    monkeypatch.setattr(gauges, "MAX_STALLS", 1)
    lab.take([event("A", 0)])
    overdue(lab, kind="step-running")
    measuring.measures()
    lab.take([event(name, 0, step="ship") for name in ("B", "C")])
    overdue(lab, kind="step-running")

    assert {("order", "pay", "payment", "step-running"): 1, ("other",) * 4: 2} == told(
        measuring, "stalls", "saga", "step", "owner", "kind"
    )


def test_names_that_differ_in_what_cannot_be_shown_are_one(lab, measuring):
    """No two series have the same labels, whatever comes in; nor does a control character pass."""
    lab.take([event("A", 0, saga="a\x80"), event("B", 0, saga="a\x81"), event("C", 0, saga="x" * 500)])
    opened = told(measuring, "transactions_open", "saga")

    assert [120, 2] == sorted((len(saga) for (saga,) in opened), reverse=True)
    assert {1, 2} == set(opened.values())


def test_coverage_is_told_by_source_and_owner(lab, measuring):
    """What came, and how much of it carried an id."""
    lab.take([event("A", 0), event(None, 1, trace_id=TRACE)])

    assert {("test", "payment"): 2} == told(measuring, "coverage_records", "source", "owner")
    assert {("test", "payment"): 1} == told(measuring, "coverage_by_id", "source", "owner")


def test_counters_stay_when_the_store_does_not_answer(lab, measuring, monkeypatch):
    """What was counted is told on, what stands as of now is not; nothing is lost of what ended meanwhile."""
    finish(lab, "A")
    measuring.measures()
    finish(lab, "B")

    def fail(_fn):
        raise StoreError("no")

    with monkeypatch.context() as broken:
        broken.setattr(lab.store, "read", fail)
        names = {one.name for one in measuring.measures()}

    assert {"transactions_ended", "transaction_duration"} == names
    assert {("order", "completed"): 2} == ended(measuring)


def test_it_rests_after_a_look(lab):
    """Whoever asks more often is given the same."""
    measuring = Measuring(lab.store, FixedClock(NOW_NS))
    measuring.begin()
    first = measuring.measures()
    finish(lab, "A")

    assert first is measuring.measures()
