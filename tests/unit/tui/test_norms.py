from tests.unit.tui.fake import step, transaction
from tests.unit.tui.graphs import edge, graph
from tests.unit.tui.samples import ago
from tracer.clock import to_ns
from tui.norms import Late, lates, norms
from tui.timeline import rows

KNOWN = {("a", "b"): 2.0, ("x", "b"): 100.0}


def _of(*steps):
    return lates(transaction(steps=steps), KNOWN)


def test_a_hand_off_that_took_more_than_twice_what_is_normal_is_late():
    """Where nineteen of twenty take 2 s, four seconds are fine, and a minute is late."""
    first = step("a", "o", "completed", 200, 100)
    expected = Late(after="a", since_ns=to_ns(ago(100)), until_ns=to_ns(ago(40)), normal_s=2.0)

    assert {"b": expected} == _of(first, step("b", "o", "completed", 40, 30))
    assert 60.0 == expected.seconds
    assert {} == _of(first, step("b", "o", "completed", 96, 30))


def test_the_last_one_before_it_counts():
    """A step after several begins when the last of them is done; what ended later, or never, says nothing."""
    others = (
        step("a", "o", "completed", 200, 190),
        step("x", "o", "completed", 200, 45),
        step("b", "o", "running", 40),
    )
    later = (step("a", "o", "completed", 200, 30), step("b", "o", "running", 40))

    assert {} == _of(*others)
    assert {} == _of(*later)
    assert {} == _of(step("b", "o", "running", 40))


def test_what_is_normal_is_read_from_the_flow():
    """Hand-offs forward with a known time are norms; the beginning, the end and what undoes are not."""
    known = norms(graph())

    assert known
    assert all(before and after and p95 >= 0 for (before, after), p95 in known.items())
    assert {} == norms(graph(edges=(edge("a", None), edge(None, "a"))))


def test_the_row_of_a_late_step_says_so():
    """What was late stands before the bar of the step."""
    one = transaction(steps=(step("a", "o", "completed", 200, 100), step("b", "o", "completed", 40, 30)))
    listed = {row.name: row.late for row in rows(one, normal=KNOWN) if row.kind == "step"}

    assert [False, True] == [listed[name] is not None for name in ("a", "b")]
