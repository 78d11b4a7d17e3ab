"""The service that sent an event and the reason of a failure are found, and an absent owner is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import event_samples as samples
from tracer.exchange.messages import Message
from tracer.exchange.suggest.proposal import propose
from tracer.exchange.suggest.toml import write

SERVICES = {"orders": "shop", "inventory": "stock", "payments": "bank"}


def sent_by(name: str) -> list[Message]:
    """Give the orders a header with the service that sent them."""
    return [replace(one, headers=(*one.headers, (name, SERVICES[one.topic].encode()))) for one in samples.orders()[0]]


@pytest.mark.parametrize("name", ["service", "x-team"])
def test_the_owner_is_what_each_event_always_says(name):
    """By its words: what it is called only makes it surer. A header with one word for all is none."""
    proposal = propose(sent_by(name))

    assert {f"header:{name}"} == {rule.sources["owner"].source for rule in proposal.rules}
    assert not any("no owner" in check for check in proposal.checks)


def test_no_owner_is_told():
    """Where nothing says whose event it is, nothing is made up, and it is to be checked."""
    proposal = propose(samples.orders()[0])

    assert all("owner" not in rule.sources for rule in proposal.rules)
    assert any("no owner was found" in check for check in proposal.checks)


def test_the_reason_of_a_failure_is_its_error():
    """Only where failures alone have it: an error makes a record one."""
    rules = {rule.topic: rule for rule in propose(samples.orders()[0]).rules}

    assert "$.reason" == rules["inventory"].sources["error"].source
    assert "error" not in rules["payments"].sources


def test_what_to_check_stands_before_the_mapping():
    """Who pastes it sees it."""
    lines = list(write(propose(samples.orders()[0]), collector="kafka"))

    assert lines.index("# To check:") < lines.index("[[collectors.kafka.mapping]]")
