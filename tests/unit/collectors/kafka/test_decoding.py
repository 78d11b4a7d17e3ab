"""A decoder that fails is not the end of a partition."""

from dataclasses import replace

import pytest

from collectors.kafka.decoding import decode
from collectors.kafka.messages import to_batch
from tests.kafka_parts import JsonDecoder, Message, event
from tracer.errors import Busy


class Fragile(JsonDecoder):
    """Fails on every batch that holds the word `bomb`."""

    def decode(self, messages, *, received_ns):
        """Decode, or fail."""
        if b"bomb" in b"".join(messages["value"].drop_null().to_pylist()):
            raise RuntimeError("boom")
        return super().decode(messages, received_ns=received_ns)


class Waiting:
    """Needs something that is not there."""

    def decode(self, messages, *, received_ns):
        """Say so."""
        raise Busy(f"{len(messages)} messages wait at {received_ns}")


def test_a_decoder_that_fails_asks_to_wait():
    """A decoder refuses what it cannot decode; where it fails instead nothing is refused, and its words are told."""
    messages = to_batch({("orders", 0): [Message(0, event(0)), Message(1, b"bomb")]})
    with pytest.raises(Busy, match="the decoder failed: RuntimeError: boom"):
        decode(Fragile(), messages, received_ns=1)


def test_what_was_made_is_counted():
    """Messages and tombstones are counted beside the records and what was refused."""
    messages = to_batch({("orders", 0): [Message(0, event(0)), Message(1, None), Message(2, b"not JSON")]})
    made = decode(JsonDecoder(), messages, received_ns=1)

    assert (1, 1, 3, 1) == (made.records.num_rows, made.refused.num_rows, made.messages, made.tombstones)


def test_the_dialects_come_along():
    """What the decoder recognised by topic is handed on."""

    class Speaking(JsonDecoder):
        def decode(self, messages, *, received_ns):
            return replace(super().decode(messages, received_ns=received_ns), dialects={"orders": "json"})

    made = decode(Speaking(), to_batch({("orders", 0): [Message(0, event(0))]}), received_ns=1)

    assert {"orders": "json"} == made.dialects


def test_a_decoder_may_ask_to_wait():
    """Busy is not the message's fault, and goes to who can try again."""
    with pytest.raises(Busy):
        decode(Waiting(), to_batch({("orders", 0): [Message(0)]}), received_ns=1)
