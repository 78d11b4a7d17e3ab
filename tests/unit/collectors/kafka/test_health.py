"""The one line of a collector."""

from collectors.kafka.health import Health


def test_the_line_says_what_is_read_while_all_is_well():
    """The dialects of each topic, as its last messages had them, after what happened last."""
    health = Health("kafka")
    silent = health.detail()
    health.reads({"paid": "cloudevents", "orders": "json"})
    health.reads({"orders": "json, none"})
    health.reads({})
    read = health.detail()
    health.note("a topic was cut")

    assert ("", "dialects: orders json, none; paid cloudevents") == (silent, read)
    assert "a topic was cut; dialects: orders json, none; paid cloudevents" == health.detail()


def test_trouble_is_told_alone():
    """What is wrong and what happens next has the line for itself."""
    health = Health("kafka")
    health.reads({"orders": "json"})
    health.trouble("store", "the disk is full")

    assert "the disk is full" == health.detail()


def test_many_topics_stay_one_line():
    """Five topics are named, and how many more there are."""
    health = Health("kafka")
    health.reads({f"t{n}": "json" for n in range(8)})

    assert "dialects: t0 json; t1 json; t2 json; t3 json; t4 json; 3 more topics" == health.detail()
