"""Taking in definitions: what they change is looked at again, and nothing else is."""

from dataclasses import replace

import pytest

from tests.stories import ORDER, RESERVE, event, knowing, limits, named, stands, states, step
from tracer.model.sagas import DeclaredSaga, DeclaredStep, Verdict

STORY = [
    event("A", 0, "OrderPlaced"),
    event("A", 1, "Reserve"),
    event("B", 0, "OrderPlaced"),
    event("B", 2, "Reserved"),
    event("B", 3, "Paid"),
    event("B", 5, "Shipped"),
    event("C", 0, "OrderPlaced"),
    event("C", 1, "Reserved"),
    event("C", 4, "Declined"),
    event("D", 0, "OrderPlaced"),
    event("D", 1, "Reserved"),
    event("D", 4, "Declined"),
    event("D", 5, "Released"),
    event("E", 0, "Parked"),
]
PARKING = DeclaredSaga(name="parking", steps=(DeclaredStep(name="park", owner="garage", completes=named("Parked")),))


def with_reserve(**changes):
    """Give the saga with another step `reserve`."""
    steps = tuple(replace(RESERVE, **changes) if one == RESERVE else one for one in ORDER.steps)
    return replace(ORDER, steps=steps)


def requeued(lab):
    """Give the transactions that are to be looked at again: from their records, or only judged."""
    rows = lab.rows("SELECT DISTINCT t.transaction_id, r.whole FROM requeue AS r JOIN txn AS t USING (txn)")
    return tuple({name for name, whole in rows if whole is kind} for kind in (True, False))


def derived(lab):
    """Give what the fold keeps, but for the numbers of situations, which are given anew."""
    columns = ["* EXCLUDE (txn, last_seq, situation)", "situation IS NULL"]
    rows = lab.rows(f"SELECT {', '.join(columns)} FROM txn ORDER BY transaction_id")  # noqa: S608 - the test's own words
    return rows, lab.tables()["step"]


def test_the_same_definitions_change_nothing():
    """Definitions that come again, in any order, change no saga and have nothing looked at again."""
    with knowing(ORDER, PARKING) as lab:
        lab.take(STORY)
        before = lab.tables()

        assert () == lab.keeper.declare([PARKING, ORDER])
        assert (set(), set()) == requeued(lab)
        lab.settle()
        assert before == lab.tables()


def test_what_has_changed_is_told():
    """A saga that is new, other or gone has changed."""
    with knowing(ORDER) as lab:
        assert ("parking",) == lab.keeper.declare([ORDER, PARKING])
        assert ("order", "parking") == lab.keeper.declare([with_reserve(deadline_s=1.0)])


def test_another_deadline_judges_again_without_folding_again():
    """The deadline of a step moves for the open transactions of its saga; no record is read again for it."""
    with knowing(ORDER) as lab:
        lab.take(STORY)
        lab.keeper.declare([with_reserve(deadline_s=90.0)])

        assert (set(), {"A", "B", "C", "D"}) == requeued(lab)
        assert (1.0, 30.0, "declared", 31.0) == limits(lab)["A"]
        lab.settle()
        assert (1.0, 90.0, "declared", 91.0) == limits(lab)["A"]
        assert (set(), set()) == requeued(lab)


def test_another_name_folds_again_what_is_concerned():
    """What lists another name folds the saga's transactions again, and those with such a record; no others."""
    with knowing(ORDER, PARKING) as lab:
        lab.take([*STORY, event("F", 0, "Held"), event("G", 0, "Other")])
        lab.keeper.declare([with_reserve(completes=named("Held")), PARKING])

        assert ({"A", "B", "C", "D", "F"}, set()) == requeued(lab)
        lab.settle()
        assert [("reserve", "", "completed")] == states(lab)["F"]
        assert [("place", "", "completed"), ("pay", "", "failed")] == states(lab)["C"]


def test_a_step_that_undoes_another_folds_again_what_names_it():
    """Records that say such a step themselves are folded again too, whatever they are called."""
    with knowing() as lab:
        lab.take([step("A", 0, "release", name="any", saga=None), step("B", 0, "other", name="any", saga=None)])
        lab.keeper.declare([ORDER])

        assert ({"A"}, set()) == requeued(lab)
        lab.settle()
        assert [("reserve", "release", "compensated")] == states(lab)["A"]


def test_definitions_that_are_taken_away_leave_no_trace():
    """Without its definitions a store holds what it held before them, and with them again what it held then."""
    with knowing() as lab:
        lab.take(STORY)
        bare = derived(lab)
        lab.keeper.declare([ORDER, PARKING])
        lab.settle()
        full = derived(lab)

        assert bare != full
        assert ("order", "parking") == lab.keeper.declare([])
        lab.settle()
        assert bare == derived(lab)
        lab.keeper.declare([PARKING, ORDER])
        lab.settle()
        assert full == derived(lab)


def test_a_rebuild_gives_the_same():
    """State that was changed by definitions on the way is what folding all records under them gives."""
    with knowing() as lab:
        lab.take(STORY[:7])
        lab.keeper.declare([ORDER])
        lab.take(STORY[7:])
        lab.keeper.declare([with_reserve(deadline_s=2.0), PARKING])
        lab.settle()
        before = lab.tables()
        lab.keeper.rebuild()

        assert before == lab.tables()


def test_what_ended_only_by_a_definition_is_open_again_under_another():
    """A transaction that no record ended is over as long as that follows, and goes on where more is to come."""
    longer = replace(
        ORDER, steps=(*ORDER.steps, DeclaredStep(name="thank", owner="mail", after=("ship",), completes=named("Sent")))
    )
    with knowing(ORDER) as lab:
        lab.take(STORY)

        assert ("completed", None, None, None) == stands(lab)["B"]
        lab.keeper.declare([longer])
        lab.settle()
        assert ("stuck", "thank", "mail", "handoff-lost") == stands(lab)["B"]
        lab.keeper.declare([ORDER])
        lab.settle()
        assert ("completed", None, None, None) == stands(lab)["B"]


def test_what_a_record_ended_stays_ended():
    """Another deadline looks at no transaction again that a record has ended."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "OrderPlaced"), event("A", 1, "Shipped", outcome="failed")])
        lab.keeper.declare([with_reserve(deadline_s=90.0)])

        assert (set(), set()) == requeued(lab)
        assert "failed" == stands(lab)["A"][0]


@pytest.mark.parametrize("changes", [{"deadline_s": 90.0}, {"completes": named("Held")}])
def test_a_pass_looks_again_at_so_many_and_the_next_ones_at_the_rest(changes):
    """More transactions than one pass looks at again are all looked at in the end, whatever must be done with them."""
    with knowing(ORDER, max_again=2) as lab:
        lab.take([event(name, 0, "Reserve") for name in "ABCDEFG"])
        lab.keeper.declare([with_reserve(**changes)])
        lab.keeper.fold()

        assert 5 == sum(map(len, requeued(lab)))
        lab.settle()
        assert 0 == sum(map(len, requeued(lab)))
        assert {name: (0.0, changes.get("deadline_s", 30.0), "declared") for name in "ABCDEFG"} == {
            name: row[:3] for name, row in limits(lab).items()
        }


def test_what_nobody_declared_is_not_judged():
    """With no saga known the judge is not asked."""

    def judge(marks, declared, learned):
        asked.append((marks, declared, learned))
        return Verdict()

    asked = []
    with knowing(judged_by=judge) as lab:
        lab.take(STORY)

        assert [] == asked
        lab.keeper.declare([PARKING])
        lab.settle()
        assert [PARKING] == [declared for _, declared, _ in asked]


def test_what_is_declared_holds_for_what_comes_later():
    """Transactions that begin after their definition go by it."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "OrderPlaced")])

        assert ("stuck", "reserve", "inventory", "handoff-lost") == stands(lab)["A"]
