"""Where a message is: what each group did with it, in each of the ways in which one can get lost."""

import pytest

from tracer.analysis.messages import Letter, Message, Passed, Progress, expected_owner, readers, sentence
from tracer.clock import NS_PER_S

NOW_NS = 1_700_000_000 * NS_PER_S


def ago(seconds):
    """Give the instant so long ago."""
    return NOW_NS - seconds * NS_PER_S


def message(**changes):
    """Make a message that was written a minute ago, after which nothing came."""
    facts = {"topic": "orders", "partition": 3, "offset": 18822, "at_ns": ago(60)}
    return Message(**facts | {"is_followed": False, "is_stuck": True} | changes)


def group(committed, **changes):
    """Make what a group has committed, seen two seconds ago."""
    facts = {"group": "shipping", "since_ns": ago(10), "seen_ns": ago(2), "log_end": 19202, "members": 2}
    return Progress(committed=committed, **facts | changes)


PASSED = Passed(before_ns=ago(40), before=18803, after_ns=ago(30), after=18843)
LETTER = Letter(place="orders.DLT[0]@7", at_ns=ago(20), group=None, error="no such parcel")


@pytest.mark.parametrize(
    ("about", "at", "state", "why"),
    [
        (
            {},
            group(18790, earlier=(ago(102), 18708)),
            "unread",
            "has not read it: 32 messages before it, 412 waiting in all, about 40s at its present rate",
        ),
        ({}, group(18790), "unread", "has not read it: 32 messages before it, 412 waiting in all, not moved for 10s"),
        (
            {},
            group(18790, earlier=(ago(102), 18790), log_end=None),
            "unread",
            "has not read it: 32 messages before it, not moved for 10s",
        ),
        ({}, group(-1, log_end=18823), "unread", "has not read it: it has committed nothing there, not moved for 10s"),
        ({}, group(18822, log_end=18823), "reading", "is at it, and not past it for 10s"),
        (
            {"at_ns": ago(5)},
            group(18822),
            "reading",
            "is at it, and not past it for 5s: 380 waiting in all",
        ),
        (
            {},
            group(18850, passed=PASSED),
            "read",
            "read past it about 35s ago and nothing followed: lost inside shipping",
        ),
        (
            {"is_stuck": False},
            group(18850, passed=PASSED),
            "read",
            "read past it about 35s ago and nothing followed yet",
        ),
        ({"is_followed": True}, group(18850, passed=PASSED), "read", "read past it about 35s ago"),
        ({"at_ns": ago(33), "is_followed": True}, group(18850, passed=PASSED), "read", "read past it about 33s ago"),
        ({"is_followed": True}, group(18850), "read", "had read past it before Sagascope first asked"),
        (
            {},
            group(18790, members=0),
            "no-members",
            "has no members, so nobody reads it: 32 messages before it, 412 waiting in all",
        ),
        ({"is_followed": True}, group(18823, members=0, passed=PASSED), "read", "read past it about 35s ago"),
        (
            {"letter": LETTER},
            group(18850, passed=PASSED),
            "dead-lettered",
            "gave it up 20s ago, it is at orders.DLT[0]@7: no such parcel",
        ),
        (
            {},
            group(18790, seen_ns=ago(300)),
            "unknown",
            "had not read it when Sagascope last asked, 5m 0s ago: 32 messages before it, 412 waiting in all",
        ),
        (
            {},
            group(18790, seen_ns=ago(45), since_ns=ago(55)),
            "unread",
            "has not read it: 32 messages before it, 412 waiting in all, not moved for 10s (as of 45s ago)",
        ),
        ({}, group(18821, log_end=18823, members=0, seen_ns=ago(45)), "no-members",
         "has no members, so nobody reads it: 1 message before it (as of 45s ago)"),
        ({}, group(18822, log_end=18830, members=0), "no-members",
         "has no members, so nobody reads it: it is the next one, 8 waiting in all"),
    ],
)  # fmt: skip
def test_what_a_group_did_with_a_message(about, at, state, why):
    """What a group has committed, its members, its pace and a dead letter say where the message is, in words."""
    (told,) = readers(message(**about), (at,), NOW_NS)

    assert ("shipping", state, why) == (told.group, told.state, told.why)


def test_what_is_known_is_given_as_numbers_too():
    """Lag counts to the message and with it; what is not known is None, not zero."""
    (told,) = readers(message(), (group(18790, earlier=(ago(102), 18708)),), NOW_NS)
    assert (18790, 33, 412, 2, None) == (told.committed, told.lag, told.total_lag, told.members, told.read_ns)
    assert 40 == round(told.eta_s)

    (told,) = readers(message(), (group(-1, log_end=None, members=-1),), NOW_NS)
    assert (None, None, None, None, None) == (told.committed, told.lag, told.total_lag, told.members, told.eta_s)

    (told,) = readers(message(), (group(18850, passed=PASSED),), NOW_NS)
    assert (None, ago(35)) == (told.lag, told.read_ns)


def test_a_dead_letter_is_of_the_group_that_it_names():
    """The group that put the message aside is told so, the others what they did; an unknown one is added."""
    about = message(letter=Letter(place="dlt[0]@7", at_ns=ago(20), group="billing", error=None))
    shipping, billing = group(18790, members=0), group(18790, group="billing")

    assert [("shipping", "no-members"), ("billing", "dead-lettered")] == [
        (one.group, one.state) for one in readers(about, (shipping, billing), NOW_NS)
    ]
    assert [("shipping", "no-members"), ("billing", "dead-lettered")] == [
        (one.group, one.state) for one in readers(about, (shipping,), NOW_NS)
    ]
    assert ["a group that is not named"] == [one.group for one in readers(message(letter=LETTER), (), NOW_NS)]


def test_one_group_is_the_expected_owner():
    """Where exactly one group reads the topic it was to take the message; of several nobody knows which."""
    one = readers(message(), (group(18790),), NOW_NS)
    two = readers(message(), (group(18790), group(18790, group="billing")), NOW_NS)

    assert "shipping" == expected_owner(one)
    assert expected_owner(two) is None
    assert expected_owner(()) is None


def test_the_sentence_tells_the_group_that_matters_and_counts_the_others():
    """The reason of a stall names the group that is worst off, how many more there are, and the place."""
    billing = group(18790, group="billing", members=0)
    found = readers(message(), (billing, group(18850, passed=PASSED)), NOW_NS)
    told = "Last message: billing has no members, so nobody reads it: 32 messages before it, 412 waiting in all"

    assert f"{told}; 1 more group read past it. It was written to orders[3]@18822." == sentence(message(), found)
    behind = readers(message(), (group(18790), billing), NOW_NS)
    assert f"{told}; 5 more groups. It was written to orders[3]@18822." == sentence(message(), behind, 4)
    assert "" == sentence(message(), ())


def test_of_several_groups_that_read_a_message_none_is_accused():
    """Which of them should have acted on it is not known: they are named, and none is said to have lost it."""
    found = readers(message(), tuple(group(18850, group=name) for name in "abcd"), NOW_NS, 2)

    assert not [one for one in found if "lost" in one.why]
    assert (
        "Last message: read past by a, b, c and 3 more; nothing followed: look in the one that should act on it. "
        "It was written to orders[3]@18822."
    ) == sentence(message(), found, 2)


def test_who_read_a_message_that_another_group_put_aside_did_not_lose_it():
    """A dead letter that names a group which is not sampled means that there are two."""
    about = message(letter=Letter(place="dlt[0]@7", at_ns=ago(20), group="billing", error=None))

    assert [("shipping", "read past it about 35s ago"), ("billing", "gave it up 20s ago, it is at dlt[0]@7")] == [
        (one.group, one.why) for one in readers(about, (group(18850, passed=PASSED),), NOW_NS)
    ]


def test_a_message_that_was_handled_is_not_in_the_sentence():
    """Where all have read a message and the transaction went on, its place explains nothing."""
    about = message(is_followed=True)

    assert "" == sentence(about, readers(about, (group(18850),), NOW_NS))
