import re
import tomllib

import pytest

from tracer.config.decode import decode
from tracer.config.sources import Source, read
from tracer.demo.kafka.place import TOPICS, new_place
from tracer.demo.kafka.sidecar import COLLECTOR, sidecar_tables
from tracer.demo.orders import DEAD_LETTERS

PLACE = new_place("127.0.0.1:9092")


@pytest.fixture
def table():
    """Read the collector's table."""
    return tomllib.loads(sidecar_tables(PLACE))["collectors"][COLLECTOR]


@pytest.fixture
def source(tmp_path) -> Source:
    """Read the tables as the sidecar does."""
    file = tmp_path / "sagascope.toml"
    file.write_text(sidecar_tables(PLACE))
    return read(file, environ={}, cwd=tmp_path)


def test_the_topics_of_this_demo_are_read(table):
    """The pattern matches every topic of this demo, and none of another's."""
    other = new_place("127.0.0.1:9092")
    names = [place.name(topic) for place in (PLACE, other) for topic in TOPICS]

    assert [PLACE.name(topic) for topic in TOPICS] == [
        name for name in names if re.fullmatch(table["topic_pattern"], name)
    ]


def test_the_tables_are_a_configuration(source):
    """The sidecar runs an otlp collector beside the one that reads the topics."""
    collectors = decode(source).settings.collectors

    assert {"otlp": "otlp", COLLECTOR: "kafka"} == {name: table["type"] for name, table in collectors.items()}


def test_dead_letters_come_first(table):
    """Of the mapping's tables the first that names a column counts: a dead letter is shipping's failure."""
    first = table["mapping"][0]

    assert [PLACE.name(DEAD_LETTERS)] == table["dead_letter"]
    assert ({"header:kafka_dlt-original-topic": "*"}, "=ship-parcel") == (first["when"], first["step"])
