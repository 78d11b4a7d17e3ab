"""How far behind we are, by topic."""

from aiokafka import TopicPartition

from collectors.kafka.lag import MAX_TOPICS, OTHERS, by_topic, gauges

ORDERS = [TopicPartition("orders", n) for n in range(3)]
PAID = TopicPartition("paid", 0)


def test_the_lag_is_what_is_written_and_not_stored():
    """From the store's position, else from where reading began, to the end; no partition of others, nothing below 0."""
    ends = {ORDERS[0]: 10, ORDERS[1]: 20, ORDERS[2]: 99, PAID: 5}
    at = {ORDERS[0]: 9, ORDERS[1]: 15, PAID: 7}

    assert {"orders": 6 + 5, "paid": 0} == by_topic(ends, at, {("orders", 0): 4, ("paid", 0): 7})


def test_the_gauges_are_the_sum_and_a_bounded_number_of_topics():
    """Topics after the first by name are told together, and nothing of the sum is lost."""
    few = gauges({"b": 2, "a": 1})
    many = gauges({f"t{n:03}": n for n in range(MAX_TOPICS + 3)})

    assert {"lag": 3, "topic_lag{topic=a}": 1, "topic_lag{topic=b}": 2} == few
    assert MAX_TOPICS + 2 == len(many)
    assert sum(range(MAX_TOPICS, MAX_TOPICS + 3)) == many[f"topic_lag{{topic={OTHERS}}}"]
    assert many["lag"] == sum(many.values()) - many["lag"]


def test_without_partitions_there_is_a_sum():
    """The sum is always there."""
    assert {"lag": 0} == gauges({})
