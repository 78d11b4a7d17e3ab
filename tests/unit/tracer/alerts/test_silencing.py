"""Which alerts a silence means."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.alerts.silencing import Matcher, matched, parse_matcher, parse_matchers, written
from tracer.errors import UsageError

ORDER, TRANSFER = {"saga": "order", "step": "pay"}, {"saga": "transfer", "step": "pay-out"}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["saga=order"], [True, False]),
        (["saga != order", "step=pay-out"], [False, True]),
        (['step=~"pay.*"'], [True, True]),
        (["step=~pay"], [True, False]),
        (["step!~pay", "saga=transfer"], [False, True]),
        (["step=pay", "owner="], [True, False]),
        (["step=~pay|pay-out"], [True, True]),
    ],
)
def test_all_matchers_must_hold_for_the_whole_label(terms, expected):
    """A label that is not there is empty; a pattern is anchored at both ends."""
    assert matched(parse_matchers(terms), [ORDER, TRANSFER]) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["saga"], "is no matcher"),
        ([], "from 1 to 16 matchers"),
        (["a=b"] * 17, "from 1 to 16 matchers"),
        (["saga=~("], "is no regular expression: Invalid regular expression: missing )"),
        (["saga=~a)(b"], "is no regular expression"),
        (["saga=~" + "a" * 513], "at most 512 characters"),
        (["saga=a\u202eb"], "all of which can be printed"),
        (["saga=~.*"], "these matchers match every alert"),
        (["saga!=order"], "these matchers match every alert"),
        (["saga=~(((a{30}){30}){30}){30}"], "is no regular expression"),
    ],
)
def test_what_is_no_matcher_is_told(terms, expected):
    """Refused when the silence is made, not at night."""
    with pytest.raises(UsageError) as raised:
        parse_matchers(terms)

    assert expected in str(raised.value)


def test_a_hostile_pattern_takes_no_longer():
    """Time is linear in the label, whatever the pattern."""
    begun = time.process_time()
    held = matched([parse_matcher(r"saga=~(a+)+(b|a)*(a|aa)+$")], [{"saga": "a" * 200 + "!"}] * 100)

    assert not any(held)
    assert time.process_time() - begun < 1


@given(
    operator=st.sampled_from(["=", "!="]),
    value=st.text(st.sampled_from("ab~=!\"'( .*"), max_size=8),
)
def test_a_matcher_that_is_written_reads_back_as_the_same(operator, value):
    """Whatever the value begins or ends with: a stored silence is the one that was asked for."""
    matcher = Matcher("saga", operator, value)

    assert matcher == parse_matcher(written(matcher))
