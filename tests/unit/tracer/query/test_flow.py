"""The graph of a saga, from definitions, from what was learned and from where transactions stand."""

import pytest

from tests.unit.tracer.query.test_sagas import know
from tests.unit.tracer.query.test_stalls import NOW_NS, event, overdue
from tracer.clock import to_datetime
from tracer.errors import NotFound
from tracer.model.sagas import (
    DeclaredSaga,
    DeclaredStep,
    DeclaredUndo,
    LearnedEnd,
    LearnedHandoff,
    LearnedSaga,
    LearnedStep,
    Mark,
    StepKey,
    Timing,
    Variant,
)
from tracer.query.flow import saga_flow


def timing(p50_s, p95_s):
    """Give the times of a step or a hand-off."""
    return Timing(n=80, censored=0, p50_s=p50_s, p95_s=p95_s, limit_s=9.0)


RESERVE, PAY, RELEASE = StepKey("reserve"), StepKey("pay"), StepKey("release", "reserve")
DECLARED = DeclaredSaga(
    name="order",
    steps=(
        DeclaredStep(name="reserve", owner="inventory", compensation=DeclaredUndo(step="release", owner="inventory")),
        DeclaredStep(name="pay", owner="payment", after=("reserve",)),
    ),
)
LEARNED = LearnedSaga(
    saga="order",
    samples=100.0,
    says_end=True,
    steps=(
        LearnedStep(step="pay", compensates="", owner="bank", n=90.0, retried=9.0, failed=8.0),
        LearnedStep(step="ship", compensates="", owner="shipping", n=80.0, timing=timing(2.0, 5.0)),
    ),
    handoffs=(
        LearnedHandoff(before=None, after=RESERVE, n=100.0, share=1.0),
        LearnedHandoff(before=RESERVE, after=PAY, n=90.0, share=0.9, timing=timing(0.1, 0.5)),
        LearnedHandoff(before=PAY, after=StepKey("ship"), n=80.0, share=0.8),
    ),
    variants=(
        Variant(marks=(Mark("pay", "", "completed"), Mark("ship", "", "completed")), n=70.0, outcome="completed"),
        Variant(marks=(Mark("ship", "", "completed"),), n=2.0, outcome="completed"),
        Variant(marks=(Mark("ship", "", "failed"),), n=4.0, outcome="failed"),
        Variant(marks=(Mark("release", "reserve", "completed"),), n=5.0, outcome=None),
        Variant(marks=(Mark("pay", "", "failed"),), n=1.0, outcome=None),
        Variant(marks=(), n=1.0, outcome="failed"),
    ),
    ends=(LearnedEnd(key=RELEASE, outcome="compensated", n=5.0, of=5.0),),
)  # fmt: skip


def ask(lab, saga="order"):
    """Ask for the graph."""
    return lab.store.read(lambda session: saga_flow(session, saga, now_ns=NOW_NS))


def edges(flow):
    """Give the edges as pairs, with numbers and basis."""
    return [(one.before, one.after, one.n, one.share, one.outcome, one.basis) for one in flow.edges]


def test_what_is_only_declared_is_a_graph_already(lab):
    """The steps of a definition are nodes in their order, `after` and compensations are edges, with begin and end."""
    know(lab, declared=DECLARED)
    flow = ask(lab)

    assert [("reserve", None, "inventory"), ("pay", None, "payment"), ("release", "reserve", "inventory")] == [
        (one.step, one.compensates, one.owner) for one in flow.nodes
    ]
    assert [
        (None, "reserve", 0.0, None, None, "declared"),
        ("reserve", "release", 0.0, None, None, "declared"),
        ("reserve", "pay", 0.0, None, None, "declared"),
        ("pay", None, 0.0, None, "completed", "declared"),
    ] == edges(flow)
    assert ("order", 0.0, to_datetime(NOW_NS)) == (flow.saga, flow.samples, flow.as_of)


def test_what_is_learned_is_a_graph_of_its_own(lab):
    """Hand-offs are edges with their times, and the last steps of the variants lead to the end, by outcome."""
    know(lab, learned=LEARNED)
    flow = ask(lab)

    assert [
        (None, "reserve", 100.0, 1.0, None, "learned"),
        ("reserve", "pay", 90.0, 0.9, None, "learned"),
        ("pay", "ship", 80.0, 0.8, None, "learned"),
        ("ship", None, 72.0, 0.9, "completed", "learned"),
        ("ship", None, 4.0, 0.05, "failed", "learned"),
        ("release", None, 5.0, None, "compensated", "learned"),
        ("pay", None, 1.0, pytest.approx(1 / 90), None, "learned"),
    ] == edges(flow)
    assert (0.1, 0.5) == (flow.edges[1].p50_s, flow.edges[1].p95_s)
    pay, ship = flow.nodes
    assert ("pay", "bank", 90.0, 9.0, 8.0, None) == (pay.step, pay.owner, pay.n, pay.retried, pay.failed, pay.p50_s)
    assert ("ship", 2.0, 5.0, "learned") == (ship.step, ship.p50_s, ship.p95_s, ship.basis)


def test_declared_and_learned_are_put_together(lab):
    """The declared owner counts, what history knows of a declared edge is its figures, and history ends the graph."""
    know(lab, declared=DECLARED)
    know(lab, learned=LEARNED)
    flow = ask(lab)

    assert [
        ("reserve", "inventory", 0.0, "declared"),
        ("pay", "payment", 90.0, "declared"),
        ("release", "inventory", 0.0, "declared"),
        ("ship", "shipping", 80.0, "learned"),
    ] == [(one.step, one.owner, one.n, one.basis) for one in flow.nodes]
    assert [
        (None, "reserve", 100.0, 1.0, None, "declared"),
        ("reserve", "pay", 90.0, 0.9, None, "declared"),
        ("pay", "ship", 80.0, 0.8, None, "learned"),
        ("reserve", "release", 0.0, None, None, "declared"),
        ("ship", None, 72.0, 0.9, "completed", "learned"),
    ] == edges(flow)[:5]


def test_nodes_say_how_many_stand_there(lab):
    """Open transactions count where they stand, a compensation under the step that it undoes, the stuck ones too."""
    know(lab, declared=DECLARED)
    lab.take(
        [
            event("A", 100),
            event("B", 100),
            event("C", 100, "txn_completed"),
            event("D", 100, "compensating", step="release", compensates="reserve", owner="inventory"),
            event("E", 100, step="odd", owner="stranger"),
            event("F", 100, saga="transfer"),
        ]
    )
    overdue(lab, only="A")
    overdue(lab, only="D")
    nodes = {(one.step, one.compensates): (one.open, one.stuck) for one in ask(lab).nodes}

    assert {
        ("reserve", None): (0, 0),
        ("pay", None): (2, 1),
        ("release", "reserve"): (1, 1),
        ("odd", None): (1, 0),
    } == nodes
    assert ("stranger", "learned") == (ask(lab).nodes[-1].owner, ask(lab).nodes[-1].basis)


def test_a_saga_that_was_only_seen_has_a_flow(lab):
    """A saga of which nothing is known yet has the places where its transactions stand, without edges."""
    lab.take([event("A", 100)])
    flow = ask(lab)

    assert (["pay"], ()) == ([one.step for one in flow.nodes], flow.edges)


def test_a_saga_that_there_is_none_of_names_those_like_it(lab):
    """The error names the nearest sagas, whether declared, learned or seen."""
    know(lab, declared=DECLARED)
    know(lab, learned=LearnedSaga(saga="ordeal", samples=1.0, says_end=False))
    lab.take([event("A", 100, saga="transfer")])
    with pytest.raises(NotFound, match="no saga Orders") as caught:
        ask(lab, "Orders")

    assert ("order", "ordeal", "transfer") == caught.value.nearest
