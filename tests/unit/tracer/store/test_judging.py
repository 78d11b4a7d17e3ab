"""Judging how transactions stand: each situation once, and what follows put into the rows of the fold."""

from collections import Counter
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import HOUR_S, ORDER, event, knowing, limits, span, stands, step
from tests.worlds import NOON_NS, sparingly
from tracer.clock import NS_PER_S
from tracer.model.sagas import DeclaredSaga, LearnedSaga, Mark, Place, StepKey, Verdict
from tracer.store import judging
from tracer.store.judging import is_other, judge_anew, marks_of, told_of

BARE = DeclaredSaga(name="order")
FAR_NS = (1 << 63) - 1


def at(name, limit_s, *of, **more):
    """Make a place that is overdue after so long: of a step that runs, or after the steps in `of`."""
    said = {"compensates": "", "owner": None, "state": "running", "kind": "step-overdue", "limit_basis": "learned"}
    return Place(step=name, limit_s=limit_s, of=tuple(StepKey(one) for one in of), **(said | more))


class Oracle:
    """A judge that says what it was told to, and counts what it was asked."""

    def __init__(self, *places, **verdict):
        self.verdict = Verdict(places=places, **verdict)
        self.asked = Counter()

    def __call__(self, marks, declared, learned):
        """Judge."""
        del declared, learned
        self.asked[frozenset(marks)] += 1
        return self.verdict


def judged(records, *places, **verdict):
    """Give the row of the transaction A, and its times, under one verdict for all."""
    with knowing(BARE, judged_by=Oracle(*places, **verdict)) as lab:
        lab.take(records)
        return stands(lab)["A"], limits(lab)["A"]


def teach(lab):
    """Let something else be known of the saga, and judge its situations anew, as learning does."""
    mind = lab.keeper._mind

    def learn(session):
        session.run("learned_drop", {"saga": "order"})
        session.run("learned_keep", {"saga": "order", "body": KNOWN, "now": 1})
        mind.forget()
        judge_anew(session, mind, "order")

    lab.store.fold(learn)
    lab.settle()


KNOWN = msgspec.json.encode(LearnedSaga(saga="order", samples=1, says_end=True)).decode()
RUNS = [step("A", 0, "pay", phase="started")]


def test_what_stands_alike_is_judged_once():
    """All transactions with the same marks share one situation, whichever pass they came in."""
    judge = Oracle(at("pay", 10.0))
    with knowing(BARE, judged_by=judge) as lab:
        lab.take([step(f"A{n}", n, "pay") for n in range(5)])
        lab.take([step(f"B{n}", n, "pay") for n in range(5)])
        lab.take([step("C", 0, "pay", phase="failed")])

        assert {
            frozenset({Mark("pay", "", "completed")}): 1,
            frozenset({Mark("pay", "", "failed")}): 1,
        } == judge.asked
        assert [(2,)] == lab.rows("SELECT count(*) FROM situation")
        assert [(10, 1)] == lab.rows("SELECT count(*), count(DISTINCT situation) FROM txn WHERE transaction_id <> 'C'")


def test_marks_count_attempts_where_they_matter():
    """Tries are counted, up to nine, of a step that failed or still tries; of one that is done they are not."""
    judge = Oracle()
    failed = [step("A", n, "pay", phase="failed", attempt=n + 1) for n in range(12)]
    done = [step("B", n, "pay", phase="failed", attempt=n + 1) for n in range(3)] + [step("B", 9, "pay", attempt=4)]
    with knowing(BARE, judged_by=judge) as lab:
        lab.take([*failed, *done])

        assert {frozenset({Mark("pay", "", "failed", 9)}), frozenset({Mark("pay", "", "completed")})} == set(
            judge.asked
        )


def test_a_pass_judges_so_many_new_situations_and_leaves_the_rest_to_the_defaults(monkeypatch):
    """The most frequent of the new situations are judged; the others keep the default until they are seen again."""
    monkeypatch.setattr(judging, "MAX_NEW", 1)
    with knowing(BARE, judged_by=Oracle(at("next", 10.0))) as lab:
        lab.take([step("A", 0, "pay"), step("B", 0, "ship"), step("C", 0, "ship")])

        assert {"A": "pay", "B": "next", "C": "next"} == {name: row[1] for name, row in stands(lab).items()}
        assert "default" == limits(lab)["A"][2]
        lab.take([step("A", 1, "pay", name="again")])
        assert "next" == stands(lab)["A"][1]


def test_a_saga_has_so_many_situations_and_leaves_the_rest_to_the_defaults(monkeypatch):
    """A saga whose steps have ever new names fills its own room; another saga still has all of its own."""
    monkeypatch.setattr(judging, "MAX_SITUATIONS", 3)
    with knowing(BARE, replace(BARE, name="parcel"), judged_by=Oracle(at("next", 10.0))) as lab:
        lab.take([step(f"A{n}", 0, f"pay {n}") for n in range(5)])
        lab.take([step(f"B{n}", 0, f"pay {n}") for n in range(5, 8)])
        lab.take([step("C", 0, "pay", saga="parcel")])

        assert [("order", 3), ("parcel", 1)] == lab.rows(
            "SELECT saga, count(*) FROM situation GROUP BY saga ORDER BY saga"
        )
        assert {"next": 4, "pay": 5} == Counter(row[1].split()[0] for row in stands(lab).values())
        lab.take([step("D", 0, "pay 0")])
        assert "next" == stands(lab)["D"][1]


def test_the_deadline_is_that_of_the_place_that_is_overdue_first():
    """Of several places the one to name is the one whose time is up first, and else the first."""
    records = [step("A", 0, "pay", phase="started"), step("A", 5, "ship", phase="started")]
    pay, ship, never = at("pay", 20.0), at("ship", 10.0), at("book", None)

    assert ("stuck", "ship", "ship-team", "step-overdue") == judged(records, never, pay, ship)[0]
    assert (5.0, 10.0, "learned", 15.0) == judged(records, never, pay, ship)[1]
    assert (0.0, 15.0, "learned", 15.0) == judged(records, at("pay", 15.0), ship)[1]


def test_a_place_after_several_steps_counts_from_the_last_of_their_ends():
    """Where a step waits for others, its time begins when the last of them has ended."""
    records = [span("A", 0, 9, "pay", saga="order"), span("A", 1, 4, "book", saga="order")]
    after = at("ship", 10.0, "pay", "book", owner="shipping", state="pending", kind="handoff-lost")
    unseen = at("ship", 10.0, "other")

    assert (("stuck", "ship", "shipping", "handoff-lost"), (9.0, 10.0, "learned", 19.0)) == judged(records, after)
    assert (9.0, 10.0, "learned", 19.0) == judged(records, unseen)[1]


def test_without_a_limit_a_transaction_is_never_stuck():
    """A place where one may stand for ever has no deadline and no stall, however long it lasts."""
    waits = at("pay", None, state="waiting", kind="wait-overdue", limit_basis="declared")

    assert (("running", "pay", "pay-team", None), (0.0, None, "declared", None)) == judged(RUNS, waits)
    with knowing(now_s=10 * 365 * 24 * HOUR_S) as lab:
        lab.take([step("A", 0, "pay", phase="waiting")])

        assert ("running", "pay", "pay-team", None) == stands(lab)["A"]
        assert [(None, None, None)] == lab.rows("SELECT stall, deadline_ns, limit_ns FROM txn")


def test_the_deadline_of_the_whole_saga_counts_from_its_first_moment():
    """Whichever passes first holds: the deadline of the place, or that of the whole, which is another stall."""
    records = [step("A", 0, "place"), step("A", 100, "pay", phase="started")]

    assert "never-ended" == judged(records, at("pay", 50.0), deadline_s=120.0)[0][3]
    assert (100.0, 120.0, "declared", 120.0) == judged(records, at("pay", 50.0), deadline_s=120.0)[1]
    assert (100.0, 50.0, "learned", 150.0) == judged(records, at("pay", 50.0), deadline_s=200.0)[1]
    assert (100.0, 200.0, "declared", 200.0) == judged(records, at("pay", None), deadline_s=200.0)[1]


def test_where_it_follows_that_a_transaction_is_over_it_ended_with_its_last_step():
    """An end that follows has the time of the last step's end, and leaves nobody in charge."""
    records = [span("A", 0, 7, "pay", saga="order"), event("A", 9, "seen", saga="order", step=None)]
    with knowing(BARE, judged_by=Oracle(ends="compensated")) as lab:
        lab.take(records)

        assert ("compensated", None, None, None) == stands(lab)["A"]
        assert [(NOON_NS + 7 * NS_PER_S, None)] == lab.rows("SELECT ended_ns, deadline_ns FROM txn")


def test_what_only_did_not_end_keeps_what_its_records_say():
    """A verdict that knows nobody who has to go on leaves the place, and since when, as they are."""
    place = at("other", 10.0, kind="never-ended")
    shown = judged([step("A", 0, "pay")], place)

    assert (("stuck", "pay", "pay-team", "never-ended"), (0.0, 300.0, "default", 300.0)) == shown
    assert ("stuck", "other", "bank", "never-ended") == judged([step("A", 0, "pay")], replace(place, owner="bank"))[0]


@pytest.mark.parametrize("now_s", [20.0, 8.0])
def test_a_deadline_that_has_passed_is_not_moved_by_what_is_learned(now_s):
    """What counts as stuck stays so when history shows that it may take longer; what is not yet gets longer."""
    judge = Oracle(at("pay", 10.0))
    with knowing(BARE, judged_by=judge, now_s=now_s) as lab:
        lab.take(RUNS)
        judge.verdict = Verdict(places=(at("pay", 100.0),))
        teach(lab)

        limit_s = 10.0 if now_s > 10.0 else 100.0
        assert (0.0, limit_s, "learned", limit_s) == limits(lab)["A"]


def test_a_deadline_that_has_passed_is_moved_by_progress():
    """Where the transaction goes on, what is known now holds."""
    judge = Oracle(at("pay", 10.0))
    with knowing(BARE, judged_by=judge, now_s=20.0) as lab:
        lab.take(RUNS)
        judge.verdict = Verdict(places=(at("ship", 100.0),))
        lab.take([step("A", 15, "ship", phase="started")])

        assert (15.0, 100.0, "learned", 115.0) == limits(lab)["A"]


@pytest.mark.parametrize(("was", "is_"), [("learned", "declared"), ("declared", "learned"), ("declared", "default")])
def test_a_deadline_that_has_passed_is_moved_by_what_is_declared_or_no_longer(was, is_):
    """A person who declares a deadline, or takes it away, means the transactions that are stuck too."""
    judge = Oracle(at("pay", 10.0, limit_basis=was))
    with knowing(BARE, judged_by=judge, now_s=20.0) as lab:
        lab.take(RUNS)
        judge.verdict = Verdict(places=(at("pay", 100.0, limit_basis=is_),))
        lab.keeper.declare([replace(BARE, amount="$.amount")])
        lab.settle()

        assert (0.0, 100.0, is_, 100.0) == limits(lab)["A"]
        assert "running" == stands(lab)["A"][0]


def test_a_deadline_of_the_whole_that_is_taken_away_is_gone():
    """What was overdue as a whole, and no longer has a deadline as such, goes by its place again."""
    judge = Oracle(at("pay", 100.0), deadline_s=10.0)
    with knowing(BARE, judged_by=judge, now_s=20.0) as lab:
        lab.take(RUNS)

        assert "never-ended" == stands(lab)["A"][3]
        judge.verdict = Verdict(places=(at("pay", 100.0),))
        lab.keeper.declare([replace(BARE, amount="$.amount")])
        lab.settle()
        assert (("running", "pay", "pay-team", None), (0.0, 100.0, "learned", 100.0)) == (
            stands(lab)["A"],
            limits(lab)["A"],
        )


@pytest.mark.parametrize("at_ns", [FAR_NS, 9_200_000_000_000_000_000, 0, -9_200_000_000_000_000_000])
@pytest.mark.parametrize("limit_s", [0.0, 1e300, None])
def test_times_beyond_all_dates_do_not_overflow(at_ns, limit_s):
    """A sender's mad clock, or a limit of ages, is reckoned with as far as numbers go."""
    records = [step("A", 0, "pay", phase="started", at_ns=at_ns)]
    with knowing(BARE, judged_by=Oracle(at("pay", limit_s), deadline_s=limit_s)) as lab:
        lab.take(records)

        assert ("pay", "pay-team") == stands(lab)["A"][1:3]
        assert [(at_ns,)] == lab.rows("SELECT first_ns FROM txn")


NAMES = st.text(
    st.sampled_from(("\x1b", "\x1c", "\x1d", "\x1e", "\x1f", "0", "1", "a", "'", "\x00")), min_size=1, max_size=5
)


@given(st.dictionaries(st.tuples(NAMES, st.one_of(st.just(""), NAMES)), st.booleans(), min_size=1, max_size=4))
@sparingly(5)
def test_marks_are_those_of_the_steps_whatever_they_are_called(steps):
    """Names with the very characters that part the marks come through, and are the names of places."""
    judge = Oracle()
    records = [
        step("A", n, name, name=f"n{n}", compensates=undone or None, phase="started" if runs else "completed")
        for n, ((name, undone), runs) in enumerate(steps.items())
    ]
    with knowing(BARE, judged_by=judge) as lab:
        last, undone = list(steps)[-1]
        judge.verdict = Verdict(places=(at(last, 10.0, compensates=undone),))
        lab.take(records)

        assert {
            frozenset(Mark(*key, "running" if runs else "completed") for key, runs in steps.items()): 1
        } == judge.asked
        assert (last, f"{last}-team") == stands(lab)["A"][1:3]


def test_very_many_steps_are_left_to_the_defaults():
    """A transaction whose marks would be a page of text is not judged."""
    judge = Oracle(at("next", 10.0))
    with knowing(BARE, judged_by=judge) as lab:
        lab.take([step("A", 0, "x" * 20_000), step("B", 0, "pay")])

        assert {frozenset({Mark("pay", "", "completed")}): 1} == judge.asked
        assert "default" == limits(lab)["A"][2]


def test_marks_are_read_as_they_are_written():
    """A mark is a step, what it undoes, its word and its tries; an escape stands before what parts them."""
    text = "pay\x1f\x1fretrying\x1f3\x1ea\x1b0\x1b1\x1b2\x1fpay\x1fpending\x1f1"

    assert (Mark("pay", "", "retrying", 3), Mark("a\x1b\x1e\x1f", "pay", "pending", 1)) == marks_of(text)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (at("pay", 100.0), False),
        (at("pay", 124.0), False),
        (at("pay", 134.0), True),
        (at("pay", 74.0), True),
        (at("pay", None), True),
        (at("pay", 100.0, owner="somebody"), True),
        (at("pay", 100.0, limit_basis="declared"), True),
        (at("pay", 100.0, limit_n=50.0, p=0.5), False),
        (at("ship", 100.0), True),
    ],
)
def test_a_verdict_is_another_where_its_limits_are_more_than_a_quarter_apart(other, expected):
    """What is named of a place makes another verdict at once, a limit only when it is far off."""
    assert expected == is_other(told_of(Verdict(places=(at("pay", 100.0),))), Verdict(places=(other,)))


def test_a_smaller_change_of_a_limit_judges_nothing_again():
    """What was learned anew is looked at again only where it is more than a quarter off."""
    judge = Oracle(at("pay", 100.0))
    with knowing(BARE, judged_by=judge, now_s=20.0) as lab:
        lab.take(RUNS)
        judge.verdict = Verdict(places=(at("pay", 120.0),))
        teach(lab)

        assert (0.0, 100.0, "learned", 100.0) == limits(lab)["A"]
        judge.verdict = Verdict(places=(at("pay", 140.0),))
        teach(lab)
        assert (0.0, 140.0, "learned", 140.0) == limits(lab)["A"]


def test_a_saga_that_becomes_known_has_its_open_transactions_judged():
    """Transactions that were there before anything was known of their saga are judged once something is."""
    judge = Oracle(at("next", 10.0))
    with knowing(judged_by=judge) as lab:
        lab.take([step("A", 0, "pay"), step("B", 0, "pay", outcome="completed"), step("C", 0, "pay", saga=None)])

        assert {} == judge.asked
        teach(lab)
        assert {"A": "next", "B": None, "C": "pay"} == {name: row[1] for name, row in stands(lab).items()}


def test_a_transaction_that_a_record_ends_has_no_situation_any_more():
    """What a record says goes before what would follow."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "OrderPlaced")])

        assert [(True,)] == lab.rows("SELECT situation IS NOT NULL FROM txn")
        lab.take([event("A", 1, "Bye", outcome="cancelled")])
        assert [(None, None, "compensated")] == lab.rows("SELECT situation, deadline_ns, status FROM txn")
