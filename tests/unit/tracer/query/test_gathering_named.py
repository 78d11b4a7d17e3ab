"""Reading the rows of the fold where definitions say what names mean."""

import pytest

from tests.stories import ORDER, event, knowing, step
from tracer.clock import NS_PER_S


@pytest.mark.parametrize("asked", ["A", "B", "C"])
def test_definitions_are_told_alike_by_every_way_to_read(asked):
    """What a transaction's records say themselves, by their name and of what they undo is told now as at an instant."""
    with knowing(ORDER) as lab:
        lab.take([step("A", 0, "mine"), event("B", 1, "Reserved"), step("C", 2, "release", saga=None)])
        now, then = lab.queries.transaction(asked), lab.queries.transaction(asked, as_of=lab.moment(9 * NS_PER_S))

        assert (then.timeline, then.steps) == (now.timeline, now.steps)
