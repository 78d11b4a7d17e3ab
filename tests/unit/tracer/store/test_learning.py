"""Learning from what the store keeps: what SQL counts, and when."""

import math
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import HOUR_S, LESSONS, event, knowing, limits, span, stands, step
from tests.worlds import NOON_NS, sparingly
from tracer.clock import NS_PER_S, FixedClock
from tracer.model.counts import StepFact, TimeCount, VariantCount
from tracer.model.sagas import DeclaredSaga, LearnedSaga, Mark, Place, StepKey, Verdict
from tracer.store import learning
from tracer.store.keeper import Keeper
from tracer.store.knowledge import known_of
from tracer.store.learning import Lessons, read_course

PLACE, RESERVE, PAY = (Mark(name, "", "completed") for name in ("place", "reserve", "pay"))
WEEK_S = 7 * 24 * HOUR_S


@dataclass(slots=True)
class Pupil:
    """A teacher that keeps what it was told of each saga the last time, and how often that was."""

    variants: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    lessons: int = 0

    def __call__(self, saga, variants, times, facts):
        """Learn nothing."""
        self.lessons += 1
        self.variants[saga] = [*variants]
        self.times[saga] = sorted(times, key=repr)
        self.facts[saga] = sorted(facts, key=repr)
        return LearnedSaga(saga=saga, samples=1.0, says_end=True)


def learn(lab):
    """Learn all that there is to learn."""
    while lab.keeper.learn():
        pass
    lab.settle()


def later(lab, seconds):
    """Let time go by."""
    lab.clock.ns += int(seconds * NS_PER_S)


def pupil_of(records, *, saga="order", now_s=HOUR_S, quiet_s=150.0):
    """Give what a teacher was told of a saga of which the store has these records."""
    pupil = Pupil()
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=quiet_s), now_s=now_s) as lab:
        lab.take(records)
        learn(lab)
    return pupil.variants.get(saga, []), pupil.times.get(saga, []), pupil.facts.get(saga, [])


def bucket(seconds):
    """Give the bucket of a duration."""
    return math.floor(4 * math.log2(seconds * NS_PER_S))


def took(name, seconds, n=1.0, **more):
    """Make the count of a step's duration."""
    return TimeCount(kind="step", after=StepKey(name), bucket=bucket(seconds), n=n, **more)


def went(before, after, seconds, n=1.0, **more):
    """Make the count of a hand-off's duration."""
    return TimeCount(kind="handoff", before=StepKey(before), after=StepKey(after), bucket=bucket(seconds), n=n, **more)


def course(name, at_s, *steps, **last):
    """Make a transaction of instantaneous steps, a second apart; what the last one says as well."""
    return [step(name, at_s + n, one, **(last if n == len(steps) - 1 else {})) for n, one in enumerate(steps)]


def says(name, begin_s, end_s, what, **more):
    """Make a span of the saga that says its step."""
    return span(name, begin_s, end_s, what, saga="order", step_by="attribute", owner=f"{what}-team", **more)


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


def test_an_empty_store_learns_nothing():
    """Without transactions the teacher is not asked, and nothing is kept."""
    pupil = Pupil()
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=1.0)) as lab:
        assert not lab.keeper.learn()
        assert 0 == pupil.lessons
        assert [] == lab.rows("SELECT * FROM learned")


def test_a_keeper_without_lessons_learns_nothing():
    """Where learning is off there is never anything to be done."""
    with knowing() as lab:
        lab.take(course("A", 0, "pay", outcome="completed"))

        assert not lab.keeper.learn()
        assert [] == lab.rows("SELECT * FROM learned")


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


def test_a_transaction_is_taken_in_once():
    """What comes late of a transaction that was learned does not count it again."""
    pupil = Pupil()
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=HOUR_S)) as lab:
        lab.take(course("A", 0, "place", "pay", outcome="completed"))
        learn(lab)
        lab.take([step("A", 50, "late", phase="observed"), *course("B", 60, "place", "pay", outcome="completed")])
        learn(lab)

        assert [VariantCount(marks=(PLACE, PAY), outcome="completed", n=2.0)] == pupil.variants["order"]
        assert 2 == pupil.lessons
        assert not lab.keeper.learn()


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
        knowing(lessons=Lessons(teacher=at_once, quiet_s=HOUR_S)) as one,
        knowing(lessons=Lessons(teacher=in_slices, quiet_s=HOUR_S)) as other,
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
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=150.0)) as lab:
        lab.take([one for n in range(5) for one in course(f"A{n}", n, "place")])
        lab.take([one for n in range(2) for one in course(f"B{n}", n, "pay")])
        learn(lab)

        assert {PAY: 2.0, PLACE: 1.0} == {one.marks[0]: one.n for one in pupil.variants["order"]}
        assert not lab.keeper.learn()
        later(lab, learning.SILENT_EVERY_S + 1)
        learn(lab)
        assert {PAY: 2.0, PLACE: 1.0} == {one.marks[0]: one.n for one in pupil.variants["order"]}


def test_what_names_no_saga_is_learned_together():
    """Transactions without the name of a saga are one saga, without a name."""
    variants, _, _ = pupil_of([event("A", 0, "place"), event("A", 1, "pay")], saga="")

    assert [VariantCount(marks=(PLACE, PAY), outcome=None, n=1.0)] == variants


def test_what_was_learned_counts_half_after_a_week():
    """Courses, times and facts fade; what comes new counts whole."""
    pupil = Pupil()
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=2 * WEEK_S)) as lab:
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
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=2 * WEEK_S)) as lab:
        lab.take([says("A", 0, 1, "place", outcome="completed")])
        learn(lab)
        later(lab, HOUR_S / 2)
        learn(lab)
        assert [(1.0,)] == lab.rows("SELECT n FROM course")
        for _ in range(14):
            later(lab, WEEK_S / 14)
            learn(lab)

        assert [(pytest.approx(0.5, rel=0.01),)] == lab.rows("SELECT n FROM course")


def test_what_is_still_open_counts_as_lasting_at_least_so_long():
    """A step that runs or was told to, and one that was not seen to begin, by where it comes from, are censored."""
    judge = _expecting("pay", "place")
    pupil = Pupil()
    with knowing(DeclaredSaga(name="order"), judged_by=judge, lessons=Lessons(teacher=pupil, quiet_s=60.0)) as lab:
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
    with knowing(lessons=Lessons(teacher=pupil, quiet_s=HOUR_S)) as lab:
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
        lab.keeper = Keeper(store=lab.store, clock=clock, lessons=Lessons(teacher=pupil, quiet_s=HOUR_S))
        lab.append(course("B", 5, "place", outcome="completed"))
        lab.store.fold(lambda session: session.run("learn_taken_clear"))
        lab.settle()

        assert [(0,)] == lab.rows("SELECT count(*) FROM lesson_txn")
        learn(lab)
        assert 2.0 == sum(one.n for one in pupil.variants["order"])
        assert LearnedSaga(saga="order", samples=1.0, says_end=True, closer="place-team") == (
            lab.store.read(partial(known_of, saga="order")).learned
        )
