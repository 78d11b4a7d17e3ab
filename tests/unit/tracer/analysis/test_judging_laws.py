"""Laws of the judgement that hold whatever was seen, declared and learned."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.courses import learned
from tests.situations import LIMITS, step
from tracer.analysis.judging import judge
from tracer.analysis.learning import StepFact, VariantCount
from tracer.model.sagas import (
    MAX_COUNTED_ATTEMPTS,
    DeclaredSaga,
    DeclaredStep,
    DeclaredUndo,
    LearnedEnd,
    LearnedHandoff,
    LearnedSaga,
    LearnedStep,
    LearnedUndo,
    Limits,
    Mark,
    Pattern,
    StepKey,
    Timing,
    Variant,
)

NAMES = ("a", "b", "c", "d", "e")
WORDS = ("pending", "running", "waiting", "retrying", "completed", "failed")
OUTCOMES = st.sampled_from([None, None, "completed", "failed", "compensated", "cancelled"])

texts = st.sampled_from([*NAMES, "", "undo-a"]) | st.text(max_size=3)
seconds = st.none() | st.floats(0, 1e7)
weights = st.floats(0, 1e6)
counts = st.integers(1, MAX_COUNTED_ATTEMPTS)
keys = st.builds(StepKey, texts, st.just("") | texts)
any_marks = st.builds(Mark, texts, st.just("") | texts, st.sampled_from(WORDS), counts)
courses = st.lists(any_marks, max_size=6, unique_by=lambda mark: mark.key).map(tuple)
undos = st.builds(DeclaredUndo, step=texts, owner=texts, deadline_s=seconds)
steps = st.builds(
    DeclaredStep,
    name=texts,
    owner=texts,
    after=st.lists(texts, max_size=3).map(tuple),
    deadline_s=seconds,
    waits=st.booleans(),
    optional=st.booleans(),
    retry_max=st.none() | st.integers(0, 20),
    pivot=st.booleans(),
    compensation=st.none() | undos,
)
endings = st.sampled_from([(), (Pattern(name="order.done"),)])
any_declared = st.none() | st.builds(
    DeclaredSaga,
    name=st.just("order"),
    deadline_s=seconds,
    completes=endings,
    steps=st.lists(steps, max_size=6).map(tuple),
)
timings = st.none() | st.builds(Timing, n=weights, censored=weights, p50_s=seconds, p95_s=seconds, limit_s=seconds)
any_learned = st.none() | st.builds(
    LearnedSaga,
    saga=st.just("order"),
    samples=weights,
    says_end=st.booleans(),
    closer=st.none() | texts,
    steps=st.lists(
        st.builds(
            LearnedStep,
            step=texts,
            compensates=st.just("") | texts,
            owner=st.none() | texts,
            n=weights,
            retried_well=weights,
            waits=st.booleans(),
            timing=timings,
        ),
        max_size=6,
    ).map(tuple),
    handoffs=st.lists(
        st.builds(
            LearnedHandoff, before=st.none() | keys, after=keys, n=weights, share=st.floats(0, 1), timing=timings
        ),
        max_size=6,
    ).map(tuple),
    variants=st.lists(st.builds(Variant, marks=courses, n=weights, outcome=OUTCOMES), max_size=4).map(tuple),
    undos=st.lists(
        st.builds(LearnedUndo, undoes=texts, step=texts, owner=st.none() | texts, n=weights, of=weights), max_size=2
    ).map(tuple),
    ends=st.lists(
        st.builds(LearnedEnd, key=keys, outcome=OUTCOMES.filter(bool), n=weights, of=weights), max_size=3
    ).map(tuple),
    concurrent=st.lists(st.tuples(keys, keys), max_size=3).map(tuple),
)


@st.composite
def sagas(draw):
    """Declare steps that come after earlier ones, in some order of declaration."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    made = [
        step(
            name,
            " ".join(draw(st.sets(st.sampled_from(names[:n]), max_size=2))) if n else "",
            undo=f"undo-{name}" if draw(st.booleans()) else "",
            optional=draw(st.integers(0, 3)) == 0,
            retry_max=draw(st.sampled_from([None, 0, 2])),
            deadline_s=draw(st.sampled_from([None, 5.0])),
        )
        for n, name in enumerate(names)
    ]
    return DeclaredSaga(name="order", steps=tuple(draw(st.permutations(made))))


@st.composite
def histories(draw):
    """Learn from some courses of a few steps."""
    rows = []
    for _ in range(draw(st.integers(1, 5))):
        order = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
        course = [Mark(name, "", draw(st.sampled_from(["completed", "completed", "failed"]))) for name in order]
        if course[-1].word == "failed" and len(course) > 1:
            course.append(Mark(f"undo-{course[0].step}", course[0].step, "completed"))
        rows.append(VariantCount(marks=tuple(course), n=draw(st.floats(1, 100)), outcome=draw(OUTCOMES)))
    facts = [
        StepFact(key=StepKey(name), owner=f"{name}-owner", n=10.0, retried=3.0, retried_well=2.0) for name in NAMES
    ]
    saga = learned(*rows, facts=facts, min_samples=0)
    known = st.builds(
        lambda p50_s: Timing(n=99.0, censored=0.0, p50_s=p50_s, p95_s=2 * p50_s, limit_s=3 * p50_s), times
    )
    return replace(
        saga,
        steps=tuple(replace(one, timing=draw(known)) for one in saga.steps),
        handoffs=tuple(replace(one, timing=draw(known)) for one in saga.handoffs),
    )


times = st.floats(0.001, 1e5)
sorted_marks = st.lists(
    st.builds(Mark, st.sampled_from(NAMES), st.just(""), st.sampled_from(WORDS), counts), max_size=4
)


@st.composite
def walks(draw):
    """Make a saga and a situation that a transaction of it can reach, step by step as the judgement expects it."""
    declared = draw(sagas())
    marks: dict[StepKey, Mark] = {}
    for _ in range(draw(st.integers(0, 9))):
        places = judge(tuple(marks.values()), declared, None, LIMITS).places
        if not places:
            break
        place = draw(st.sampled_from(places))
        word = draw(st.sampled_from(["running", "completed", "completed", "completed", "failed"]))
        attempts = min(MAX_COUNTED_ATTEMPTS, marks[place.key].attempts + 1) if place.key in marks else 1
        marks[place.key] = Mark(*place.key, word, attempts if word == "failed" else 1)
    return declared, tuple(marks.values())


def walked(saga, marks=()):
    """Complete whatever is expected first, until it is over; give the steps in their order."""
    known = {mark.key: mark for mark in marks}
    done = []
    for _ in range(40):
        verdict = judge(tuple(known.values()), saga, None, LIMITS)
        if verdict.ends:
            return done, verdict.ends
        key = verdict.places[0].key
        done.append(key)
        known[key] = Mark(*key, "completed")
    pytest.fail(f"it goes round in circles: {done}")


situations = st.lists(any_marks, max_size=6)


@given(situations, any_declared, any_learned)
@example([], DeclaredSaga(name="order"), None)
@example(
    [Mark("a", "", "running")], DeclaredSaga(name="order", steps=(step("a", "a"), step("b", "c"), step("c", "b"))), None
)
def test_any_situation_has_places_or_an_end_and_never_both(marks, declared, learned_):
    """Whatever was seen, declared or learned, also where it makes no sense; nothing raises."""
    verdict = judge(marks, declared, learned_, LIMITS)
    opened = [one.key for one in verdict.places]

    assert not (verdict.ends and verdict.places)
    assert all(place.limit_s is None or place.limit_s >= 0 for place in verdict.places)
    assert set(opened) <= {mark.key for mark in marks} | _known(declared, learned_)
    assert verdict.finish_p is None or 0 <= verdict.finish_p <= 1
    assert all(0 <= one.p <= 1 for one in verdict.remaining)
    assert all(0 <= place.p <= 1 + 1e-9 for place in verdict.places)
    assert verdict.end_s is None or list(verdict.end_s) == sorted(verdict.end_s)


def _known(declared, learned_):
    own = declared.steps if declared else ()
    undone = {StepKey(one.compensation.step, one.name) for one in own if one.compensation}
    seen = {mark.key for one in learned_.variants for mark in one.marks} if learned_ else set()
    return {StepKey(one.name) for one in own} | undone | seen


@given(situations, any_declared, any_learned, st.data())
def test_the_order_of_marks_and_their_doubles_change_nothing(marks, declared, learned_, data):
    """A situation is a set."""
    told = data.draw(st.permutations([*marks, *marks[:3]]))

    assert judge(marks, declared, learned_, LIMITS) == judge(told, declared, learned_, LIMITS)


@given(sorted_marks, histories())
def test_history_says_chances_and_times_in_order(marks, history):
    """Chances lie in 0..1, guesses are low, middle and high, places are distinct."""
    verdict = judge(marks, None, history, replace(LIMITS, min_samples=0))

    assert len({one.key for one in verdict.places}) == len(verdict.places)
    assert all(0.05 <= one.p <= 1 for one in verdict.remaining)
    assert not {one.key for one in verdict.places if one.of and one.state == "pending"} & {mark.key for mark in marks}
    assert verdict.end_s is None or 0 <= verdict.end_s[0] <= verdict.end_s[1] <= verdict.end_s[2]
    assert verdict.finish_p is None or 0 <= verdict.finish_p <= 1


@given(st.lists(st.floats(1, 100), min_size=1, max_size=5))
def test_chances_fall_off_along_one_way(weights_):
    """Where every course is the beginning of one, no later step is likelier than an earlier one."""
    ways = [
        VariantCount(marks=tuple(Mark(name, "", "completed") for name in NAMES[: n + 1]), n=weight)
        for n, weight in enumerate(weights_)
    ]
    remaining = judge((), None, learned(*ways, min_samples=0), replace(LIMITS, min_samples=0)).remaining

    assert all(later.p <= earlier.p for earlier, later in pairwise(remaining))


@given(sorted_marks, histories(), st.floats(1.0, 1e4))
def test_a_history_that_is_too_short_says_nothing(marks, history, more):
    """Neither an alarm nor an end nor a chance."""
    limits = Limits(min_samples=int(history.samples + more) + 100)  # no timing has so many, either
    verdict = judge(marks, None, history, limits)

    assert judge(marks, None, None, limits).places == tuple(
        replace(one, owner=None, expected_s=None, basis="default") if not one.of else one for one in verdict.places
    )
    assert (None, (), None, None) == (verdict.ends, verdict.remaining, verdict.finish_p, verdict.end_s)


@given(walks())
def test_a_declared_transaction_always_stands_somewhere_or_is_over(walk):
    """Each place is named once, none of a step that is completed, compensations only of what was seen."""
    declared, marks = walk
    verdict = judge(marks, declared, None, LIMITS)
    seen = {mark.key: mark for mark in marks}

    assert bool(verdict.places) != bool(verdict.ends)
    assert len({one.key for one in verdict.places}) == len(verdict.places)
    for place in verdict.places:
        assert place.key not in seen or seen[place.key].is_open or seen[place.key].word == "failed"
        assert not place.compensates or StepKey(place.compensates) in seen


@given(sagas())
def test_whoever_does_what_is_expected_completes_a_declared_saga(declared):
    """No declaration leads into a place without a way on; each step is done once, after its predecessors."""
    done, ends = walked(declared)
    places = {key.step: n for n, key in enumerate(done)}

    assert "completed" == ends
    assert len(places) == len(done)
    for own in declared.steps:
        before = [places[name] for name in own.after if name in places]
        assert own.name not in places or all(n < places[own.name] for n in before)
        assert own.optional or own.name in places


@given(walks())
def test_whoever_does_what_is_expected_brings_any_transaction_to_its_end(walk):
    """From wherever it stands: completed, or undone later steps first."""
    declared, marks = walk
    done, ends = walked(declared, marks)
    undone = [key.compensates for key in done if key.compensates]
    after = {own.name: own.after for own in declared.steps}

    assert ends in {"completed", "failed", "compensated"}
    for n, name in enumerate(undone):
        assert not any(name in after[later] for later in undone[n + 1 :])


@given(walks(), st.data())
def test_lost_records_bring_no_earlier_step_back(walk, data):
    """Where the end of a step got lost, and a later step was seen, it is not asked for again."""
    declared, marks = walk
    later = {mark.step for mark in marks if not mark.compensates}
    passed = [
        m for m in marks if m.word == "completed" and any(m.step in s.after for s in declared.steps if s.name in later)
    ]
    lost = data.draw(st.sets(st.sampled_from(passed)) if passed else st.just(set()))
    known = [mark._replace(word="running") if mark in lost else mark for mark in marks]
    verdict = judge(known, declared, None, LIMITS)

    assert not {mark.key for mark in lost} & {place.key for place in verdict.places}
    assert _kinds(verdict) == _kinds(judge(marks, declared, None, LIMITS))


def _kinds(verdict):
    return verdict.ends or {(place.key, place.kind) for place in verdict.places}
