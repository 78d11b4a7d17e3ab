"""Which compensations are left, and in which order they run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.undoing import TimedMark, undoing
from tracer.model.sagas import (
    DeclaredSaga,
    DeclaredStep,
    DeclaredUndo,
    LearnedSaga,
    LearnedUndo,
    Mark,
    Place,
    Variant,
)


def done(step, at=None, **changes):
    """Make a completed step."""
    return TimedMark(**{"step": step, "word": "completed", "closed_ns": at} | changes)


def step(name, *after, undo=True, **changes):
    """Declare a step, with a compensation unless told otherwise."""
    compensation = DeclaredUndo(step=f"undo-{name}", owner=f"{name}-service") if undo else None
    return DeclaredStep(name=name, owner=f"{name}-service", after=after, compensation=compensation, **changes)


def saga(*steps):
    """Declare a saga."""
    return DeclaredSaga(name="order", steps=steps, where="sagas/order.toml:12")


def learned(*undos, variants=()):
    """Make a history with (undoes, step, n, of) and (names, n)."""
    return LearnedSaga(
        saga="order",
        samples=100,
        says_end=True,
        undos=tuple(LearnedUndo(undoes=a, step=b, owner=None, n=n, of=of) for a, b, n, of in undos),
        variants=tuple(
            Variant(marks=tuple(Mark(*one) for one in marks), n=n, outcome="compensated") for marks, n in variants
        ),
    )


def order(plan):
    """Give what may run now, and what follows."""
    return [undo.step for undo in plan.next], [undo.step for undo in plan.later]


LINE = saga(step("a"), step("b", "a"), step("c", "b"))
FORK = saga(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c", undo=False))


@pytest.mark.parametrize(
    ("declared", "marks", "expected"),
    [
        (LINE, (done("a", 1), done("b", 2), done("c", 3)), (["undo-c"], ["undo-b", "undo-a"])),
        (LINE, (done("a", 1), done("b", 2)), (["undo-b"], ["undo-a"])),
        (LINE, (done("a", 3), done("b", 2)), (["undo-b"], ["undo-a"])),
        (LINE, (done("a"), done("b")), (["undo-b"], ["undo-a"])),
        (LINE, (done("a", 1), done("b", 2), done("undo-b", 3, compensates="b")), (["undo-a"], [])),
        (FORK, (done("a", 1), done("b", 3), done("c", 2)), (["undo-b", "undo-c"], ["undo-a"])),
        (FORK, (done("a", 1), done("b", 2), done("c", 3), done("d", 4)), (["undo-c", "undo-b"], ["undo-a"])),
        (FORK, (done("a", 1), done("undo-a", 2, compensates="a")), ([], [])),
        (LINE, (), ([], [])),
    ],
)
def test_what_came_later_is_undone_earlier(declared, marks, expected):
    """Compensations run in the reverse of the declared order; of two branches the later completed one comes first."""
    assert expected == order(undoing(marks, declared, None))


@pytest.mark.parametrize("word", ["running", "failed", "pending", "retrying"])
def test_a_compensation_that_is_not_done_holds_up_those_before_it(word):
    """Nothing is undone while what came after it is not; another branch may be."""
    marks = (done("a", 1), done("b", 2), done("c", 3), done("undo-b", None, compensates="b", word=word))
    plan = undoing(marks, FORK, None)

    assert (["undo-c"], ["undo-a"]) == order(plan)
    assert ["undo-b"] == [mark.step for mark in plan.begun]


def test_nothing_is_undone_past_the_pivot():
    """A completed pivot leaves nothing to undo, and a compensation that ran all the same is told."""
    declared = saga(step("a"), step("b", "a", pivot=True, undo=False), step("c", "b"))
    plan = undoing((done("a", 1), done("b", 2), done("c", 3), done("undo-a", 4, compensates="a")), declared, None)

    assert ([], []) == order(plan)
    assert "b" == plan.pivot
    assert plan.facts == (
        "b, the point of no return, is completed: nothing is undone any more",
        "But undo-a, which undoes a, was completed all the same",
    )


def test_what_declares_no_compensation_is_told():
    """A step without a compensation stays, holds nothing up, and history that says otherwise is told."""
    declared = saga(step("a"), step("b", "a", undo=False))
    plan = undoing((done("a", 1), done("b", 2)), declared, learned(("b", "void-b", 12.2, 40)))

    assert (["undo-a"], []) == order(plan)
    assert plan.facts == (
        "b declares no compensation and stays as it is",
        "But in 12 of 40 earlier failures after b, void-b undid it",
    )


def test_a_course_that_disagrees_with_the_declaration_is_told():
    """A step completed ahead of what it comes after is undone in the declared order, and it is said."""
    plan = undoing((done("a", 3), done("b", 2)), LINE, None)

    assert ("But b was completed before a, which it is declared to come after",) == plan.facts


REFUSED = (("reserve", "", "completed"), ("charge", "", "completed"), ("ship", "", "failed"))
PAID = learned(
    ("reserve", "release", 37, 41),
    ("charge", "refund", 30, 33),
    ("charge", "call-bank", 1, 33),
    variants=[
        (
            [*REFUSED, ("release", "reserve", "completed"), ("refund", "charge", "completed")],
            37,
        ),
        (
            [*REFUSED, ("refund", "charge", "completed")],
            4,
        ),
        ([("reserve", "", "completed"), ("charge", "", "completed"), ("ship", "", "completed")], 900),
    ],
)
FAILED = TimedMark(step="ship", word="failed", closed_ns=3)


def test_history_says_what_ran_next():
    """Without a declaration the transactions that stood alike give the order, one compensation after the other."""
    plan = undoing((done("reserve", 1), done("charge", 2), FAILED), None, PAID)

    assert (["release"], ["refund"]) == order(plan)
    assert "in 37 of 41 earlier failures at ship, release ran next" == plan.next[0].seen
    assert "in 30 of 33 earlier failures after charge, refund undid it" == plan.later[0].seen


def test_without_a_like_course_the_last_completed_is_undone_first():
    """Where no earlier transaction ran both compensations, the times of completion give the order."""
    history = learned(("reserve", "release", 37, 41), ("charge", "refund", 30, 33))

    assert (["refund"], ["release"]) == order(undoing((done("reserve", 1), done("charge", 2)), None, history))


def test_what_mostly_runs_first_is_first_where_the_state_is_new():
    """Where no transaction stood alike, those that ran several of the compensations say which one comes first."""
    plan = undoing((done("reserve", 1), done("charge", 2), done("unheard-of", 3)), None, PAID)

    assert (["release"], ["refund"]) == order(plan)
    assert "in 37 of 37 earlier transactions that ran several of what is left, release ran first" == plan.next[0].seen


def test_a_compensation_is_known_by_its_name_too():
    """Records that do not say what they undo are read by what history knows; so are the courses."""
    marks = (done("reserve", 1), done("charge", 2), FAILED, done("release", 4))
    plan = undoing(marks, None, PAID)

    assert (["refund"], []) == order(plan)
    assert {"reserve"} == plan.undone


def test_history_that_runs_what_may_not_run_yet_is_told():
    """The declared order stands, and where history mostly had another one that is said."""
    declared = saga(
        DeclaredStep(name="reserve", owner="i", compensation=DeclaredUndo(step="release", owner="i")),
        DeclaredStep(name="charge", owner="p", after=("reserve",), compensation=DeclaredUndo(step="refund", owner="p")),
    )
    plan = undoing((done("reserve", 1), done("charge", 2), FAILED), declared, PAID)

    assert (["refund"], ["release"]) == order(plan)
    assert ("But in 37 of 41 earlier failures at ship, release ran next",) == plan.facts


def test_the_compensation_that_is_due_comes_first():
    """Of two branches, the one whose compensation is known to be overdue goes first."""
    place = Place(
        step="undo-c",
        compensates="c",
        owner=None,
        state="pending",
        kind="compensation-stuck",
        limit_s=None,
        limit_basis="default",
    )

    assert (["undo-c", "undo-b"], ["undo-a"]) == order(
        undoing((done("a", 1), done("b", 3), done("c", 2)), FORK, None, place)
    )


NAMES = tuple("abcdef")


@st.composite
def cases(draw):
    """Make a declared saga without circles, and marks of some of its steps and compensations."""
    steps = [
        step(
            name,
            *draw(st.sets(st.sampled_from(NAMES[:nth]))) if nth else (),
            undo=draw(st.booleans()),
            pivot=draw(st.integers(0, 9)) == 0,
        )
        for nth, name in enumerate(NAMES)
    ]
    times = st.none() | st.integers(0, 50)
    words = st.sampled_from(["completed", "completed", "failed", "running"])
    forward = [done(name, draw(times), word=draw(words)) for name in draw(st.sets(st.sampled_from(NAMES)))]
    undos = [
        done(f"undo-{name}", draw(times), word=draw(words), compensates=name)
        for name in draw(st.sets(st.sampled_from(NAMES), max_size=3))
    ]
    history = learned(*((name, f"undo-{name}", 9, 10) for name in draw(st.sets(st.sampled_from(NAMES)))))
    return saga(*steps), draw(st.permutations([*forward, *undos])), draw(st.none() | st.just(history))


def ahead(declared, name):
    """Give all that comes before a step."""
    direct = next(one for one in declared.steps if one.name == name).after
    return {*direct, *(far for one in direct for far in ahead(declared, one))}


@given(cases())
def test_the_order_respects_what_came_after_what(case):
    """In any case: only what is completed, compensable and not undone, in reverse, and nothing past the pivot."""
    declared, marks, history = case
    plan = undoing(marks, declared, history)
    completed = {mark.step for mark in marks if mark.word == "completed" and not mark.compensates}
    touched = {mark.compensates: mark.word for mark in marks if mark.compensates}
    able = {one.name for one in declared.steps if one.compensation}
    order = [undo.undoes for undo in (*plan.next, *plan.later)]

    if any(one.pivot for one in declared.steps if one.name in completed):
        assert [] == order
        return
    assert sorted((completed & able) - touched.keys()) == sorted(order)
    for nth, name in enumerate(order):
        assert not any(name in ahead(declared, later) for later in order[nth + 1 :])
    for undo in plan.next:
        held = [other for other in order if undo.undoes in ahead(declared, other)]
        held += [one for one, word in touched.items() if word != "completed" and undo.undoes in ahead(declared, one)]

        assert [] == held
