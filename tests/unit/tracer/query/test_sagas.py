"""The sagas that are declared, learned or seen."""

import msgspec
import pytest

from tests.unit.tracer.query.test_stalls import NOW_NS, change, event, overdue
from tracer.model.sagas import DeclaredSaga, LearnedSaga
from tracer.query.sagas import list_sagas


def know(lab, *, declared=None, learned=None):
    """Keep a definition, or what was learned, in the store."""
    text = "INSERT INTO declared VALUES ($saga, $body)" if declared else "INSERT INTO learned VALUES ($saga, $body, 0)"
    saga = declared.name if declared else learned.saga
    body = msgspec.json.encode(declared or learned).decode()
    change(lab, text, {"saga": saga, "body": body})


def ask(lab, *, min_samples=30):
    """Ask for the sagas, by name."""
    page = lab.store.read(lambda session: list_sagas(session, now_ns=NOW_NS, min_samples=min_samples))
    return {one.saga: one for one in page.sagas}


def test_a_saga_counts_its_transactions_by_status(lab):
    """Every status has its count, and one that is overdue counts as stuck, not as running."""
    lab.take(
        [
            event("A", 100),
            event("B", 100),
            event("C", 100, "txn_completed"),
            event("D", 100, "txn_failed"),
            event("E", 100, saga="transfer"),
            event("F", 100, saga=None),
        ]
    )
    overdue(lab, only="A")
    found = ask(lab)

    assert ["order", "transfer", None] == list(found)
    assert {"stuck": 1, "running": 1, "completed": 1, "failed": 1} == found["order"].counts
    assert [{"running": 1}, {"running": 1}] == [found["transfer"].counts, found[None].counts]


def test_the_durations_are_those_of_completed_ones(lab):
    """The median and the 95th percentile are of the transactions that completed, from first record to end."""
    for n in range(1, 6):
        lab.take([event(f"A{n}", 100), event(f"A{n}", 100 + 10 * n, "txn_completed")])
    lab.take([event("B", 0), event("B", 3000, "txn_failed"), event("C", 0), event("D", 0, saga="transfer")])
    found = ask(lab)

    assert (30.0, pytest.approx(48.0)) == (found["order"].p50_s, found["order"].p95_s)
    assert (None, None) == (found["transfer"].p50_s, found["transfer"].p95_s)


def test_a_saga_says_what_is_known_of_it(lab):
    """Declared and learned sagas are there before any transaction; what too few finished ones show is not learned."""
    know(lab, declared=DeclaredSaga(name="order", style="orchestration", where="sagas/order.toml:3"))
    know(lab, learned=LearnedSaga(saga="order", samples=29.5, says_end=True))
    know(lab, learned=LearnedSaga(saga="refund", samples=30.0, says_end=True))
    lab.take([event("A", 100, saga="transfer", style="choreography"), event("B", 100, style="choreography")])
    found = ask(lab)

    assert ["order", "refund", "transfer"] == list(found)
    assert [
        ("orchestration", "sagas/order.toml:3", 29.5, False),
        (None, None, 30.0, True),
        ("choreography", None, 0.0, False),
    ] == [(one.style, one.declared, one.learned_from, one.learned) for one in found.values()]
    assert {} == found["refund"].counts
