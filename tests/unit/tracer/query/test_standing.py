"""Where one transaction stands: judged as the fold judges it."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standings import done, gathered, head, place, running, second
from tests.stories import LIMITS, ORDER, event, knowing, limits, step
from tests.worlds import sparingly
from tracer.clock import NS_PER_S
from tracer.model.sagas import DeclaredSaga, LearnedSaga, LearnedStep, Mark, Timing, Verdict
from tracer.query import standing
from tracer.query.gathering import Kept
from tracer.query.standing import marks_of, stand
from tracer.store.judging import judge_anew
from tracer.store.knowledge import Known
from tracer.views import TransactionQuery

KNOWN = Known(declared=DeclaredSaga(name="order"))


@pytest.fixture
def stood(monkeypatch):
    """Give a function that stands a transaction under a verdict."""

    def ask(at, *places, known=KNOWN, **verdict):
        given = Verdict(places=places, **verdict)
        monkeypatch.setattr(standing, "judge", lambda *_: given)
        return stand(at, known, LIMITS)

    return ask


def test_of_what_nothing_is_known_nothing_is_judged(stood):
    """Without knowledge of the saga the records alone say where it stands."""
    told = stood(gathered(head(), running("pay", 1)), place("pay", 10.0), known=None)

    assert (False, (), None, None) == (told.is_known, told.places, told.first, told.due_ns)


def test_what_a_record_ended_is_not_judged(stood):
    """A transaction that has ended stands nowhere."""
    told = stood(gathered(head(ended_ns=second(5)), running("pay", 1)), place("pay", 10.0), deadline_s=1.0)

    assert (True, (), None) == (told.is_known, told.places, told.due_ns)


def test_marks_are_those_of_steps_with_a_state():
    """Tries are counted where they matter, up to nine; a step that was only spoken of has no mark."""
    rows = [
        running("pay", 1, word="retrying", attempts=12),
        done("book", 1, 2, word="failed", attempts=2),
        done("place", 1, 2, attempts=5),
        running("seen", 1, word=None),
        running("release", 1, compensates="reserve"),
    ]

    assert (
        Mark("pay", "", "retrying", 9),
        Mark("book", "", "failed", 2),
        Mark("place", "", "completed", 1),
        Mark("release", "reserve", "running", 1),
    ) == marks_of(rows)


def test_the_place_that_is_overdue_first_comes_first(stood):
    """Places stand in the order of their deadlines; those without one, and equals, in that of the verdict."""
    at = gathered(head(), running("pay", 0), running("ship", 5))
    told = stood(
        at, place("book", None), place("pay", 20.0), place("ship", 10.0), place("mail", None), place("pay", 20.0)
    )

    assert ["ship", "pay", "pay", "book", "mail"] == [one.place.step for one in told.places]
    assert (second(15), second(15)) == (told.due_ns, told.first.due_ns)


def test_time_counts_from_the_last_of_the_ends_that_a_place_waits_for(stood):
    """A step that waits for several begins to be late after the last; without any end, after the last record."""
    at = gathered(head(last_s=9), done("pay", 0, 7), done("book", 0, 4), running("mail", 3))

    assert second(7) == stood(at, place("ship", 1.0, "pay", "book")).first.since_ns
    assert second(4) == stood(at, place("ship", 1.0, "book", "mail")).first.since_ns
    assert second(9) == stood(at, place("ship", 1.0, "mail", "unseen")).first.since_ns
    assert second(3) == stood(at, place("mail", 1.0)).first.since_ns
    assert second(9) == stood(at, place("unseen", 1.0)).first.since_ns


def test_the_owner_is_the_one_that_was_judged_else_the_steps(stood):
    """Who has to go on is named by what is known, or by the step's own records."""
    at = gathered(head(), running("pay", 0))

    assert "bank" == stood(at, place("pay", 1.0, owner="bank")).first.owner
    assert "pay-team" == stood(at, place("pay", 1.0)).first.owner
    assert None is stood(at, place("ship", 1.0)).first.owner


def test_what_nobody_has_to_go_on_with_is_not_named(stood):
    """Where it is only known that it did not end, and nobody to ask, the records say where it stands."""
    at = gathered(head(), done("pay", 0, 1))

    assert None is stood(at, place("pay", 300.0, "pay", kind="never-ended")).first
    assert "bank" == stood(at, place("pay", 300.0, "pay", kind="never-ended", owner="bank")).first.owner


def test_the_deadline_of_the_whole_counts_from_the_first_moment(stood):
    """Whichever deadline passes first is when the transaction is due."""
    at = gathered(head(first_s=2), running("pay", 50))

    assert (second(62), second(60)) == (
        (told := stood(at, place("pay", 10.0), deadline_s=60.0)).whole_due_ns,
        told.due_ns,
    )
    assert second(32) == stood(at, place("pay", 10.0), deadline_s=30.0).due_ns
    assert second(32) == stood(at, place("pay", None), deadline_s=30.0).due_ns


def test_the_deadline_that_the_fold_has_set_is_kept(stood):
    """For the same place, since the same moment and by the same source, what the fold says holds."""
    kept = Kept("pay", second(1), second(5), "learned")
    row, told = running("pay", 1), place("pay", 100.0)

    assert second(5) == stood(gathered(head(), row, kept=kept), told).due_ns
    assert second(101) == stood(gathered(head(), row), told).due_ns
    declared = (Kept("pay", second(1), second(5), "declared"), place("pay", 100.0, limit_basis="declared"))
    assert second(101) == stood(gathered(head(), row, kept=declared[0]), declared[1]).due_ns
    for other in ({"since_ns": second(2)}, {"step": "ship"}, {"limit_basis": "declared"}, {"deadline_ns": None}):
        assert second(101) == stood(gathered(head(), row, kept=replace(kept, **other)), told).due_ns


NAMES = (
    "OrderPlaced",
    "Reserve",
    "Reserved",
    "Rejected",
    "Release",
    "Released",
    "Kept",
    "Paid",
    "Declined",
    "Shipped",
    "Odd",
)
PHASES = (None, None, "command", "started", "waiting", "retried", "failed")
EVENTS = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(0, 60), st.sampled_from(NAMES), st.sampled_from(PHASES)),
    min_size=1,
    max_size=7,
    unique_by=lambda one: one[:3],
)


def listed(lab):
    """Give what the list says of each transaction, and the threshold that the fold keeps."""
    times = limits(lab)
    return {
        row.transaction_id: (
            row.status,
            row.step,
            row.owner,
            row.state,
            row.stall,
            *_threshold(times[row.transaction_id]),
        )
        for row in lab.queries.transactions(TransactionQuery()).transactions
    }


def _threshold(times):
    _, limit_s, basis, _ = times
    return (None, None) if limit_s is None else (limit_s, basis)


def shown(lab, name):
    """Give the same of one transaction as `show` tells it."""
    told = lab.queries.transaction(name)
    if not told.current:
        return (told.status, *[None] * 6)
    at = told.current[0]
    threshold = (None, None) if at.threshold_s is None else (at.threshold_s, at.threshold_source)
    return (told.status, at.step, at.owner, at.state, told.stall and told.stall.kind, *threshold)


@given(EVENTS, st.sampled_from((10.0, 70.0, 1000.0)), st.sampled_from((None, 20.0, 100.0)))
@sparingly(4)
def test_the_list_and_the_story_of_a_transaction_agree(events, now_s, whole_s):
    """Status, step, owner, state, kind of stall and threshold are the same in `ls` and in `show`.

    But for the threshold of the whole, which is no place's own.
    """
    with knowing(replace(ORDER, deadline_s=whole_s), now_s=now_s) as lab:
        lab.take(
            event(name, at_s, called, owner=f"{called}-team", **({"phase": phase} if phase else {}))
            for name, at_s, called, phase in events
        )
        told = listed(lab)

        same = 7 if whole_s is None else 5
        assert {name: row[:same] for name, row in told.items()} == {name: shown(lab, name)[:same] for name in told}


ORDER_TOO = replace(ORDER, name="another")


def timed(limit_s):
    """Make what history shows of a saga whose one step takes so long at most."""
    timing = Timing(n=100.0, censored=0.0, p50_s=1.0, p95_s=1.0, limit_s=limit_s)
    pay = LearnedStep(step="pay", compensates="", owner="bank", n=100.0, timing=timing)
    return LearnedSaga(saga="order", samples=100.0, says_end=True, steps=(pay,))


def teach(lab, learned):
    """Let this be what was learned."""
    mind = lab.keeper._mind

    def learn(session):
        session.run("learned_drop", {"saga": learned.saga})
        body = msgspec.json.encode(learned).decode()
        session.run("learned_keep", {"saga": learned.saga, "body": body, "now": 1})
        mind.forget()
        judge_anew(session, mind, learned.saga)

    lab.store.fold(learn)
    lab.settle()


@pytest.mark.parametrize("declared", [(), (ORDER_TOO,)])
@pytest.mark.parametrize(("now_s", "status"), [(100.0, "stuck"), (8.0, "running")])
def test_they_agree_where_a_deadline_was_learned_anew(now_s, status, declared):
    """What was stuck when history showed that it may take longer is stuck in both, also where names are declared."""
    with knowing(*declared, now_s=now_s) as lab:
        teach(lab, timed(5.0))
        lab.take([step("A", 0, "pay", phase="started")])
        teach(lab, timed(500.0))

        assert status == listed(lab)["A"][0]
        assert listed(lab) == {"A": shown(lab, "A")}


def test_an_earlier_instant_is_judged_by_what_is_known_now():
    """`as_of` tells where the transaction stood then, and whether that was too long already."""
    with knowing(replace(ORDER, deadline_s=None)) as lab:
        lab.take([event("A", 0, "OrderPlaced"), event("A", 1, "Reserve"), event("A", 50, "Reserved")])
        told = [lab.queries.transaction("A", as_of=lab.moment(at_s * NS_PER_S)) for at_s in (20, 40, 51)]

        assert [("running", "reserve"), ("stuck", "reserve"), ("running", "pay")] == [
            (one.status, one.current[0].step) for one in told
        ]
