import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from collectors.dialects.confluent import limits, schemas, unwrap
from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import RegistryAway, UnknownSchema
from collectors.dialects.confluent.options import RegistryOptions
from collectors.dialects.confluent.schemas import Schemas
from collectors.dialects.confluent.unwrap import RegistryUnwrap
from tracer.errors import Busy, SagascopeError

STRING = Schema(type="AVRO", text='"string"')


@dataclass
class Lookup:
    """Answers with a schema or an error; keeps what it was asked."""

    answer: Callable[[int], Schema | SagascopeError] = lambda _: STRING
    asked: list[int] = field(default_factory=list)

    def schema(self, schema_id: int) -> Schema:
        """Give a schema."""
        self.asked.append(schema_id)
        answer = self.answer(schema_id)
        if isinstance(answer, SagascopeError):
            raise answer
        return answer


@dataclass
class Hand:
    """A clock that is set by hand."""

    s: float = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.s


def stage(lookup: Lookup, clock: Hand) -> RegistryUnwrap:
    """Make a stage that asks `lookup`."""
    made = RegistryUnwrap(RegistryOptions(url="http://127.0.0.1:1"), name="events", monotonic=clock)
    made._schemas = Schemas(lookup, monotonic=clock)
    return made


def message(schema_id: int, tail: bytes = b"\x02a") -> bytes:
    """Frame a value."""
    return b"\0" + schema_id.to_bytes(4, "big") + tail


def reasons(made: RegistryUnwrap, *values: bytes) -> list[str | None]:
    """Give the reason for each value."""
    out = made.unwrap(pa.array(values, pa.binary()), pa.array(["orders"] * len(values)))
    return [None] * len(values) if out.reasons is None else out.reasons.to_pylist()


def test_columns_keep_their_order_and_types() -> None:
    """Values, schemas and reasons come back in the order and number in which they came."""
    values = pa.array([b"x", message(1), None, message(2, b"\x02"), message(1, b"\x02b")], pa.binary())[1:]
    out = stage(Lookup(), Hand()).unwrap(values, pa.array(["orders"] * 4))

    assert out.reasons is not None
    assert (pa.binary(), pa.string(), pa.string()) == (out.values.type, out.schema_refs.type, out.reasons.type)
    assert [b'"a"', None, message(2, b"\x02"), b'"b"'] == out.values.to_pylist()
    assert ["string:1", None, None, "string:1"] == out.schema_refs.to_pylist()
    assert [True, True, False, True] == out.reasons.is_null().to_pylist()


def test_nothing_framed_asks_nothing() -> None:
    """A batch without the format comes back as it is, without a look-up."""
    lookup = Lookup()
    values = pa.array([b"{}", None], pa.binary())
    out = stage(lookup, Hand()).unwrap(values, pa.array(["a", "b"]))

    assert (values, [None, None], None, []) == (out.values, out.schema_refs.to_pylist(), out.reasons, lookup.asked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"title": "Order", "$id": "i"}', "Order:5"), ('{"$id": "i"}', "i:5"), ("true", "orders:5"), ("[", "orders:5")],
)
def test_json_schema_names(text: str, expected: str) -> None:
    """A JSON Schema's messages are named by its title, else its $id, else the topic."""
    made = stage(Lookup(lambda _: Schema(type="JSON", text=text)), Hand())
    out = made.unwrap(pa.array([message(5, b'{"a":1}'), message(5, b"{")]), pa.array(["orders"] * 2))

    assert [expected, None] == out.schema_refs.to_pylist()
    assert {"a": 1} == json.loads(out.values[0].as_py())
    assert out.reasons is not None
    assert "schema 5: it is no JSON" in out.reasons[1].as_py()


def test_what_the_registry_does_not_know_is_asked_again_after_a_while() -> None:
    """An unknown id is refused without asking for a minute, then asked for again: it may have been registered."""
    lookup, clock = Lookup(lambda _: UnknownSchema("not known")), Hand()
    made = stage(lookup, clock)
    first = reasons(made, message(3), message(3))
    clock.s = limits.REFUSAL_S - 1
    reasons(made, message(3))
    asked = len(lookup.asked)
    lookup.answer, clock.s = (lambda _: STRING), limits.REFUSAL_S

    assert (["schema 3: not known"] * 2, 1) == (first, asked)
    assert [None] == reasons(made, message(3))


def test_an_absent_registry_is_not_held_against_an_id() -> None:
    """While the registry is away its messages wait, and are read as soon as it answers: none is refused."""
    lookup = Lookup(lambda _: RegistryAway("away"))
    made = stage(lookup, Hand())
    with pytest.raises(Busy, match="schema 3 cannot be looked up: away"):
        reasons(made, message(3))
    lookup.answer = lambda _: STRING

    assert [None] == reasons(made, message(3))


def test_an_id_that_none_can_be_is_not_asked_for() -> None:
    """Ids are 31 bits: hostile bytes do not reach the registry as others."""
    lookup = Lookup()

    assert ["schema 4294967295 is none: an id is at most 2147483647"] == reasons(
        stage(lookup, Hand()), message(2**32 - 1)
    )
    assert [] == lookup.asked


def test_a_batch_asks_for_so_many_schemas() -> None:
    """Random ids cost a bounded number of look-ups a batch; the rest is refused to be replayed."""
    lookup = Lookup(lambda _: UnknownSchema("not known"))
    said = reasons(stage(lookup, Hand()), *[message(i) for i in range(limits.MAX_LOOKUPS + 5)])

    assert limits.MAX_LOOKUPS == len(lookup.asked)
    assert 5 == sum("replay the message" in (reason or "") for reason in said)


def test_a_batch_asks_for_so_long() -> None:
    """A slow registry holds one batch up for a bounded time."""
    clock = Hand()

    def slow(_: int) -> Schema:
        clock.s += limits.LOOKUPS_S / 2
        return STRING

    lookup = Lookup(slow)

    assert [None, None] == reasons(stage(lookup, clock), *[message(i) for i in range(5)])[:2]
    assert 2 == len(lookup.asked)


def test_readers_and_refusals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least used reader is forgotten first; unknown ids push no reader out."""
    monkeypatch.setattr(schemas, "MAX_SCHEMAS", 2)
    monkeypatch.setattr(schemas, "MAX_REFUSALS", 2)
    lookup = Lookup(lambda number: STRING if number < 10 else UnknownSchema("no"))
    made = stage(lookup, Hand())
    for number in (1, 2, 1, 3, 10, 11, 12, 1, 2, 12, 10):
        reasons(made, message(number))

    assert [1, 2, 3, 10, 11, 12, 2, 10] == lookup.asked


def test_values_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is too long is refused, and one by which the batch would be."""
    monkeypatch.setattr(unwrap, "MAX_VALUE_BYTES", 100)
    monkeypatch.setattr(unwrap, "MAX_BATCH_BYTES", 420)
    said = reasons(stage(Lookup(), Hand()), *[message(1, b"\x64" + b"a" * 50)] * 3, message(1, b"a" * 100))

    assert [None, None] == said[:2]
    assert "its batch has more than 420 bytes as JSON" in (said[2] or "")
    assert "it has 105 bytes; 100 are the limit" in (said[3] or "")


def test_a_type_of_schema_that_nobody_reads() -> None:
    """A schema of another type is refused by name."""
    [said] = reasons(stage(Lookup(lambda _: Schema(type="THRIFT", text="")), Hand()), message(1))

    assert "schema 1: its type is THRIFT; AVRO, PROTOBUF and JSON are read" == said
