import pytest

from tests.courses import PAY, PLACE, SHIP, course, learned
from tracer.analysis.learning import StepFact, TimeCount, VariantCount
from tracer.analysis.survival import upper_edge_s
from tracer.model.sagas import LearnedStep, Mark


def test_retries():
    """Facts of a step are added up; who did it most often owns it."""
    saga = learned(
        facts=[
            StepFact(key=PAY, owner="old", n=10, retried=2, retried_well=1, failed=1, most_attempts=2),
            StepFact(key=PAY, owner="payment", n=90, retried=8, retried_well=7, failed=1, most_attempts=5, waits=True),
        ],
    )

    assert (
        LearnedStep(
            step="pay",
            compensates="",
            owner="payment",
            n=100,
            retried=10,
            retried_well=8,
            failed=2,
            most_attempts=5,
            waits=True,
        ),
    ) == saga.steps


def test_the_number_of_tries_makes_no_other_variant():
    """A course is the same whether a step worked at once or at the third try."""
    often = VariantCount(marks=(Mark("pay", "", "completed", 3),), n=4, outcome="completed")
    saga = learned(course(5, "pay", "completed"), often)

    assert [(9, (Mark("pay", "", "completed", 1),))] == [(one.n, one.marks) for one in saga.variants]


def test_times_go_to_their_step_and_to_their_handoff():
    """What is no cause is passed over, though a time was measured for it."""
    saga = learned(
        course(50, "place pay ship", "completed"),
        times=[
            TimeCount(kind="step", after=PAY, bucket=10, n=50),
            TimeCount(kind="handoff", before=PLACE, after=PAY, bucket=20, n=50),
            TimeCount(kind="handoff", before=PLACE, after=SHIP, bucket=30, n=50),
            TimeCount(kind="handoff", before=None, after=PLACE, bucket=2, n=50),
        ],
    )

    assert {"pay": upper_edge_s(10)} == {step.step: step.timing.limit_s for step in saga.steps if step.timing}
    assert {(None, PLACE): upper_edge_s(2), (PLACE, PAY): upper_edge_s(20)} == {
        (way.before, way.after): way.timing.limit_s for way in saga.handoffs if way.timing
    }


def test_a_step_in_which_everybody_is_stuck_has_no_limit():
    """Those who got through quickly do not speak for those who stand there."""
    saga = learned(
        course(10, "place pay", "completed"),
        times=[
            TimeCount(kind="step", after=PAY, bucket=10, n=10),
            TimeCount(kind="step", after=PAY, bucket=160, n=90, censored=True),
        ],
    )

    (timed,) = (step.timing for step in saga.steps if step.timing)
    assert (100, 90, None, None) == (timed.n, timed.censored, timed.p50_s, timed.limit_s)


# --- limits ---------------------------------------------------------------------------------------------------


def test_the_heaviest_variants_are_kept():
    """In the order of their weight, and only so many."""
    saga = learned(*(course(n, f"place step-{n}", "completed") for n in range(1, 6)), max_variants=2)

    assert [5, 4] == [one.n for one in saga.variants]
    assert 15 == saga.samples


@pytest.mark.parametrize(
    "odd", [course(9, " ".join(f"order-{n}" for n in range(65)), "completed"), course(9, ""), course(9, "pay pay")]
)
def test_what_is_no_course_is_not_learned(odd):
    """No step, a step twice, or ids for steps."""
    assert learned(course(5, "place", "completed")) == learned(course(5, "place", "completed"), odd)
