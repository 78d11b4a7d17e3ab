"""docs/kafka.md tells every key, counter and gauge, and nothing that is not there."""

import re
import tomllib
from pathlib import Path

import msgspec

from collectors.dialects.options import DialectOptions
from collectors.kafka.options import MIB, KafkaOptions
from collectors.kafka.tally import Tally
from tests.kafka_parts import MemoryStore, make

PAGE = (Path(__file__).parents[4] / "docs" / "kafka.md").read_text("utf-8")


def rows(heading):
    """Give the first two cells of each row of the table under a heading of columns."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| ([^|]*) ?\|", table, re.MULTILINE)}


def test_every_key_is_told_with_its_default():
    """The table's rows are the options beside those of the dialects, with the values that they have."""
    told = rows("key")
    mine = {field.encode_name: field for field in msgspec.structs.fields(KafkaOptions)}
    others = {field.encode_name for field in msgspec.structs.fields(DialectOptions)} | {"registry"}

    assert mine.keys() - others == told.keys()
    assert {name: _plain(KafkaOptions(), name) for name in told} == {name: _read(text) for name, text in told.items()}
    assert [] == [name for name in others if f"`{name}`" not in PAGE and f".{name}]" not in PAGE]


def test_every_counter_and_gauge_is_told():
    """The tables are what the status has."""
    status = make(MemoryStore(), topics=("orders",)).status()

    assert Tally().counts().keys() == rows("counter").keys()
    assert status.gauges.keys() == rows("gauge").keys()


def _plain(options, name):
    value = getattr(options, name)
    return list(value) if isinstance(value, tuple) else value


def _read(text):
    """Read a default as the file has it."""
    bare = text.strip().strip("`")
    if not bare:
        return None
    if found := re.fullmatch(r"(\d+)(s|MiB)", bare):
        return int(found[1]) * (MIB if found[2] == "MiB" else 1)
    try:
        return tomllib.loads(f"v = {bare}")["v"]
    except tomllib.TOMLDecodeError:
        return bare
