import base64
import json

import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import BadSchema, BadValue
from collectors.dialects.confluent.protobuf import ProtobufReader
from collectors.dialects.confluent.protobuf_schema import compile_schema

HEAD = b"\0\0\0\0\x01\0"
LONG = "L" * 60
PROTO = f"""
syntax = "proto3";
package shop;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "confluent/meta.proto";
import "confluent/type/decimal.proto";
enum State {{ NEW = 0; {LONG} = 1; }}
message Event {{
  option (confluent.message_meta).doc = "what happened";
  string id = 1 [(confluent.field_meta).tags = "KEY"];
  Event inner = 2;
  repeated Event parts = 3;
  google.protobuf.Any any = 4;
  google.protobuf.Timestamp at = 5;
  google.protobuf.Struct extra = 6;
  google.protobuf.Int64Value count = 7;
  google.protobuf.Duration took = 8;
  confluent.type.Decimal total = 9;
  float ratio = 10;
  double weight = 11;
  map<bool, sint64> by_flag = 12;
  repeated State states = 13;
  optional int32 maybe = 14;
  fixed64 from = 15;
}}
"""
FILES = compile_schema(Schema(type="PROTOBUF", text=PROTO))
READER = ProtobufReader(FILES)
UNSET = {"id": "", "parts": [], "ratio": 0.0, "weight": 0.0, "by_flag": {}, "states": [], "from": "0"}


def event(**fields: object) -> Message:
    """Make an event."""
    pool = DescriptorPool()
    for file in FILES.file:
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("shop.Event"))(**fields)


def read(message: Message) -> object:
    """Read a message back as JSON."""
    return json.loads(READER.read(HEAD + message.SerializeToString())[0])


def test_fields_that_are_not_set() -> None:
    """A field without presence has its default; one that knows that it was not set is not there."""
    assert UNSET == read(event())
    assert {**UNSET, "maybe": 0} == read(event(maybe=0))


def test_every_type_as_json() -> None:
    """Types have the JSON of ProtoJSON, under the names of the .proto file."""
    message = event(
        id="ü", count={"value": 7}, took={"seconds": 3}, total={"value": b"\x04\xd2", "scale": 2}, ratio=1.1,
        weight=float("-inf"), by_flag={True: -5}, states=[0, 1, 9], at={"seconds": 100, "nanos": 5_000_000},
        extra={"a": 1.5}, inner={"id": "i"}, **{"from": 2**64 - 1},
    )  # fmt: skip

    assert {
        **UNSET, "id": "ü", "count": "7", "took": "3s", "total": "12.34", "ratio": 1.1, "weight": "-Infinity",
        "by_flag": {"true": "-5"}, "states": ["NEW", LONG, 9], "at": "1970-01-01T00:01:40.005Z",
        "extra": {"a": 1.5}, "inner": {**UNSET, "id": "i"}, "from": str(2**64 - 1),
    } == read(message)  # fmt: skip


def test_what_json_has_no_form_for() -> None:
    """A time out of range, and an Any of a type that nobody knows, are given as their fields."""
    message = event(at={"seconds": 10**15}, any={"type_url": "x/y.Z", "value": b"zz"})

    assert {**UNSET, "at": {"seconds": 10**15}, "any": {"type_url": "x/y.Z", "value": "eno="}} == read(message)


def test_a_schema_kept_as_descriptors() -> None:
    """The base64 of a descriptor, as clients register it, reads as the text does."""
    text = base64.b64encode(FILES.file[-1].SerializeToString()).decode()
    kept = ProtobufReader(compile_schema(Schema(type="PROTOBUF", text=text)))

    assert (b'"id":"a"', "shop.Event") == (
        kept.read(HEAD + event(id="a").SerializeToString())[0][1:9],
        kept.read(HEAD)[1],
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (HEAD[:-1], "ends within its message indexes"),
        (HEAD[:-1] + b"\x02\x02", r"no message at the indexes \[1\]"),
        (HEAD[:-1] + b"\x02\x01", r"no message at the indexes \[-1\]"),
        (HEAD[:-1] + b"\x04\0\x04", r"no message at the indexes \[0, 2\]"),
        (HEAD + b"\x0a\x7fabc", "is no shop.Event"),
        (HEAD + b"\x0a\x01\xff", "is no shop.Event"),
        (HEAD + b"\x1a\x00" * 600_000, "more than 67108864 characters"),
        (HEAD + b"\x68\x01" * 1_200_000, "more than 67108864 characters"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(value: bytes, said: str) -> None:
    """Values that are cut, name no message, or would become very much JSON are refused."""
    with pytest.raises(BadValue, match=said):
        READER.read(value)


def test_nested_beyond_reason() -> None:
    """A message in a message in a message, a thousand times, is refused."""
    value = b""
    for _ in range(1000):
        length, digits = len(value), b""
        while length >= 128:
            digits, length = digits + bytes([length & 127 | 128]), length >> 7
        value = b"\x12" + digits + bytes([length]) + value

    with pytest.raises(BadValue, match="MaxDepth"):
        READER.read(HEAD + value)


@given(st.binary(max_size=100))
def test_any_bytes_are_json_or_refused(tail: bytes) -> None:
    """No bytes do anything else than become JSON or be refused."""
    try:
        text, name = READER.read(HEAD + tail)
    except BadValue:
        return

    assert (True, "shop.Event") == (isinstance(json.loads(text), dict), name)


HEADER = 'syntax = "proto3";'


@pytest.mark.parametrize(
    ("text", "references", "said"),
    [
        (
            f"{HEADER} mesage X {{}}",
            (),
            "^protoc refuses it: sagascope.message.proto:1:20: Expected top-level statement",
        ),
        (f'{HEADER} import "/etc/hostname";', (), "protoc refuses it"),
        (f'{HEADER} import "../../etc/hostname";', (), "protoc refuses it"),
        (HEADER, (("../x.proto", ""),), "no path of a .proto file"),
        (HEADER, (("/x.proto", ""),), "no path of a .proto file"),
        (HEADER, (("x.txt", ""),), "no path of a .proto file"),
        (HEADER, (("x.proto", ""), ("x.proto/y.proto", "")), "cannot be written"),
        (f"{HEADER} {'message A {' * 5000}", (), "protoc refuses it"),
        (f'{HEADER} import "a.proto";', (("a.proto", f'{HEADER} import "sagascope.message.proto";'),), "recursively"),
        ("aGVsbG8gd29ybGQhIQ==", (), "neither .proto text nor a serialized descriptor"),
        (base64.b64encode(b"\x0a\x01x\x1a\x05q.pro").decode(), (), "do not fit together"),
    ],
)
def test_schemas_that_are_none_are_refused(text: str, references: tuple[tuple[str, str], ...], said: str) -> None:
    """A schema that does not compile, or reaches for files outside, is refused with protoc's first words."""
    with pytest.raises(BadSchema, match=said):
        ProtobufReader(compile_schema(Schema(type="PROTOBUF", text=text, references=references)))
