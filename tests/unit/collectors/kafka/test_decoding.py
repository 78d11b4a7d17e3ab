"""A decoder that fails is not the end of a partition."""

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


def test_only_the_message_that_the_decoder_fails_on_is_refused():
    """Every other message of the batch becomes a record, and the reason tells of the failure."""
    values = [event(0), b"bomb", event(1), None, event(2), b"bomb", b"not JSON"]
    messages = to_batch({("orders", 0): [Message(at, value) for at, value in enumerate(values)]})
    made = decode(Fragile(), messages, received_ns=1)

    assert ["0", "1", "2"] == made.records["transaction_id"].to_pylist()
    assert [1, 5, 6] == made.refused["offset"].to_pylist()
    assert "the decoder failed: RuntimeError: boom" == made.refused["reason"][0].as_py()
    assert (7, 1) == (made.messages, made.tombstones)


def test_a_decoder_may_ask_to_wait():
    """Busy is not the message's fault, and goes to who can try again."""
    with pytest.raises(Busy):
        decode(Waiting(), to_batch({("orders", 0): [Message(0)]}), received_ns=1)
