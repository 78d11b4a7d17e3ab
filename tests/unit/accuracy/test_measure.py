"""How answers are held to the truth, counted and printed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.accuracy import __main__ as program
from tests.accuracy.corpus import Sizes, make_corpus
from tests.accuracy.labels import Truth
from tests.accuracy.measure import Answer, Finished, Measured, Result, judge, measure
from tests.accuracy.report import misses, table, write
from tests.accuracy.wrong import wrong

HEALTHY = Truth(
    transaction_id="T-1", saga="order-fulfilment", fault=None, kind=None, steps=frozenset({"ship-parcel"}),
    owners=frozenset({"shipping"}),
)  # fmt: skip
STUCK = replace(HEALTHY, fault="lost", kind="handoff-lost")
UNDOING = replace(
    STUCK, fault="undo-lost", kind="compensation-stuck", owners=frozenset({"inventory"}),
    next_undo=frozenset({"release-inventory"}),
)  # fmt: skip


def judged(truth: Truth, *, mode: str = "declared", **said: object) -> Result:
    """Judge an answer, with a list that says nothing of the transaction."""
    return judge(truth, replace(Answer(), **said), None, mode)


def test_a_healthy_transaction() -> None:
    """It is right to name the owner and no stall; a stall is a false one."""
    right = judged(HEALTHY, owner="shipping")
    false = judged(HEALTHY, owner="shipping", is_stuck=True, kind="step-overdue")

    assert (True, False, None) == (right.is_right, right.is_false, right.kind_right)
    assert (False, True, None) == (false.is_right, false.is_false, false.kind_right)


def test_a_stuck_transaction() -> None:
    """It is right to name owner and kind; no stall is a missed one, and undoing it first is wrong advice."""
    right = judged(STUCK, owner="shipping", is_stuck=True, kind="handoff-lost", first_action="retry")
    other = judged(STUCK, owner="orders", is_stuck=True, kind="never-ended", first_action="compensate")
    missed = judged(STUCK, owner="shipping")

    assert (True, True, False) == (right.is_right, right.kind_right, right.undo_wrongly)
    assert (False, False, False, True) == (other.is_right, other.owner_right, other.kind_right, other.undo_wrongly)
    assert (False, True, False) == (missed.is_right, missed.is_missed, missed.kind_right)


def test_the_next_compensation_goes_by_the_names_that_are_known() -> None:
    """With the definition it is called as the team calls it, without it as its event is called."""
    said = {"owner": "inventory", "is_stuck": True, "kind": "compensation-stuck"}

    assert judged(UNDOING, **said, next_undo="release-inventory").is_right
    assert judged(UNDOING, **said, next_undo="InventoryReleased", mode="learned").is_right
    assert not judged(UNDOING, **said, next_undo="release-inventory", mode="learned").is_right
    assert not judged(UNDOING, **said).is_right


def test_goals_are_held_over_all_sagas() -> None:
    """A goal is missed by the share of all results, clouded ones left out."""
    good = judged(STUCK, owner="shipping", is_stuck=True, kind="handoff-lost")
    bad = judged(STUCK, owner="orders", is_stuck=True, kind="never-ended")
    clouded = replace(bad, truth=replace(bad.truth, clouded=True))

    def missed(*results: Result) -> list[str]:
        return misses(Measured(mode="declared", results=results, finished={}))

    assert [] == missed(good, clouded)
    assert [] == missed(*[good] * 99, bad)
    assert ["owner right"] == missed(*[good] * 97, bad, bad, bad)
    assert ["owner right", "kind right"] == missed(good, bad)


def test_the_table_counts_by_saga_and_in_all() -> None:
    """Each line says how many of how many."""
    results = (
        judged(HEALTHY, owner="shipping"),
        judged(STUCK, owner="orders", is_stuck=True, kind="handoff-lost"),
        judged(replace(HEALTHY, saga="trip-booking"), owner="shipping", is_stuck=True),
    )
    finished = {"order-fulfilment": Finished(of=40, open=2, stuck=1), "trip-booking": Finished(of=60)}
    measured = Measured(mode="learned", results=results, finished=finished, unended=Finished(of=3, open=3, stuck=2))
    lines = list(table(measured))

    assert (
        "| order-fulfilment | 2 | 1 | 50.0 % (1/2) | 100.0 % (1/1) | 0.0 % (0/1) | 0.0 % (0/1) | - | 2.5 % (1/40) |"
        in lines
    )
    assert "| trip-booking | 1 | 0 | 100.0 % (1/1) | - | 100.0 % (1/1) | - | - | 0.0 % (0/60) |" in lines
    assert (
        "| **all** | 3 | 1 | 66.7 % (2/3) | 100.0 % (1/1) | 50.0 % (1/2) | 0.0 % (0/1) | - | 1.0 % (1/100) |" in lines
    )
    assert "| goal | | | at least 98 % | at least 95 % | at most 0.5 % |  | at least 85 % | at most 0.5 % |" in lines
    assert "finished called stuck" in misses(measured)


def test_the_figures_go_into_their_block(tmp_path: Path) -> None:
    """Only what stands between the marks is replaced, and a page without them is refused."""
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n", "utf-8")
    other.write_text("nothing\n", "utf-8")
    write(["one", "two"], page)

    assert "before\n<!-- figures -->\none\n\ntwo\n<!-- end of figures -->\nafter\n" == page.read_text("utf-8")
    with pytest.raises(ValueError, match="no block"):
        write(["one"], other)


@pytest.mark.integration
def test_a_store_is_asked_for_every_open_transaction(scratch: Path) -> None:
    """A whole measurement: every open transaction is found, and what is wrong is told with its records."""
    corpus = make_corpus(5, Sizes(history=2, open=4))
    measured = measure(corpus, "bare", scratch)
    told = "\n".join(wrong(corpus, measured, 3))

    assert [truth.transaction_id for truth in corpus.truths] == [one.truth.transaction_id for one in measured.results]
    assert "no such transaction" not in {one.answer.why for one in measured.results}
    assert all(one.list_agrees for one in measured.results)
    assert 3 == told.count("  truth ")
    assert "completed" in told


@pytest.mark.integration
def test_the_exit_code_says_whether_a_goal_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """With neither learning nor definitions the goals are out of reach."""
    code = program.main(["--mode", "bare", "--history", "2", "--open", "4"])

    assert 1 == code
    assert "missed: owner right (bare)" in capsys.readouterr().out
