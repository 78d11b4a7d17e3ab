"""What the dialects of frameworks have in common: nothing that a message says makes them fail."""

import re
from collections.abc import Iterator

import pytest

from collectors.dialects import axon, eventuate, masstransit, nservicebus
from collectors.dialects.dialect import Dialect
from tests.dialect_messages import Message, decoded

DIALECTS = (nservicebus.DIALECT, masstransit.DIALECT, eventuate.DIALECT, axon.DIALECT)
HOSTILE = (
    "",
    " ",
    "2147483647",
    "-9223372036854775808",
    "1e999",
    "true",
    ";:,`[#$+/?-]",
    "Sat, 01 Jan 0001 00:00:00 GMT",
    "7fffffffffffffff-7fffffffffffffff",
    "9999-99-99 99:99:99:999999 Z",
    "\x00\x1b[31m\\ \" ' % \ud7ff",
    "x" * 10_000,
)


def names(dialect: Dialect, kind: str) -> list[str]:
    """Give the headers or places that a dialect asks for."""
    text = " ".join((dialect.recognises, *dialect.columns.values()))
    return sorted(set(re.findall(rf"{kind}\('([^']+)'\)", text)))


def with_every_header(dialect: Dialect, value: str) -> Message:
    """Give a message that has this value wherever the dialect looks into headers."""
    headers = dict.fromkeys(names(dialect, "header"), value)
    return {"headers": headers, "value": {"headers": headers}}


def with_every_place(dialect: Dialect, value: object) -> Iterator[Message]:
    """Give messages that have this value at one place, of those that the dialect looks into, or in all parts of it."""
    for place in (*names(dialect, "path"), *names(dialect, "node")):
        parts = re.findall(r'[^.\[\]"$]+', place)
        for depth in range(1, len(parts) + 1):
            inner = value
            for part in reversed(parts[:depth]):
                inner = [inner] if part.isdigit() else {part: inner}
            yield {"value": {"messageType": ["urn:message:MassTransit.Courier.Contracts:RoutingSlip"], **inner}}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_header_makes_it_fail(dialect: Dialect):
    """Whatever text stands in the headers, each message becomes a record."""
    done = decoded([with_every_header(dialect, value) for value in HOSTILE], dialect=dialect.name)

    assert [] == [reason for reason in done.refused.column("reason").to_pylist() if "looks like" not in reason]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_payload_makes_it_fail(dialect: Dialect):
    """Whatever value stands where the dialect looks, each message becomes a record or is another dialect's."""
    values = (*HOSTILE, 7, -1.5e300, True, None, [], [[]], [7], {}, {"": {}}, [{"executionId": []}])
    done = decoded([message for value in values for message in with_every_place(dialect, value)])

    assert [] == done.refused.column("reason").to_pylist()
