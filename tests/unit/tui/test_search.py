from dataclasses import replace

import pytest

from tests.unit.tui.fake import record, transaction
from tracer.views import RecordPage
from tui.finding import texts
from tui.search import search
from tui.timeline import rows

LINES = ("alpha", "Beta", "gamma", "BETA two")


def test_case_does_not_matter():
    """A text is found in whatever case it stands."""
    assert (1, 3) == search(" beta ", LINES).found


@pytest.mark.parametrize(("at", "direction", "expected"), [(0, 1, 1), (1, 1, 3), (3, 1, 1), (1, -1, 3), (2, -1, 1)])
def test_matches_go_round(at, direction, expected):
    """After the last match comes the first, and before the first the last."""
    assert expected == search("beta", LINES).next(at, direction)


def test_what_is_nowhere_is_told():
    """Without a match there is nowhere to go, and nothing is searched for with an empty line."""
    nothing = search("delta", LINES)

    assert (None, None, "no match") == (nothing.next(0, 1), nothing.first(0), nothing.place(0))
    assert () == search("  ", LINES).found
    assert ["match 1 of 2", "2 matching"] == [search("beta", LINES).place(at) for at in (1, 2)]


def test_lines_hold_their_names_steps_owners_and_errors():
    """Every line is found by what it says, whether it is a step, a record, or what is now."""
    listed = rows(transaction())
    found = {
        needle: search(needle, texts(listed, None)).found for needle in ("gateway", "inventory", "refund", "steps")
    }

    assert [2, 2, 1, 0] == [len(each) for each in found.values()]


def test_attributes_are_found_once_they_were_read():
    """The attributes of records count from when they were read."""
    one = transaction()
    told = replace(record(one.timeline[3]), attributes={"parcel.weight": "12kg"})
    page = RecordPage(transaction_id=one.transaction_id, records=(told,), total=7)
    listed = rows(one)

    assert [0, 1] == [len(search("12KG", texts(listed, read)).found) for read in (None, page)]
