"""The fold, held against the oracle and against itself."""

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import tell
from tests.worlds import Lab, arrivals, as_places, as_rows, records, sparingly


@sparingly(3)
@given(st.data())
def test_the_state_depends_on_the_records_alone(data):
    """Any order, doubling and batching of records gives the oracle's state and places, and so does a rebuild."""
    told = data.draw(records())
    arrival = data.draw(arrivals(told))
    expected = tell(told)
    with closing(Lab()) as lab:
        lab.feed(arrival)
        kept = lab.tables()

        assert as_places(expected, told) == lab.places()
        assert as_rows(expected) == lab.transactions()

        lab.keeper.rebuild()

        assert as_places(expected, told) == lab.places()
        assert kept == lab.tables()
