"""What holds for the advice in any situation, however odd."""

from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.advice_cases import case, coming, place
from tests.unit.tracer.analysis.test_undoing import NAMES, ahead, cases
from tracer.analysis.advising import advise
from tracer.model.sagas import DeclaredSaga, Verdict
from tracer.model.words import StallKind

KINDS = st.sampled_from(get_args(StallKind))


@st.composite
def nights(draw):
    """Make a transaction that is stuck anywhere, at a forward step or a compensation, or not at all."""
    declared, marks, history = draw(cases())
    name = draw(st.sampled_from(NAMES))
    undo = place(f"undo-{name}", "compensation-stuck", compensates=draw(st.sampled_from(["", name])))
    at = draw(st.none() | st.just(undo) | st.builds(lambda kind: place(name, kind), KINDS))
    steps = tuple(
        replace(
            one,
            idempotent=draw(st.sampled_from([None, True, False])),
            retry_max=draw(st.none() | st.integers(0, 3)),
            run=draw(st.sampled_from([None, "run {transaction_id} {rid}"])),
        )
        for one in declared.steps
    )
    remaining = draw(st.sampled_from([(), (coming("f"),)]))
    return case(
        *marks,
        stuck=at,
        declared=draw(st.sampled_from([None, DeclaredSaga(name="order", steps=steps)])),
        learned=history,
        verdict=Verdict(places=draw(st.sampled_from([(), (place(name),)])), remaining=remaining),
        values={"rid": draw(st.sampled_from([(), ("r-1",), ("r-1", "r-2")]))},
    )


def facts(about):
    """Give what is completed, what is compensated, and whether the pivot is passed."""
    completed = {one.step for one in about.marks if one.word == "completed" and not one.compensates}
    undone = {one.compensates for one in about.marks if one.word == "completed" and one.compensates}
    pivots = {one.name for one in about.declared.steps if one.pivot} if about.declared else set()
    return completed, undone, bool(pivots & completed)


@given(nights())
def test_nothing_is_undone_twice_or_past_the_pivot(about):
    """No compensation, first or repeated, of what is compensated already, and none once the pivot is completed."""
    _, undone, is_past = facts(about)

    for advice in advise(about):
        if advice.action in {"compensate", "retry"} and advice.compensates:
            assert advice.compensates not in undone
            assert not is_past


@given(nights())
def test_what_came_later_is_undone_first(about):
    """No step is to be undone while a completed step that came after it can be and is not."""
    if about.declared is None:
        return
    completed, undone, _ = facts(about)
    able = {one.name for one in about.declared.steps if one.compensation}
    planned = [one.compensates for one in advise(about) if one.action == "compensate"]
    begun = {one.compensates for one in about.marks if one.compensates}
    due = about.stuck_place.compensates if about.stuck_place else ""

    for name in planned:
        if name in completed and name not in begun and name != due:
            assert not any(name in ahead(about.declared, other) for other in (completed & able) - undone)


@given(nights())
def test_the_advice_is_ranked_and_bounded(about):
    """Ranks count from one, confidence falls and lies between 0 and 1, and the same thing is not advised twice."""
    advice = advise(about)

    assert list(range(1, len(advice) + 1)) == [one.rank for one in advice]
    assert sorted((one.confidence for one in advice), reverse=True) == [one.confidence for one in advice]
    assert all(0.0 <= one.confidence <= 1.0 for one in advice)
    assert len(advice) == len({(one.action, one.step, one.compensates) for one in advice})
    assert all(one.why.endswith(".") for one in advice)


@given(nights())
def test_a_stuck_transaction_always_gets_advice(about):
    """Whatever is known or not, somebody is told to do something; what must not be repeated is not."""
    advice = advise(about)
    never = {one.name for one in about.declared.steps if one.idempotent is False} if about.declared else set()

    assert advice or not (about.stuck_place or about.marks or about.verdict.places)
    assert not [one for one in advice if one.action == "retry" and one.step in never]


@given(nights())
def test_a_command_is_whole_or_missing(about):
    """A command has the one value that there is, and where there is none the sentence says so."""
    for advice in advise(about):
        if advice.command is not None:
            assert "run order-7 r-1" == advice.command
        elif "There is no command" in advice.why:
            assert about.values("rid") != ("r-1",)
