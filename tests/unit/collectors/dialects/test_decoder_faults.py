"""The decoder where decoding itself fails: what is a message's fault, and what is not."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from collectors.dialects.decoder import Decoder
from tests.messages import decoder, messages
from tracer.errors import Busy


def test_a_message_that_the_engine_cannot_take() -> None:
    """A batch that fails is halved until the message to blame is alone: the others become records."""
    made = decoder()
    run = made._engine.run

    def failing(query: str, name: str, table: pa.Table) -> pa.Table:
        if b"poison" in table["raw"].to_pylist() if "raw" in table.column_names else False:
            raise pa.ArrowInvalid("too much")
        return run(query, name, table)

    made._engine.run = failing  # type: ignore[method-assign]  # the engine takes everything we know of
    done = made.decode(messages(*({"value": b"poison" if i == 5 else b"{}"} for i in range(9))), received_ns=7)

    assert [0, 1, 2, 3, 4, 6, 7, 8] == [int(uid.rpartition("/")[2]) for uid in done.records["uid"].to_pylist()]
    assert [(5, "message cannot be decoded: too much")] == [
        (r["offset"], r["reason"]) for r in done.refused.to_pylist()
    ]


def failing(made: Decoder, fails: Callable[[pa.Table], bool]) -> list[int]:
    """Let the engine fail, as it never should, and give the list of its calls."""
    run, calls = made._engine.run, []

    def run_or_fail(query: str, name: str, table: pa.Table) -> pa.Table:
        calls.append(len(table))
        if "raw" in table.column_names and fails(table):
            raise RuntimeError("boom")
        return run(query, name, table)

    made._engine.run = run_or_fail  # type: ignore[method-assign]  # the engine takes everything we know of
    return calls


def test_nothing_is_refused_for_a_fault_of_the_engine() -> None:
    """Where not even an empty message can be decoded, the batch waits: few calls, and no message to blame."""
    made = decoder()
    calls = failing(made, lambda _: True)
    with pytest.raises(Busy, match="no message can be decoded: RuntimeError: boom"):
        made.decode(messages(*({} for _ in range(1_000))), received_ns=7)

    assert 20 > len(calls)


def test_many_messages_that_fail_cost_few_calls_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """After so many that were found alone, those around one are refused with it; the log has one line for all."""
    made = decoder()
    calls = failing(made, lambda table: b"poison" in table["raw"].to_pylist())
    done = made.decode(messages({"value": b"{}"}, *({"value": b"poison"} for _ in range(2_000))), received_ns=7)

    assert (2_000, 1) == (len(done.refused), len(done.records))
    assert "one of" in done.refused["reason"][1_500].as_py()
    assert 400 > len(calls)
    assert [2_000] == [line.messages for line in caplog.records]


def test_an_engine_that_broke_is_made_anew() -> None:
    """A closed connection costs no message."""
    made = decoder()
    made._engine._connection.close()

    assert 1 == len(made.decode(messages({}), received_ns=7).records)
