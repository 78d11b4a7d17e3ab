"""Messages of frameworks, decoded, stored and folded: what a person is told of their transactions."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest

from tests.dialect_messages import Message, decoded, ids, stored
from tests.worlds import Lab

CONVERSATION = "c0117e72-5a4d-4f39-9d3c-b2a100000001"
SLIP = "74ac0000-0000-4000-8000-00000000000a"
ORDER = "0dde0000-0000-4000-8000-000000000001"


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Give a store in memory."""
    lab = Lab()
    yield lab
    lab.close()


def told(lab: Lab, messages: Sequence[Message]) -> dict[str, tuple[str, str | None]]:
    """Take messages in; give status and current step of each transaction."""
    lab.keeper.append(pa.Table.from_batches([decoded(messages).records]))
    lab.settle()
    return {name: (row["status"], row["step"]) for name, row in lab.transactions().items()}


def steps(lab: Lab, transaction_id: str) -> set[tuple[str, str]]:
    """Give the steps of a transaction with their states."""
    return {(step.step, step.state) for step in lab.queries.transaction(transaction_id).steps}


def test_reports_of_a_saga_join_the_conversation(lab: Lab):
    """The saga's id in one message leads the saga audit's reports to the conversation."""
    messages = [*stored("nservicebus", "saga_audit")[:2], *stored("nservicebus", "conversation")[:8]]

    assert {CONVERSATION: ("running", "ShippingEscalation")} == told(lab, messages)
    assert ("ShipParcel", "failed") in steps(lab, CONVERSATION)
    assert ("OrderBilled", "completed") in steps(lab, CONVERSATION)


def test_the_saga_that_ends_ends_the_conversation(lab: Lab):
    """A saga that was completed and sent nothing more is the end of the story."""
    messages = [*stored("nservicebus", "conversation")[:5], *stored("nservicebus", "saga_audit")]

    assert {CONVERSATION: ("completed", None)} == told(lab, messages)


def test_what_has_no_correlation_id_joins_by_the_conversation(lab: Lab):
    """MassTransit's first message knows only the conversation, which the others tie to the order."""
    transactions = told(lab, stored("masstransit", "saga"))

    assert [ORDER] == list(transactions)
    assert ("ChargeCard", "failed") in steps(lab, ORDER)
    assert ("OrderExpired", "waiting") in steps(lab, ORDER)


def test_a_slip_that_is_undone_compensates(lab: Lab):
    """A slip on its way to the last compensate log is compensating that activity."""
    assert {SLIP: ("compensating", "ReserveStock")} == told(lab, stored("masstransit", "courier")[:5])


def test_a_slip_that_was_undone_has_failed(lab: Lab):
    """The end of a faulted slip: one activity undone, one failed."""
    assert {SLIP: ("failed", None)} == told(lab, stored("masstransit", "courier")[:7])
    assert {("ReserveStock", "compensated"), ("ChargeCard", "failed")} == steps(lab, SLIP)


def test_a_command_without_a_reply_is_where_a_saga_stands(lab: Lab):
    """Eventuate's saga waits for the participant that it commanded last."""
    saga = ids("eventuate", "saga")["saga"]

    assert {saga: ("running", "ReserveCredit")} == told(lab, stored("eventuate", "saga")[:3])
    assert {("ReserveStock", "completed"), ("ReserveCredit", "pending")} == steps(lab, saga)


@pytest.mark.parametrize("version", ["version_4", "version_5"])
def test_a_chain_of_events_is_one_transaction(lab: Lab, version: str):
    """Events of Axon that come from one command are one transaction."""
    assert {ids("axon", version)["origin"]} == set(told(lab, stored("axon", version)[:2]))
