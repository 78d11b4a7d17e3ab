"""The place of a transaction's last message, from records, dead letters and the progress of its readers."""

import json

import pyarrow as pa
import pytest

from tests.worlds import NOON_NS, Lab
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.messages import PROGRESS_SCHEMA
from tracer.query import messages

NOW_S = 600


def borne(second, position, **columns):
    """Make a record that a message brought, so many seconds after noon."""
    common = {"kind": "event", "phase": "completed", "step": "place-order", "owner": "orders", "source": "kafka"}
    return (
        common
        | {"transaction_id": "A", "uid": position, "position": position, "attributes": '{"headers":{}}'}
        | {"at_ns": NOON_NS + second * NS_PER_S, "received_ns": NOON_NS + second * NS_PER_S}
        | columns
    )


def note(lab, second, committed, *, group="shipping", members=1, log_end=100, topic="orders"):
    """Note what a group has committed so many seconds after noon."""
    row = {"group": group, "topic": topic, "partition": 3, "committed": committed, "log_end": log_end}
    samples = [row | {"members": members, "at_ns": NOON_NS + second * NS_PER_S}]
    lab.keeper.note_progress("kafka", pa.Table.from_pylist(samples, schema=PROGRESS_SCHEMA))


@pytest.fixture
def kafka():
    """Give a store that took in two messages of A, ten minutes after noon."""
    lab = Lab(now_ns=NOON_NS + NOW_S * NS_PER_S, threshold_s=60.0)
    lab.take([borne(0, "orders/3/17"), borne(10, "orders/3/18", name="OrderPlaced")])
    yield lab
    lab.close()


def told(lab, **options):
    """Ask for A; the place of its message, and what its groups did."""
    place = lab.queries.transaction("A", **options).message
    return f"{place.topic}[{place.partition}]@{place.offset}", [(one.group, one.state) for one in place.groups]


def test_without_progress_the_place_is_told_all_the_same(kafka):
    """The last message has a place and a time, whether or not anybody is known to read it."""
    place = kafka.queries.transaction("A").message

    assert ("orders[3]@18", []) == told(kafka)
    assert ("kafka", to_datetime(NOON_NS + 10 * NS_PER_S)) == (place.source, place.at)


def test_a_message_that_is_not_read(kafka):
    """A group that stands before the message has its lag and its pace, and the stall says so."""
    note(kafka, 500, 1)
    note(kafka, NOW_S, 11)
    shown = kafka.queries.transaction("A")
    (group,) = shown.message.groups

    assert ("unread", 11, 8, 89, 1) == (group.state, group.committed, group.lag, group.total_lag, group.members)
    assert pytest.approx(80.0) == group.eta_s
    assert shown.stall.why.endswith(
        "Last message: shipping has not read it: 7 messages before it, 89 waiting in all, "
        "about 1m 20s at its present rate. It was written to orders[3]@18."
    )


def test_a_message_that_is_being_read(kafka):
    """A group whose next offset is the message's is at it."""
    note(kafka, NOW_S, 18)

    assert ("orders[3]@18", [("shipping", "reading")]) == told(kafka)


def test_a_message_that_was_read_and_nothing_followed(kafka):
    """When it was read lies between the two samples; a transaction that is stuck lost it inside that group."""
    note(kafka, 100, 9)
    note(kafka, 110, 29)
    (group,) = kafka.queries.transaction("A").message.groups

    assert ("read", to_datetime(NOON_NS + 105 * NS_PER_S)) == (group.state, group.read_at)
    assert "read past it about 8m 15s ago and nothing followed: lost inside shipping" == group.why


def test_what_followed_is_no_loss(kafka):
    """A span that began after the message, or the end of the transaction, means that it was handled."""
    note(kafka, 100, 29)
    later = {"kind": "span", "position": None, "uid": "s", "at_ns": NOON_NS + 11 * NS_PER_S, "source": "otlp"}
    kafka.take([borne(11, "x") | later])
    (group,) = kafka.queries.transaction("A").message.groups

    assert "had read past it before Sagascope first asked" == group.why


def test_of_several_groups_none_is_accused(kafka):
    """Where several groups read past the message nobody knows which of them should have acted on it."""
    note(kafka, NOW_S, 29)
    note(kafka, NOW_S, 29, group="analytics")
    shown = kafka.queries.transaction("A")

    assert "lost inside" not in shown.stall.why + "".join(one.why for one in shown.message.groups)
    assert shown.stall.why.endswith(
        "Last message: read past by analytics, shipping; nothing followed: look in the one that should act on it. "
        "It was written to orders[3]@18."
    )


def test_what_is_tried_again_was_not_lost(kafka):
    """Nobody is said to have lost a message whose step is tried again and again."""
    again = {"step": "pay", "owner": "payment", "phase": "retried", "attempt": 4}
    kafka.take([borne(second, f"orders/3/{second}", **again) for second in range(20, 24)])
    note(kafka, NOW_S, 30)
    shown = kafka.queries.transaction("A")

    assert "retry-loop" == shown.stall.kind
    assert "lost inside" not in shown.stall.why + shown.message.groups[0].why


def test_a_group_without_members(kafka):
    """A group that has nobody is told so, beside the groups that have."""
    note(kafka, NOW_S, 3, members=0)
    note(kafka, NOW_S, 18, group="billing")

    assert [("shipping", "no-members"), ("billing", "reading")] == told(kafka)[1]


@pytest.mark.parametrize(
    ("owner", "attributes"),
    [
        ("shipping", {"dlt": "orders"}),
        ("orders", {"headers": {"kafka_dlt-original-topic": "orders"}}),
        ("orders", {"dlt": "orders", "headers": {"kafka_dlt-original-consumer-group": "shipping"}}),
    ],
)
def test_a_message_that_was_put_aside(kafka, owner, attributes):
    """A record from a dead-letter topic is not the last message: it says what became of that one."""
    note(kafka, NOW_S, 30)
    letter = {"phase": "failed", "owner": owner, "error": "no such parcel", "attributes": json.dumps(attributes)}
    kafka.take([borne(20, "orders.DLT/0/7", **letter)])
    (group,) = kafka.queries.transaction("A").message.groups

    assert ("orders[3]@18", [("shipping", "dead-lettered")]) == told(kafka)
    assert "gave it up 9m 40s ago, it is at orders.DLT[0]@7: no such parcel" == group.why


def test_a_failure_that_is_no_dead_letter_is_a_message_like_another(kafka):
    """Only what a dead-letter topic held is a dead letter."""
    kafka.take([borne(20, "orders/3/19", phase="failed")])

    assert ("orders[3]@19", []) == told(kafka)


def test_as_of_an_instant_the_group_stands_where_it_stood(kafka):
    """An answer as of a time goes by what was committed then, and does not know how much there was to read."""
    note(kafka, 100, 9)
    note(kafka, 110, 29)
    (group,) = kafka.queries.transaction("A", as_of=to_datetime(NOON_NS + 105 * NS_PER_S)).message.groups

    assert ("unread", 9, 10, None, None) == (group.state, group.committed, group.lag, group.total_lag, group.members)


def test_other_sources_topics_and_positions_are_nothing_to_it(lab):
    """A transaction without a message has no place; a position of another kind is none."""
    lab.take([borne(0, "row 7"), borne(1, "orders/3/18", kind="span")])
    note(lab, NOW_S, 3)

    assert lab.queries.transaction("A").message is None


def test_one_group_is_named_as_who_was_to_take_it():
    """A message that nobody was seen to take is owned by the one group that reads its topic."""
    with_producer = borne(12, None, uid=None, kind="span", span_kind="producer", trace_id=b"1" * 16, span_id=1)
    lab = Lab(now_ns=NOON_NS + NOW_S * NS_PER_S, threshold_s=60.0)
    lab.take([borne(13, "orders/3/18"), with_producer | {"until_ns": NOON_NS + 13 * NS_PER_S}])
    note(lab, NOW_S, 3, members=0)
    stall = lab.queries.transaction("A").stall
    lab.close()

    assert ("handoff-lost", "shipping") == (stall.kind, stall.owner)
    assert "shipping has no members, so nobody reads it" in stall.why
    assert "nobody was seen to take it" not in stall.why


def test_the_groups_that_are_behind_are_told_first_and_the_rest_is_counted(kafka, monkeypatch):
    """Of many groups those that have not read the message are told, the furthest behind first, and how many more."""
    monkeypatch.setattr(messages, "MAX_GROUPS", 2)
    for name, committed in (("a", 90), ("b", 19), ("y", 5), ("z", 2)):
        note(kafka, NOW_S, committed, group=name)
    shown = kafka.queries.transaction("A")

    assert ("orders[3]@18", [("z", "unread"), ("y", "unread")]) == told(kafka)
    assert 2 == shown.message.more_groups
    assert shown.stall.why.endswith("; 3 more groups. It was written to orders[3]@18.")
