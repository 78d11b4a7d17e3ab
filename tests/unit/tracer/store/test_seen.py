"""The set of numbers that were counted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracer.store.seen import Seen

NUMBERS = st.lists(st.integers(0, 300), unique=True, max_size=50)


@given(st.lists(NUMBERS, max_size=6), NUMBERS)
def test_it_is_a_set(added, asked):
    """What was added is not missing, everything else is."""
    seen = Seen()
    for numbers in added:
        seen.add(np.array(numbers, np.int64))
    known = {number for numbers in added for number in numbers}

    assert [one for one in asked if one not in known] == seen.missing(np.array(asked, np.int64)).tolist()


@given(NUMBERS, st.integers(0, 400), NUMBERS)
def test_what_is_cut_is_not_missing(added, first, asked):
    """Below the cut nothing comes again; at and above it nothing changes, also for what is added later."""
    seen = Seen()
    seen.add(np.array(added, np.int64))
    seen.cut(first)
    missing = seen.missing(np.array(asked, np.int64))
    seen.add(missing)

    assert [one for one in asked if one >= first and one not in added] == [one for one in missing if one >= first]
    assert [] == seen.missing(np.array(asked, np.int64)).tolist()
