"""Learning from what the store keeps: what SQL counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pupils import PAY, PLACE, RESERVE, Pupil, bucket, course, learn, lessons_of, pupil_of, says, took, went
from tests.stories import HOUR_S, event, knowing, step
from tests.worlds import NOON_NS, sparingly
from tracer.clock import NS_PER_S
from tracer.model.counts import StepFact, VariantCount
from tracer.model.sagas import DeclaredSaga, Mark, Place, StepKey, Verdict
from tracer.store import learning
from tracer.store.learning import read_course

NAMES = {1: PLACE, 2: RESERVE, 3: PAY}


@pytest.mark.parametrize(
    ("text", "marks", "overlaps"),
    [
        ("p1", (PLACE,), ()),
        ("p1 p2 p3", (PLACE, RESERVE, PAY), ()),
        ("b1 e1 b2 e2", (PLACE, RESERVE), ()),
        ("b1 b2 e1 e2", (PLACE, RESERVE), ((0, 1),)),
        ("b1 p2 p3 e1", (PLACE, RESERVE, PAY), ((0, 1), (0, 2))),
        ("b3 b1 e3 p2 e1", (PAY, PLACE, RESERVE), ((0, 1), (1, 2))),
        ("e1 b1", (PLACE,), ()),
    ],
)
def test_a_course_is_read_as_it_is_written(text, marks, overlaps):
    """Steps stand in the order of their beginnings; what began while another ran overlaps with it."""
    assert (marks, overlaps) == read_course(text, NAMES)


def test_a_handful_of_transactions():
    """Courses, times and facts are those that one would count by hand."""
    records = [
        *(says("A", 0, 2, "place"), says("A", 3, 7, "pay", outcome="completed")),
        *(says("B", 100, 102, "place"), says("B", 103, 107, "pay", outcome="completed")),
        *(says("C", 200, 202, "place"), says("C", 210, 211, "pay", phase="failed", attempt=1)),
        says("C", 220, 221, "pay", phase="failed", attempt=2, outcome="failed"),
    ]
    variants, times, facts = pupil_of(records)

    assert [
        VariantCount(marks=(PLACE, PAY), outcome="completed", n=2.0),
        VariantCount(marks=(PLACE, Mark("pay", "", "failed")), outcome="failed", n=1.0),
    ] == variants
    assert sorted(
        [
            took("place", 2, n=3.0),
            took("pay", 4, n=2.0),
            took("pay", 11),
            went("place", "pay", 1, n=2.0),
            went("place", "pay", 8),
        ],
        key=repr,
    ) == sorted(times, key=repr)
    assert [
        StepFact(key=StepKey("pay"), owner="pay-team", n=3.0, retried=1.0, failed=1.0, most_attempts=2),
        StepFact(key=StepKey("place"), owner="place-team", n=3.0),
    ] == facts


def test_what_undoes_a_step_and_what_runs_beside_another_is_counted_as_such():
    """A compensation is a mark of its own, and steps that ran at the same time are told; the last end hands over."""
    records = [
        *(says("A", 0, 5, "reserve"), says("A", 1, 4, "pay", phase="failed")),
        says("A", 6, 7, "release", compensates="reserve", phase="compensated", outcome="compensated"),
    ]
    variants, times, _ = pupil_of(records)

    marks = (RESERVE, Mark("pay", "", "failed"), Mark("release", "reserve", "completed"))
    assert [VariantCount(marks=marks, overlaps=((0, 1),), outcome="compensated", n=1.0)] == variants
    assert {("reserve", 1)} == {
        (one.before.step, 2 ** (one.bucket // 4 - bucket(1) // 4)) for one in times if one.kind == "handoff"
    }


STEPS = st.sampled_from(("place", "pay", "ship", "mail"))
SHAPES = st.lists(
    st.tuples(
        st.lists(st.tuples(STEPS, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4),
        st.sampled_from(("completed", "failed")),
        st.sampled_from(("order", "parcel")),
    ),
    min_size=1,
    max_size=8,
)


def shaped(shapes):
    """Give the records of transactions of these shapes: steps that begin and last so long."""
    for n, (spans, outcome, saga) in enumerate(shapes):
        for m, (name, begin_s, long_s) in enumerate(spans):
            last = {"outcome": outcome} if m == len(spans) - 1 else {}
            one = says(f"T{n}", 20 * n + begin_s, 20 * n + begin_s + long_s, name, uid=f"{n} {m}")
            yield one | {"saga": saga} | last


def counted(pupil):
    """Give all that a pupil was told, in an order of its own."""
    return {
        saga: (sorted(pupil.variants[saga], key=repr), pupil.times[saga], pupil.facts[saga]) for saga in pupil.variants
    }


@given(SHAPES, st.randoms(use_true_random=False), st.integers(1, 3), st.integers(1, 9))
@sparingly(5)
def test_what_is_learned_does_not_go_by_slices_or_the_order_of_arrival(shapes, chance, most, batch):
    """However the transactions were sliced, and in whatever order their records came, the same was counted."""
    records = [*shaped(shapes)]
    at_once, in_slices = Pupil(), Pupil()
    with (
        knowing(lessons=lessons_of(at_once, HOUR_S)) as one,
        knowing(lessons=lessons_of(in_slices, HOUR_S)) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        one.take(records)
        learn(one)
        patch.setattr(learning, "MAX_SLICE", most)
        order = chance.sample(records, len(records))
        for n in range(0, len(order), batch):
            other.take(order[n : n + batch])
        learn(other)

    assert counted(at_once) == counted(in_slices)


def test_what_names_no_saga_is_learned_together():
    """Transactions without the name of a saga are one saga, without a name."""
    variants, _, _ = pupil_of([event("A", 0, "place"), event("A", 1, "pay")], saga="")

    assert [VariantCount(marks=(PLACE, PAY), outcome=None, n=1.0)] == variants


def test_what_is_still_open_counts_as_lasting_at_least_so_long():
    """A step that runs or was told to, and one that was not seen to begin, by where it comes from, are censored."""
    judge = _expecting("pay", "place")
    pupil = Pupil()
    with knowing(DeclaredSaga(name="order"), judged_by=judge, lessons=lessons_of(pupil, 60.0)) as lab:
        lab.take([one for n in range(3) for one in course(f"A{n}", n, "place", "pay", outcome="completed")])
        lab.take([*course("B", HOUR_S - 100, "place"), step("C", HOUR_S - 50, "ship", phase="started")])
        lab.take([step("D", HOUR_S - 20, "pay", phase="command")])
        learn(lab)

        expected = [went("place", "pay", 100, censored=True), took("pay", 20, censored=True)]
        assert [*expected, took("ship", 50, censored=True)] == [one for one in pupil.times["order"] if one.censored]


def _expecting(name, after):
    """Make a judge that lets a step follow another, and leaves all else as it is."""

    def judge(marks, declared, learned):
        del declared, learned
        running = [one for one in marks if one.is_open]
        common = {"compensates": "", "owner": None, "limit_s": 1e6, "limit_basis": "learned"}
        if running:
            return Verdict(places=(Place(step=running[0].step, state="running", kind="step-overdue", **common),))
        of = (StepKey(after),)
        return Verdict(places=(Place(step=name, state="pending", kind="handoff-lost", of=of, **common),))

    return judge


def test_the_skew_of_a_participants_clock_is_taken_out_of_the_order():
    """What a service with a slow clock did after another stands after it, as what arrives shows."""
    records = []
    for n in range(40):
        behind = {"at_ns": NOON_NS + int((10 * n + 1 - 5) * NS_PER_S), "received_ns": NOON_NS + (10 * n + 1) * NS_PER_S}
        records += [step(f"A{n}", 10 * n, "place"), step(f"A{n}", 10 * n + 1, "pay", outcome="completed", **behind)]
    variants, times, _ = pupil_of(records)

    assert [VariantCount(marks=(PLACE, PAY), outcome="completed", n=40.0)] == variants
    assert [went("place", "pay", 1, n=40.0)] == times


def test_clocks_that_few_records_tell_of_are_taken_as_they_are():
    """A few late records are no skew."""
    records = []
    for n in range(5):
        behind = {"at_ns": NOON_NS + int((10 * n + 1 - 5) * NS_PER_S), "received_ns": NOON_NS + (10 * n + 1) * NS_PER_S}
        records += [step(f"A{n}", 10 * n, "place", outcome="completed"), step(f"A{n}", 10 * n + 1, "pay", **behind)]

    assert [VariantCount(marks=(PAY, PLACE), outcome="completed", n=5.0)] == pupil_of(records)[0]


def test_transactions_of_too_many_steps_are_left_out():
    """Ever new steps in one transaction show nothing, and fill no tables."""
    many = course("A", 0, *(f"step {n}" for n in range(200)), outcome="completed")
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil, HOUR_S)) as lab:
        lab.take([*many, *course("B", 0, "place", outcome="completed")])
        learn(lab)

        assert [VariantCount(marks=(PLACE,), outcome="completed", n=1.0)] == pupil.variants["order"]
        assert ([], ["place"]) == (pupil.times["order"], [one.key.step for one in pupil.facts["order"]])
        assert [(1,)] == lab.rows("SELECT count(*) FROM course_name")


@pytest.mark.parametrize("at_ns", [(1 << 63) - 1, 0, -9_200_000_000_000_000_000])
def test_times_beyond_all_dates_teach_no_worse_than_nothing(at_ns):
    """A mad clock in one transaction, ended or open, keeps no other from being learned."""
    mad = [step("A", 0, "place", at_ns=at_ns), step("A", 1, "pay", outcome="completed")]
    records = [
        *mad,
        step("B", 0, "pay", at_ns=at_ns, phase="started"),
        *course("C", 9, "place", "pay", outcome="completed"),
    ]
    variants, _, _ = pupil_of(records)

    assert 2.0 == sum(one.n for one in variants)
    assert (PLACE, PAY) in {one.marks for one in variants}
