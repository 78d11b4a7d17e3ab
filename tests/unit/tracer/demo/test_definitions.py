import re

import pytest

from tracer.config.definitions import read_definitions
from tracer.demo.definitions import write_definitions
from tracer.demo.faults import ORDER, TRANSFER
from tracer.demo.orders import CAPTURE, NOTIFY, PLACE, RELEASE, RESERVE, SHIP
from tracer.demo.scenery import DEPLOYMENTS
from tracer.demo.transfers import ACCEPT, CHECK, CLOSE, CREDIT, DEBIT, REFUND

# What the services of the demo put into their records, which a command may name.
SENT = {"transaction_id", "reservation.id", "alias.payment", "alias.debit"}


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    """Give both sagas as the sidecar reads them, by name; nothing is warned of."""
    folder = tmp_path_factory.mktemp("demo")
    write_definitions(folder)
    read = read_definitions(("sagas/*.toml",), base=folder)
    assert read.warnings == ()
    return {saga.name: saga for saga in read.sagas}


@pytest.mark.parametrize(
    ("saga", "steps", "undos"),
    [
        (ORDER, [PLACE, RESERVE, CAPTURE, SHIP, NOTIFY], {RESERVE: RELEASE}),
        (TRANSFER, [ACCEPT, DEBIT, CHECK, CREDIT, NOTIFY, CLOSE], {DEBIT: REFUND}),
    ],
)
def test_the_steps_are_those_of_the_services(declared, saga, steps, undos):
    """Each saga has the steps that the services say, in their order, and what undoes them."""
    found = declared[saga].steps

    assert steps == [step.name for step in found]
    assert undos == {step.name: step.compensation.step for step in found if step.compensation}


def test_owners_are_services(declared):
    """Whoever owns a step is a service of the demo, and each step has a deadline."""
    steps = [step for saga in declared.values() for step in saga.steps]

    assert {step.owner for step in steps} <= set(DEPLOYMENTS)
    assert all(step.deadline_s for step in steps)


def test_commands_name_only_what_is_sent(declared):
    """A command asks for no value that the services do not send."""
    steps = [step for saga in declared.values() for step in saga.steps]
    runs = [one.run for step in steps for one in (step, step.compensation) if one and one.run]

    assert {path for run in runs for path in re.findall(r"\{([^{}]+)\}", run)} == SENT
