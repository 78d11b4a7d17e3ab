"""Attribute values survive as JSON."""

import base64
import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from collectors.otlp import values
from collectors.otlp.decode import Decoder
from collectors.otlp.values import escaped
from tracer.errors import Rejected, TooLarge

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
KEYS = st.one_of(TEXT, st.sampled_from(["", "$", "$bytes", "$double", "$duplicates", "otel.flags", "a", "b"]))
SCALARS = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=TEXT),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=20)),
)


def array_of(items: list[AnyValue]) -> AnyValue:
    """Make an array, which may be empty."""
    array = AnyValue()
    array.array_value.SetInParent()
    array.array_value.values.extend(items)
    return array


def kvlist_of(pairs: list[KeyValue]) -> AnyValue:
    """Make a key-value list, which may be empty."""
    kvlist = AnyValue()
    kvlist.kvlist_value.SetInParent()
    kvlist.kvlist_value.values.extend(pairs)
    return kvlist


def field(number: int, data: bytes) -> bytes:
    """Write a length-delimited field, with a length of three bytes."""
    size = len(data)
    return bytes([number << 3 | 2, size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + data


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(array_of),
        st.lists(st.builds(KeyValue, key=KEYS, value=inner), max_size=4).map(kvlist_of),
    ),
    max_leaves=8,
)
PAIRS = st.lists(st.builds(KeyValue, key=KEYS, value=VALUES), max_size=6)


def meaning(value: AnyValue) -> Any:
    """What a value says, in a form that compares: NaN equals NaN, 1 differs from 1.0 and from true."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [meaning(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return object_meaning((pair.key, meaning(pair.value)) for pair in value.kvlist_value.values)
    return (kind, None if kind is None else repr(getattr(value, kind)))


def object_meaning(pairs: Any) -> dict[str, list[Any]]:
    """Every value of every key, in order."""
    result: dict[str, list[Any]] = {}
    for key, value in pairs:
        result.setdefault(key, []).append(value)
    return result


def read(value: Any) -> Any:
    """What JSON says by the rules of docs/attributes.md, in the same form."""
    if isinstance(value, dict):
        if "$bytes" in value:
            return ("bytes_value", repr(base64.b64decode(value["$bytes"])))
        return ("double_value", repr(float(value["$double"]))) if "$double" in value else read_object(value)
    if isinstance(value, list):
        return [read(item) for item in value]
    kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value", type(None): None}
    return (kinds[type(value)], None if value is None else repr(value))


def read_object(members: dict[str, Any]) -> dict[str, list[Any]]:
    """Read an object of attributes in the same form."""
    again = members.get("$duplicates", [])
    first = [(key.removeprefix("$"), read(value)) for key, value in members.items() if key != "$duplicates"]
    return object_meaning([*first, *((key, read(value)) for key, value in again)])


def decoded_attributes(attributes: list[KeyValue]) -> dict[str, Any]:
    """Decode one span and parse its attributes."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.CopyFrom(type(span)(trace_id=b"t" * 16, span_id=b"s" * 8, start_time_unix_nano=1, end_time_unix_nano=2))
    span.attributes.extend(attributes)
    decoder = Decoder(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000)
    batch = decoder.decode({"traces": [request.SerializeToString()]}, received_ns=1)
    batch.validate(full=True)
    parsed: dict[str, Any] = json.loads(batch["attributes"][0].as_py(), object_pairs_hook=unique)
    return parsed


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Let no key stand twice."""
    assert len(members) == len(dict(members)), f"a key stands twice in {members}"
    return dict(members)


@given(PAIRS)
@example([KeyValue(key="a"), KeyValue(key="a", value=AnyValue(int_value=1))])
@example([KeyValue(key="otel.flags", value=AnyValue(string_value="mine"))])
@example([KeyValue(key="nul", value=AnyValue(string_value='a\x00\x1b[2J\u2028\\"'))])
def test_lossless(attributes: list[KeyValue]) -> None:
    """The JSON of a span's attributes says exactly what the attributes said."""
    expected = object_meaning((pair.key, meaning(pair.value)) for pair in attributes)

    assert expected == read_object(decoded_attributes(attributes))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AnyValue(double_value=1.0), "1.0"),
        (AnyValue(double_value=-0.0), "-0.0"),
        (AnyValue(double_value=1e300), "1e+300"),
        (AnyValue(double_value=math.inf), '{"$double":"Infinity"}'),
        (AnyValue(double_value=-math.inf), '{"$double":"-Infinity"}'),
        (AnyValue(double_value=math.nan), '{"$double":"NaN"}'),
        (AnyValue(int_value=-(2**63)), "-9223372036854775808"),
        (AnyValue(bool_value=False), "false"),
        (AnyValue(), "null"),
        (AnyValue(bytes_value=b"\x00\xff"), '{"$bytes":"AP8="}'),
        (AnyValue(string_value='a"b\\c\n\x00'), '"a\\"b\\\\c\\n\\u0000"'),
        (array_of([]), "[]"),
        (array_of([AnyValue(double_value=2.0), AnyValue(double_value=math.nan)]), '[2.0,{"$double":"NaN"}]'),
        (kvlist_of([]), "{}"),
    ],
)
def test_words(value: AnyValue, expected: str) -> None:
    """Each type has its own words in JSON, the same alone and beside others."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(start_time_unix_nano=1, end_time_unix_nano=2)
    span.attributes.extend([KeyValue(key="k", value=value), KeyValue(key="other", value=AnyValue(string_value="x"))])
    decoder = Decoder(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000)

    batch = decoder.decode({"traces": [request.SerializeToString()]}, received_ns=1)

    assert f'{{"k":{expected},"other":"x"}}' == batch["attributes"][0].as_py()


def test_escaping_of_a_slice() -> None:
    """Escaping changes the rows that need it, wherever the column was cut, and leaves null null."""
    texts = pa.array(['"', "plain", None, "a\tb", 'x"y'])[1:]

    assert ["plain", None, "a\\tb", 'x\\"y'] == escaped(texts).to_pylist()


def nested(depth: int) -> bytes:
    """Write a request with one attribute whose value is nested in arrays."""
    value = field(1, b"core")
    for _ in range(depth):
        value = field(5, field(1, value))
    return field(1, field(2, field(2, field(9, field(1, b"deep") + field(2, value)))))


def test_deep_values() -> None:
    """A value is read as deep as protobuf parsers go; one that is deeper is malformed, and no crash."""
    decoder = Decoder(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000)
    [text] = decoder.decode({"traces": [nested(45)]}, received_ns=1)["attributes"].to_pylist()

    assert '{"deep":' + "[" * 45 + '"core"' + "]" * 45 == text.partition(',"otel.')[0]
    with pytest.raises(Rejected, match="nested deeper"):
        decoder.decode({"traces": [nested(60)]}, received_ns=1)


@pytest.mark.parametrize(("text", "fits"), [("\x00" * 20, True), ("\x00" * 21, False), ('"\n' * 50, True)], ids=repr)
def test_escapes_are_bounded(monkeypatch: pytest.MonkeyPatch, text: str, fits: bool) -> None:  # noqa: FBT001  a column
    """Control characters grow sixfold: more than a limit of that is too large, and quotes only double."""
    monkeypatch.setattr(values, "MAX_ESCAPE_BYTES", 100)
    attributes = [KeyValue(key="k", value=AnyValue(string_value=text))]

    if fits:
        assert text == decoded_attributes(attributes)["k"]
    else:
        with pytest.raises(TooLarge, match="control characters"):
            decoded_attributes(attributes)


def test_arrays_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty values cost two bytes on the wire and a hundred times that in memory: more than a limit is too large."""
    monkeypatch.setattr(values, "MAX_NESTED_BYTES", 99)
    array = KeyValue(key="big", value=array_of([AnyValue() for _ in range(50)]))

    with pytest.raises(TooLarge, match="arrays"):
        decoded_attributes([array])
