"""What a later notice makes pointless is not sent, and a resolved never comes without its firing."""

import pytest

from tests.alert_fakes import notice
from tracer.alerts.ports import Behind, Waiting
from tracer.alerts.superseding import judge


def waiting(kind, *behind):
    """A notice "n0" with others behind it, "n1" and so on."""
    others = tuple(Behind(id=f"n{number}", kind=one) for number, one in enumerate(behind, start=1))
    return Waiting(notice=notice("n0", kind=kind), tries=0, created_ns=0, behind=others)


@pytest.mark.parametrize(
    ("one", "unheard", "is_sent", "dropped"),
    [
        (waiting("firing"), True, True, []),
        (waiting("firing", "resolved"), True, False, ["n0", "n1"]),
        (waiting("firing", "resolved"), False, False, ["n0"]),
        (waiting("firing", "repeat", "resolved", "firing"), True, False, ["n0", "n1", "n2"]),
        (waiting("firing", "repeat", "repeat"), True, True, ["n1", "n2"]),
        (waiting("firing", "acknowledged"), True, True, []),
        (waiting("repeat", "resolved"), True, False, ["n0"]),
        (waiting("repeat", "repeat", "repeat"), False, False, ["n0"]),
        (waiting("repeat", "acknowledged"), False, True, []),
        (waiting("acknowledged", "resolved"), False, False, ["n0"]),
        (waiting("resolved", "firing", "resolved"), True, True, []),
    ],
)
def test_what_is_over_is_not_told_as_if_it_were_not(one, unheard, is_sent, dropped):
    """Only the resolved is sent where it waits, and nothing where nobody can have heard of the firing."""
    actual = judge(one, is_unheard_of=unheard)

    assert (is_sent, dropped) == (actual.is_sent, [id_ for id_, _ in actual.dropped])
    assert all(why.startswith("superseded") for _, why in actual.dropped)
