from tracer.demo.bus import captured_topic
from tracer.demo.cast import DETOURS, SERVICES
from tracer.demo.faults import Plan
from tracer.demo.kafka.place import READERS, TOPICS, new_place
from tracer.demo.orders import DEAD_LETTERS
from tracer.demo.participant import Participant


def test_two_demos_do_not_collide():
    """Each demo has a prefix of its own, which its names begin with and lose again."""
    place, other = new_place("127.0.0.1:9092"), new_place("127.0.0.1:9092")

    assert place.prefix != other.prefix
    assert "shipments.shipped" == place.plain(place.name("shipments.shipped"))


def test_every_service_reads_what_the_table_says():
    """The topics that are created, and the groups whose offsets the past leaves, are those of the services."""
    reading = {
        name: tuple(make(Participant(name, None, None)).topics) for name, make in {**SERVICES, **DETOURS}.items()
    }

    assert {name: topics for name, topics in READERS.items() if name != "pickup"} == {
        name: topics for name, topics in reading.items() if topics
    }


def test_every_topic_is_created():
    """Wherever a captured payment goes, the topic is there, and so is that of the dead letters."""
    plan = Plan(7, kafka=True)

    assert {captured_topic(plan, f"ORD-2026-{number}") for number in range(200)} | {DEAD_LETTERS} < set(TOPICS)
