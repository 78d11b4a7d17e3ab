"""When the store learns, from which transactions, and what becomes of it."""

from functools import partial

import pytest

from tests.pupils import PAY, PLACE, Pupil, course, later, learn, lessons_of, pupil_of, says, took, went
from tests.stories import HOUR_S, LESSONS, knowing, limits, stands, step
from tracer.clock import NS_PER_S, FixedClock
from tracer.model.counts import StepFact, VariantCount
from tracer.model.sagas import LearnedSaga, Place, StepKey, Verdict
from tracer.store import learning
from tracer.store.keeper import Keeper
from tracer.store.knowledge import known_of

WEEK_S = 7 * 24 * HOUR_S


def test_an_empty_store_learns_nothing():
    """Without transactions the teacher is not asked, and nothing is kept."""
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, 1.0)) as lab:
        assert not lab.keeper.learn()
        assert 0 == pupil.lessons
        assert [] == lab.rows("SELECT * FROM learned")


def test_a_keeper_without_lessons_learns_nothing():
    """Where learning is off there is never anything to be done."""
    with knowing() as lab:
        lab.take(course("A", 0, "pay", outcome="completed"))

        assert not lab.keeper.learn()
        assert [] == lab.rows("SELECT * FROM learned")


def test_a_transaction_is_taken_in_once():
    """What comes late of a transaction that was learned does not count it again."""
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, HOUR_S)) as lab:
        lab.take(course("A", 0, "place", "pay", outcome="completed"))
        learn(lab)
        lab.take([step("A", 50, "late", phase="observed"), *course("B", 60, "place", "pay", outcome="completed")])
        learn(lab)

        assert [VariantCount(marks=(PLACE, PAY), outcome="completed", n=2.0)] == pupil.variants["order"]
        assert 2 == pupil.lessons
        assert not lab.keeper.learn()


def test_a_saga_is_silent_where_most_of_its_transactions_do_not_say_the_end():
    """Of such a saga what fell silent is learned, without an outcome, and what goes on does not count yet."""
    records = [
        *(one for n in range(3) for one in course(f"A{n}", 10 * n, "place", "pay")),
        *course("B", HOUR_S - 10, "place"),
    ]
    variants, times, facts = pupil_of(records)

    assert [VariantCount(marks=(PLACE, PAY), outcome=None, n=3.0)] == variants
    assert [went("place", "pay", 1, n=3.0)] == times
    assert [3.0, 3.0] == [one.n for one in facts]


def test_a_saga_that_says_the_end_is_not_learned_from_silent_transactions():
    """Where most say the end, one that does not is lost, and shows nothing of how it goes."""
    records = [
        *(one for n in range(3) for one in course(f"A{n}", 10 * n, "place", "pay", outcome="completed")),
        *course("B", 0, "place"),
        *course("C", 0, "place"),
    ]

    assert [VariantCount(marks=(PLACE, PAY), outcome="completed", n=3.0)] == pupil_of(records)[0]


def test_silent_sagas_are_learned_from_their_most_recent_transactions(monkeypatch):
    """Only so many are counted, those that came last; each time anew."""
    monkeypatch.setattr(learning, "MAX_SILENT", 3)
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, 150.0)) as lab:
        lab.take([one for n in range(5) for one in course(f"A{n}", n, "place")])
        lab.take([one for n in range(2) for one in course(f"B{n}", n, "pay")])
        learn(lab)

        assert {PAY: 2.0, PLACE: 1.0} == {one.marks[0]: one.n for one in pupil.variants["order"]}
        assert not lab.keeper.learn()
        later(lab, learning.SILENT_EVERY_S + 1)
        learn(lab)
        assert {PAY: 2.0, PLACE: 1.0} == {one.marks[0]: one.n for one in pupil.variants["order"]}


def test_what_was_learned_counts_half_after_a_week():
    """Courses, times and facts fade; what comes new counts whole."""
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, 2 * WEEK_S)) as lab:
        lab.take([says("A", 0, 1, "place", outcome="completed"), says("B", 0, 1, "place", outcome="completed")])
        learn(lab)
        later(lab, WEEK_S)
        learn(lab)
        lab.take([says("C", 0, 1, "place", outcome="completed")])
        learn(lab)

        assert [VariantCount(marks=(PLACE,), outcome="completed", n=2.0)] == pupil.variants["order"]
        assert [took("place", 1, n=2.0)] == pupil.times["order"]
        assert [StepFact(key=StepKey("place"), owner="place-team", n=2.0)] == pupil.facts["order"]


def test_what_fades_bit_by_bit_fades_as_much():
    """Half after a week is half, however often it was faded in between; within an hour nothing fades."""
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, 2 * WEEK_S)) as lab:
        lab.take([says("A", 0, 1, "place", outcome="completed")])
        learn(lab)
        later(lab, HOUR_S / 2)
        learn(lab)
        assert [(1.0,)] == lab.rows("SELECT n FROM course")
        for _ in range(14):
            later(lab, WEEK_S / 14)
            learn(lab)

        assert [(pytest.approx(0.5, rel=0.01),)] == lab.rows("SELECT n FROM course")


@pytest.mark.parametrize(("slower", "expected"), [(1.1, "same"), (3.0, "other")])
def test_a_limit_that_is_learned_anew_holds_where_it_is_more_than_a_quarter_off(slower, expected):
    """A step that takes much longer of late gets more time, one that takes a little longer keeps what it had."""
    with knowing(lessons=LESSONS, now_s=1_000.0, judged_by=_limited()) as lab:
        lab.take([says(f"A{n}", n, n + 8, "pay", outcome="completed") for n in range(40)])
        learn(lab)
        lab.take([step("X", 999, "pay", phase="started")])
        before = limits(lab)["X"]
        lab.take([says(f"B{n}", n, n + 8 * slower, "pay", outcome="completed") for n in range(400)])
        learn(lab)
        after = limits(lab)["X"]

        assert "learned" == before[2] == after[2]
        assert expected == ("same" if before == after else "other")
        assert before[1] <= after[1]


def _limited():
    """Make a judge that gives what runs the learned limit of its step."""

    def judge(marks, declared, learned):
        del declared
        timing = learned.steps[0].timing if learned and learned.steps else None
        common = {
            "compensates": "",
            "owner": None,
            "state": "running",
            "kind": "step-overdue",
            "limit_basis": "learned",
        }
        return Verdict(
            places=tuple(
                Place(step=one.step, limit_s=timing.limit_s, **common) for one in marks if one.is_open and timing
            )
        )

    return judge


def test_what_was_learned_judges_what_is_open():
    """With the conclusions drawn, an open transaction stands where history lets it go on."""
    with knowing(lessons=LESSONS, now_s=1_000.0) as lab:
        lab.take([one for n in range(60) for one in course(f"A{n}", n, "place", "reserve", "pay", outcome="completed")])
        lab.take(course("X", 900, "place"))

        assert ("running", "place", "place-team", None) == stands(lab)["X"]
        learn(lab)
        assert ("stuck", "reserve", "reserve-team", "handoff-lost") == stands(lab)["X"]
        before = lab.tables()
        lab.keeper.rebuild()
        assert before == lab.tables()


def test_what_was_learned_outlives_its_transactions():
    """Learning goes on from what is kept, also by another keeper of the same store, and forgets whom it has seen."""
    pupil = Pupil()
    with knowing(lessons=LESSONS) as lab:
        lab.take(course("A", 0, "place", outcome="completed"))
        learn(lab)
        lab.store.fold(lambda session: session.run("reindex_clear"))
        clock = FixedClock(lab.clock.now_ns() + NS_PER_S)
        lab.keeper = Keeper(store=lab.store, clock=clock, lessons=lessons_of(pupil, HOUR_S))
        lab.append(course("B", 5, "place", outcome="completed"))
        lab.store.fold(lambda session: session.run("learn_taken_clear"))
        lab.settle()

        assert [(0,)] == lab.rows("SELECT count(*) FROM lesson_txn")
        learn(lab)
        assert 2.0 == sum(one.n for one in pupil.variants["order"])
        assert LearnedSaga(saga="order", samples=1.0, says_end=True, closer="place-team") == (
            lab.store.read(partial(known_of, saga="order")).learned
        )
