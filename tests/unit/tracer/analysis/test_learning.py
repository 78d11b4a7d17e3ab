import pytest

from tests.courses import PACK, PAY, SHIP, course, ends, learned, marks, ways
from tracer.analysis.learning import StepFact
from tracer.model.sagas import LearnedEnd, LearnedUndo, StepKey

# --- order, branches, choices ---------------------------------------------------------------------------------


def test_linear():
    """Each step hands over to the next one."""
    saga = learned(course(50, "place pay ship", "completed"))

    assert {(None, "place"): 1, ("place", "pay"): 1, ("pay", "ship"): 1} == ways(saga)
    assert () == saga.concurrent


@pytest.mark.parametrize("overlaps", [(), [("pay", "pack")]])
def test_parallel_branches_join(overlaps):
    """Branches that come in either order each begin after the fork, and the join after each of them."""
    saga = learned(
        course(60, "place pay pack ship", "completed", overlaps),
        course(40, "place pack pay ship", "completed", overlaps),
    )

    assert {
        (None, "place"): 1,
        ("place", "pay"): 1,
        ("place", "pack"): 1,
        ("pay", "ship"): 1,
        ("pack", "ship"): 1,
    } == ways(saga)
    assert ((PACK, PAY),) == saga.concurrent


def test_parallel_branches_that_always_begin_in_one_order():
    """What runs at the same time is concurrent, whoever is sent first."""
    saga = learned(course(50, "place pay pack ship", "completed", [("pay", "pack")]))

    assert ((PACK, PAY),) == saga.concurrent
    assert 1 == ways(saga)["place", "pack"]


def test_long_branches_join_at_their_last_steps():
    """Only what lies directly before a step hands over to it."""
    saga = learned(
        course(30, "place pay bill pack label ship", "completed"),
        course(30, "place pack label pay bill ship", "completed"),
    )

    assert {"bill", "label"} == {before for before, after in ways(saga) if after == "ship"}
    assert {"place"} == {before for before, after in ways(saga) if after in {"pay", "pack"}}


def test_alternatives():
    """A choice gives shares that add up to one; its ways are not concurrent, because none ever meets the other."""
    saga = learned(course(70, "place ship", "completed"), course(30, "place pickup", "completed"))

    assert {(None, "place"): 1, ("place", "ship"): 0.7, ("place", "pickup"): 0.3} == ways(saga)
    assert () == saga.concurrent


def test_a_few_skewed_clocks_turn_no_order_round():
    """Two in a hundred that show the effect before its cause change neither cause nor concurrency."""
    saga = learned(course(98, "place pay ship", "completed"), course(2, "place ship pay", "completed"))

    assert {(None, "place"): 1, ("place", "pay"): 1, ("pay", "ship"): 1} == ways(saga)
    assert () == saga.concurrent


def test_a_few_overlaps_are_not_concurrency():
    """Nor do two in a hundred that seem to run at the same time."""
    saga = learned(
        course(98, "place pay ship", "completed"), course(2, "place pay ship", "completed", [("pay", "ship")])
    )

    assert () == saga.concurrent


def test_one_transaction_is_no_evidence_of_concurrency():
    """With a single overlap among few, the order of beginnings counts."""
    saga = learned(course(1, "place pay", "completed", [("place", "pay")]))

    assert {(None, "place"): 1, ("place", "pay"): 1} == ways(saga)


@pytest.mark.parametrize(("often", "once"), [("pay pack", "pack pay"), ("pack pay", "pay pack")])
def test_two_orders_of_the_same_weight_are_none(often, once):
    """Nor does the last digit of a sum decide: three tenths came one way, three tenths the other."""
    tenths = (course(0.1, often, outcome) for outcome in ("completed", "failed", "cancelled"))
    saga = learned(*tenths, course(0.3, once, "completed"))

    assert {(None, "pay"): 1, (None, "pack"): 1} == ways(saga)


def test_orders_that_run_in_a_circle_still_have_causes():
    """Orders that were learned from different transactions may contradict each other: every step keeps a cause."""
    saga = learned(
        course(50, "a b c end", "completed"), course(200, "b c end", "completed"), course(300, "c a end", "completed")
    )

    assert {after for _, after in ways(saga)} == {"a", "b", "c", "end"}
    assert {before for before, after in ways(saga) if after == "end"} <= {"a", "b", "c"}


def test_a_failed_step_hands_over_to_what_undoes_the_others():
    """The share is of those in which it failed, for that is when the next one comes."""
    saga = learned(course(70, "place pay ship", "completed"), course(30, "place pay! unplace~place", "compensated"))

    assert 1 == ways(saga)["pay", "unplace"]
    assert 1 == ways(saga)["pay", "ship"]


def test_one_that_went_another_way_does_not_make_the_usual_way_rare():
    """Compensation after failure is the rule, also where once somebody cancelled after the step had completed."""
    saga = learned(
        course(70, "place pay ship", "completed"),
        course(30, "place pay! unplace~place", "compensated"),
        course(1, "place pay unplace~place", "cancelled"),
    )

    assert 1 == ways(saga)["pay", "unplace"]


def test_a_step_that_never_ended_hands_over_to_nobody():
    """Its end was not seen, so nothing is known from there; the next one is still no first step."""
    saga = learned(course(50, "place pay? ship", "completed"))

    assert {(None, "place"): 1, ("place", "pay"): 1} == ways(saga)


# --- compensation ---------------------------------------------------------------------------------------------


def test_compensation_in_reverse_order():
    """Each pair counts the failed transactions that had completed its step; the variant keeps the order."""
    back = "reserve pay ship! refund~pay release~reserve"
    saga = learned(
        course(60, "reserve pay ship", "completed"),
        course(30, back, "compensated"),
        course(10, "reserve pay! release~reserve", "compensated"),
        facts=[StepFact(key=StepKey("refund", "pay"), owner="payment", n=30)],
    )

    assert (
        LearnedUndo(undoes="pay", step="refund", owner="payment", n=30, of=30),
        LearnedUndo(undoes="reserve", step="release", owner=None, n=40, of=40),
    ) == saga.undos
    assert tuple(marks(back)) == saga.variants[1].marks
    assert 1 == ways(saga)["refund", "release"]


def test_what_is_not_always_undone():
    """A transaction that failed and left the step as it was counts in `of`, one that completed does not."""
    saga = learned(
        course(60, "reserve pay", "completed"),
        course(5, "reserve pay!", "failed"),
        course(15, "reserve pay! release~reserve", "compensated"),
    )

    assert (LearnedUndo(undoes="reserve", step="release", owner=None, n=15, of=20),) == saga.undos


# --- the end --------------------------------------------------------------------------------------------------


def test_the_silent_ones_of_a_saga_that_says_its_end_are_stuck():
    """They are no samples and no variants, even where an incident has caught most of them."""
    saga = learned(course(40, "place pay ship", "completed"), course(60, "place pay"))

    assert saga.says_end
    assert 40 == saga.samples
    assert [tuple(marks("place pay ship"))] == [one.marks for one in saga.variants]
    assert () == saga.ends
    assert 1 == ways(saga)["pay", "ship"]


def test_the_silent_ones_of_a_saga_that_never_says_its_end_are_finished():
    """The last step is then the end, by what was undone and by what failed."""
    saga = learned(
        course(60, "place pay ship"), course(40, "place pay! unplace~place"), course(50, "place! notify! notify-desk!")
    )

    assert not saga.says_end
    assert 150 == saga.samples
    assert (
        LearnedEnd(key=SHIP, outcome="completed", n=60, of=60),
        LearnedEnd(key=StepKey("notify-desk"), outcome="failed", n=50, of=50),
        LearnedEnd(key=StepKey("unplace", "place"), outcome="compensated", n=40, of=40),
    ) == saga.ends


def test_a_saga_that_says_only_its_failures_does_not_say_its_end():
    """Failures with an outcome say nothing about the silent ones that went well."""
    saga = learned(course(70, "place pay ship"), course(30, "place pay!", "failed"))

    assert not saga.says_end
    assert [("ship", "completed"), ("pay", "failed")] == ends(saga)


def test_a_single_outcome_that_has_decayed_says_nothing():
    """Less than one transaction with an outcome is no habit."""
    assert not learned(course(0.5, "place", "completed")).says_end


def test_a_step_where_many_are_stuck_is_no_end():
    """A third stands after pay now; the others went on from there."""
    saga = learned(course(200, "place pay ship"), course(100, "place pay"))

    assert [("ship", "completed")] == ends(saga)


@pytest.mark.parametrize(("stuck", "expected"), [(89, []), (90, [("pay", "completed")])])
def test_an_end_is_where_nine_of_ten_stop(stuck, expected):
    """Then even a step where others went on, which a declaration can correct."""
    assert expected == ends(
        learned(course(stuck, "place pay"), course(100 - stuck, "place pay refuse!"), min_samples=12)
    )


def test_a_failure_after_which_some_are_stuck_is_no_end():
    """Where most failures are undone, those that are not have not ended."""
    saga = learned(
        course(200, "place pay ship"), course(60, "place pay! unplace~place"), course(40, "place pay!"), min_samples=30
    )

    assert {("ship", "completed"), ("unplace", "compensated")} == set(ends(saga))


def test_a_failure_that_was_got_over_is_no_failed_end():
    """What failed is forgiven where the transaction went on and completed another way."""
    assert [("ship", "completed")] == ends(learned(course(100, "place card! invoice ship")))


def test_a_failure_beside_the_last_step_is_a_failed_end():
    """Of two parallel last steps one failed: the other one's success does not make it good."""
    saga = learned(course(60, "place pay! pack"), course(60, "place pack pay!"))

    assert {("pack", "failed"), ("pay", "failed")} == set(ends(saga))


def test_a_compensation_that_failed_is_no_end():
    """Nothing came after it, because nothing worked."""
    assert [] == ends(learned(course(100, "place pay! unplace~place!")))


def test_who_stands_in_a_step_that_others_end_is_not_finished():
    """Silence does not make a running step a normal course."""
    saga = learned(course(90, "place pay ship"), course(10, "place pay?"))

    assert 90 == saga.samples
    assert 1 == len(saga.variants)


def test_steps_that_nobody_sees_end_do_not_hold_up_the_learning():
    """Where no record ever ends a step, an open step is what a finished transaction looks like."""
    saga = learned(course(90, "place? pay?"))

    assert 90 == saga.samples
    assert () == saga.ends


def test_parallel_last_steps_are_each_an_end():
    """What runs beside a step does not come after it."""
    saga = learned(course(50, "place pay pack"), course(50, "place pack pay"))

    assert [("pack", "completed"), ("pay", "completed")] == ends(saga)


def test_a_last_step_after_compensation_has_its_own_outcome():
    """The customer is told either way; what was undone before says how it ended."""
    saga = learned(course(60, "place pay tell"), course(40, "place pay! unplace~place tell"))

    assert [("tell", "completed"), ("tell", "compensated")] == ends(saga)


def test_few_samples_make_no_end():
    """Under the minimum nothing ends a transaction."""
    assert () == learned(course(29, "place pay")).ends
    assert 1 == len(learned(course(30, "place pay")).ends)


def test_no_history():
    """Nothing counted is nothing learned."""
    saga = learned()

    assert (0, False, (), (), ()) == (saga.samples, saga.says_end, saga.steps, saga.handoffs, saga.variants)


# --- steps and times ------------------------------------------------------------------------------------------
