import io
import json
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.dialects.confluent.avro import AvroReader
from collectors.dialects.confluent.avro_schema import prepare
from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import BadSchema, BadValue

HEAD = b"\0\0\0\0\x01"
COUNT_MAX = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"  # 2**63 - 1, as Avro has it


def reader(schema: Any, *references: Any) -> AvroReader:
    """Make the reader of a schema, given as JSON text or as what becomes it."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    named = tuple((other["name"], json.dumps(other)) for other in references)
    return AvroReader(prepare(Schema(type="AVRO", text=text, references=named)))


def record(*fields: tuple[str, Any], name: str = "shop.R") -> dict[str, Any]:
    """Describe a record."""
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}


def written(schema: Any, value: Any) -> bytes:
    """Write a value, framed."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return HEAD + out.getvalue()


EVERYTHING = record(
    ("text", "string"),
    ("whole", "long"),
    ("yes", "boolean"),
    ("half", "double"),
    ("raw", "bytes"),
    ("choice", ["null", "string", record(("x", "int"), name="shop.Point")]),
    ("points", {"type": "array", "items": "shop.Point"}),
    ("rates", {"type": "map", "values": "float"}),
    ("state", {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}),
    ("mark", {"type": "fixed", "name": "Mark", "size": 2}),
    ("uuid", {"type": "string", "logicalType": "uuid"}),
    ("day", {"type": "int", "logicalType": "date"}),
    ("custom", {"type": "string", "logicalType": "no-such-type"}),
)


def test_every_type_as_json() -> None:
    """Each Avro type has its JSON: bytes in base64, infinity null, a union's value without its branch."""
    value = {
        "text": "ü", "whole": -(2**63), "yes": True, "half": float("inf"), "raw": b"\xff", "choice": {"x": 1},
        "points": [{"x": 2}], "rates": {"a": 0.5}, "state": "PAID", "mark": b"ab",
        "uuid": "0e1a0000-0000-4000-8000-000000000001", "day": 1, "custom": "c",
    }  # fmt: skip
    text, name = reader(EVERYTHING).read(written(EVERYTHING, value))

    expected = {**value, "half": None, "raw": "/w==", "mark": "YWI=", "day": "1970-01-02"}
    assert (expected, "shop.R") == (json.loads(text), name)


def test_a_referenced_type() -> None:
    """A schema may name a type that another schema of the registry defines."""
    line = record(("sku", "string"), name="shop.Line")

    assert b'{"line":{"sku":"a"}}' == reader(record(("line", "shop.Line")), line).read(HEAD + b"\x02a")[0]


@pytest.mark.parametrize(
    ("schema", "tail"),
    [
        ("string", b""),
        ("string", b"\x0aabc"),
        ("string", COUNT_MAX + b"abc"),
        ("string", b"\x01abc"),
        ("string", b"\x02\xff"),
        ("string", b"\x02ab"),
        ("long", b"\xff" * 10_000),
        ({"type": "array", "items": "int"}, COUNT_MAX + b"\0" * 100),
        ({"type": "map", "values": "null"}, COUNT_MAX + b"\0" * 100),
        (["null", "int"], b"\x08\x02"),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, b"\x08"),
        ({"type": "fixed", "name": "F", "size": 2**62}, b"abc"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(schema: Any, tail: bytes) -> None:
    """Values that are cut, too long, or name what is not there are refused, and hold nothing larger than they are."""
    with pytest.raises(BadValue, match="does not fit the Avro schema"):
        reader(json.dumps(schema)).read(HEAD + tail)


NODE = record(("next", ["null", "shop.R"]))


def test_a_record_in_itself() -> None:
    """A record may hold itself; nested beyond reason it is refused, whatever the machine's stack is."""
    text, _ = reader(NODE).read(HEAD + b"\x02\x02\0")
    with pytest.raises(BadValue, match="nested too deeply"):
        reader(NODE).read(HEAD + b"\x02" * 1_000_000 + b"\0")

    assert b'{"next":{"next":{"next":null}}}' == text


def test_names_cannot_fill_the_memory() -> None:
    """A byte a record, each with a long name: what would be gigabytes of JSON is refused before it is written."""
    schema = {"type": "array", "items": record(("n" * 5000, "int"))}
    value = HEAD + b"\x80\xf1\x04" + b"\0" * 40_001  # 40,000 records
    with pytest.raises(BadValue, match="as JSON it has more than"):
        reader(schema).read(value)


@given(st.binary(max_size=200))
@pytest.mark.parametrize("schema", [EVERYTHING, NODE, {"type": "array", "items": ["null", EVERYTHING]}], ids=range(3))
def test_any_bytes_are_json_or_refused(schema: Any, tail: bytes) -> None:
    """No bytes do anything else than become JSON or be refused."""
    try:
        text, _ = reader(schema).read(HEAD + tail)
    except BadValue:
        return

    assert text == msgspec.json.encode(msgspec.json.decode(text))


CHAIN = [record(("a", f"T{i - 1}" if i else "int"), name=f"T{i}") for i in range(100)]
DOUBLES = [record(("a", f"T{i - 1}"), ("b", f"T{i - 1}"), name=f"T{i}") for i in range(1, 30)]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("", "no Avro schema"),
        ("null", "no Avro schema"),
        ("{}", "no Avro schema"),
        ('"nowhere.Defined"', "no Avro schema"),
        ('{"type": "record", "name": "a", "fields": 3}', "no Avro schema"),
        ('{"type": "fixed", "name": "f", "size": -1}', "no number from 0"),
        ('"\ud800"', "no Avro schema"),
        ('{"type":' * 100_000, "nested"),
        ("[" * 100_000 + "]" * 100_000, "nested"),
        ('{"type":"array","items":' * 70 + '"int"' + "}" * 70, "nested more than 64 deep"),
        ({"type": "array", "items": "null"}, "items take no bytes"),
        ({"type": "array", "items": record()}, "items take no bytes"),
        ({"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}, "items take no bytes"),
        (record(("self", "shop.R")), "always holds itself"),
        (record(*[(f"f{i}", kind) for i, kind in enumerate(CHAIN)]), "nested more than 64 deep"),
        (record(("z", record(name="T0")), *[(f"f{i}", kind) for i, kind in enumerate(DOUBLES)]), "stand for more than"),
    ],
)
def test_schemas_that_are_none_or_bombs_are_refused(schema: Any, said: str) -> None:
    """A schema that is malformed, or by which few bytes would become very much, is refused before it is used."""
    with pytest.raises(BadSchema, match=said):
        reader(schema)
