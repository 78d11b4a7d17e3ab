"""The whole demo: real processes, real OTLP, and every fault of its table found again in the store."""

import re
import signal
from itertools import pairwise

import pytest

from tests.demos import PATIENCE_S, read_until, start_demo, wait_for
from tracer.client import Client
from tracer.demo.customers import FIRST_ORDER, FIRST_TRANSFER
from tracer.demo.faults import FAULTS, ORDER, TRANSFER, Plan
from tracer.demo.orders import CARRIER_DOWN
from tracer.errors import Unreachable
from tracer.views import StallQuery, TransactionQuery

SEED = 7
PAST = 200
MAX_SHOWN = 5
USUAL = 0.5
# Each fault that leaves a transaction open: the kind of stall, its step, whose it is.
STICKING = {
    "lost-handoff": ("handoff-lost", "ship-parcel", "shipping"),
    "slow-payment": ("step-overdue", "capture-payment", "payment"),
    "carrier-outage": ("retry-loop", "ship-parcel", "shipping"),
    "half-refund": ("compensation-stuck", "refund-debit", "account"),
}


class Night:
    """A running demo: its client, and which of its past transactions met which fault."""

    def __init__(self, client, year, orders, transfers):
        self.client = client
        plan = Plan(SEED)
        ids = [f"ORD-{year}-{FIRST_ORDER + number}" for number in range(orders)]
        ids += [f"TRF-{FIRST_TRANSFER + number}" for number in range(transfers)]
        self.met = {each: plan.fault(each) for each in ids}

    def of(self, fault):
        """Give past transactions that met a fault, as they are shown."""
        return [self.client.transaction(each) for each in self._ids(fault)[:MAX_SHOWN]]

    def statuses(self, fault):
        """Give the statuses of all past transactions that met a fault, from the list."""
        ids = set(self._ids(fault))
        page = self.client.transactions(TransactionQuery(sort="started", limit=PAST))
        listed = {each.transaction_id: each.status for each in page.transactions if each.transaction_id in ids}
        assert ids == set(listed)
        return set(listed.values())

    def _ids(self, fault):
        found = [each for each, met in self.met.items() if met == fault]
        assert found, f"no past transaction met {fault}"
        return found


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Run the demo for all tests, and wait until its past is in the store."""
    demo = start_demo(
        SEED, "--seconds", "300", "--past", str(PAST), "--dir", str(tmp_path_factory.mktemp("demo") / "store")
    )
    try:
        url = read_until(demo, r"sidecar is up at (\S+)")[1]
        orders, transfers = map(int, read_until(demo, r"minutes are in: (\d+) orders, (\d+) transfers").groups())
        client = Client(url)
        wait_for(
            lambda: client.transactions(TransactionQuery(limit=1, q=f"TRF-{FIRST_TRANSFER + transfers - 1}")).total
        )
        year = client.transactions(TransactionQuery(limit=1, q="ORD-")).transactions[0].transaction_id.split("-")[1]
        yield Night(client, year, orders, transfers)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=PATIENCE_S)


def _step(transaction, name):
    return next((step for step in transaction.steps if step.step == name), None)


@pytest.mark.parametrize("fault", [None, "carrier-hiccup", "duplicate-delivery"])
def test_what_goes_well_completes(night, fault):
    """A transaction without a fault, or with one that heals, is completed as soon as all of it is folded."""
    wait_for(lambda: night.statuses(fault) == {"completed"})


@pytest.mark.parametrize("fault", ["declined-card", "closed-account"])
def test_what_is_undone_is_compensated(night, fault):
    """A transaction whose work was undone in full is compensated as soon as all of it is folded."""
    wait_for(lambda: night.statuses(fault) == {"compensated"})


@pytest.mark.parametrize("fault", STICKING)
def test_what_sticks_is_stuck(night, fault):
    """A transaction whose fault leaves it open is stuck: of that kind, in that step, with that owner."""
    stalls = [transaction.stall for transaction in night.of(fault)]

    assert {STICKING[fault]} == {(stall.kind, stall.step, stall.owner) for stall in stalls}
    assert all(stall.why for stall in stalls)


@pytest.mark.parametrize(
    ("fault", "action", "command"),
    [
        # The payment is captured, which is the point of no return, and shipping an order twice does no harm.
        ("lost-handoff", "resume", r"curl -fsS -X POST http://shipping/orders/{id}/shipment"),
        # The provider charges once for each payment id.
        ("slow-payment", "retry", r"curl -fsS -X POST http://payment/payments/PAY-[0-9A-F]{{8}}/capture"),
        # So many tries did not help: another one will not.
        ("carrier-outage", "investigate", None),
        # Whether the payer has the money back is not known, and twice would be as bad as never.
        ("half-refund", "investigate", None),
    ],
)
def test_the_first_advice_is_what_an_expert_would_do(night, fault, action, command):
    """What is advised first is about the step that is stuck, for its owner, with a command where one is safe."""
    _, step, owner = STICKING[fault]
    for transaction in night.of(fault):
        first = transaction.advice[0]

        assert (action, step, owner, "declared") == (first.action, first.step, first.owner, first.basis)
        assert (first.command is None) == (command is None)
        assert command is None or re.fullmatch(command.format(id=transaction.transaction_id), first.command)


def test_a_refund_can_be_run_again_once_somebody_has_looked(night):
    """After looking, the refund that may be run has the debit's own id in its command."""
    for transaction in night.of("half-refund"):
        (debit,) = transaction.aliases
        (again,) = [one for one in transaction.advice if one.command]

        assert ("compensate", "refund-debit", "account") == (again.action, again.step, again.owner)
        assert f"curl -fsS -X POST http://account/debits/{debit}/refund" == again.command


@pytest.mark.parametrize("fault", [None, "carrier-hiccup", "duplicate-delivery", "declined-card", "closed-account"])
def test_what_ends_needs_no_advice(night, fault):
    """A transaction that has ended is stuck nowhere, and nothing is advised."""
    for transaction in night.of(fault):
        assert (None, ()) == (transaction.stall, transaction.advice)


def test_each_fault_is_an_incident(night):
    """What is stuck is grouped by what went wrong, with the money that is at stake."""
    found = {(one.kind, one.step, one.owner): one for one in night.client.incidents(StallQuery()).incidents}

    assert set(STICKING.values()) <= set(found)
    assert all(found[cause].amount > 0 for cause in STICKING.values())


@pytest.mark.parametrize(
    ("saga", "way", "undo"),
    [
        (
            ORDER,
            ["place-order", "reserve-inventory", "capture-payment", "ship-parcel", "notify-customer"],
            ("capture-payment", "release-inventory"),
        ),
        (
            TRANSFER,
            ["accept-transfer", "debit-account", "check-fraud", "credit-account", "notify-customer", "close-transfer"],
            ("credit-account", "refund-debit"),
        ),
    ],
)
def test_the_flow_is_learned(night, saga, way, undo):
    """The past is enough to learn both sagas: most go the way of the services, and what failed goes the way back."""
    wait_for(lambda: {row.saga for row in night.client.sagas().sagas if row.learned} >= {ORDER, TRANSFER})
    edges = night.client.flow(saga).edges
    usual = {(edge.before, edge.after) for edge in edges if edge.n > 0 and (edge.share or 0) >= USUAL}
    forward = {(before, after) for before, after in usual if before in way and after in way}

    assert set(pairwise(way)) == forward
    assert undo in {(edge.before, edge.after) for edge in edges if edge.n > 0}


def test_both_sagas_are_declared(night):
    """The definitions lie in the demo's folder and are known by their place."""
    declared = {row.saga: row.declared for row in night.client.sagas().sagas}

    assert all(f"sagas/{saga}.toml:" in declared[saga] for saga in (ORDER, TRANSFER))


def test_lost_handoff(night):
    """The payment is captured, its message was sent, and the step after it does not exist."""
    for transaction in night.of("lost-handoff"):
        assert _step(transaction, "capture-payment").state == "completed"
        assert "send payments.captured" in {entry.name for entry in transaction.timeline}
        assert _step(transaction, "ship-parcel") is None


def test_slow_payment(night):
    """The capture at the payment service owns the order, by a record that says so."""
    for transaction in night.of("slow-payment"):
        (current,) = transaction.current

        assert (current.step, current.owner, current.basis) == ("capture-payment", "payment", "exact")


def test_retry_loop(night):
    """Shipping has tried more than once, and the carrier's words are the step's error."""
    for transaction in night.of("carrier-outage"):
        step = _step(transaction, "ship-parcel")

        assert step.attempts > 1
        assert CARRIER_DOWN in step.error


def test_retry_that_helped(night):
    """The second attempt went through, and both are counted."""
    assert {2} == {_step(transaction, "ship-parcel").attempts for transaction in night.of("carrier-hiccup")}


def test_duplicate_delivery(night):
    """Inventory consumed one message twice, which the records show."""
    for transaction in night.of("duplicate-delivery"):
        records = night.client.records(transaction.transaction_id).records
        consumed = [row.message_id for row in records if row.name == "process orders.placed"]

        assert (len(consumed), len(set(consumed))) == (2, 1)


def test_half_refund(night):
    """The debit's compensation has begun at the account service and has not ended."""
    for transaction in night.of("half-refund"):
        compensation = _step(transaction, "debit-account").compensation

        assert (
            compensation.step, compensation.owner, compensation.state,
        ) == ("refund-debit", "account", "compensating")  # fmt: skip
        assert compensation.ended_at is None


def test_silent_participant(night):
    """Of all services, fraud-check alone sends records that join no transaction."""
    assert {"fraud-check"} == {row.owner for row in night.client.collectors().coverage if row.unplaced}


def test_ids_that_join_by_trace(night):
    """The ledger's spans carry no id and are in the transfer's timeline all the same, by their trace."""
    timeline = night.of("closed-account")[0].timeline
    spans = [entry for entry in timeline if entry.owner == "ledger" and entry.kind == "span"]

    assert ["INSERT entries", "POST /entries"] == sorted(span.name for span in spans)
    assert {"trace", "ancestor"} >= {span.correlated_by for span in spans}


def test_a_run_from_beginning_to_end(tmp_path, monkeypatch):
    """Left alone, and with no definition, the demo lists what is stuck and what to do, and leaves nothing behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    demo = start_demo(SEED, "--seconds", "8", "--past", "250", "--learned-only")
    stdout, stderr = demo.communicate(timeout=PATIENCE_S)
    url = re.search(r"sidecar is up at (\S+)", stderr)[1]
    plan = Plan(SEED)
    heading, *lines = stdout.splitlines()
    listed = {line.split()[0] for line in lines if not line.startswith(" ")}
    kinds = {plan.fault(each) for each in listed}

    assert demo.returncode == 0
    assert heading == f"{len(listed)} stuck, the longest first:"
    assert len(listed) == sum(line.startswith("    do: ") for line in lines)
    assert "    run: " not in stdout
    assert "removed at the end; --keep keeps it" in stderr
    assert {"lost-handoff", "carrier-outage", "half-refund"} <= kinds
    assert kinds <= {fault.name for fault in FAULTS if fault.sticks}
    assert "fraud-check" in stderr
    assert list(tmp_path.glob("sagascope-demo-*")) == []
    with pytest.raises(Unreachable):
        Client(url).collectors()


def test_the_table_is_tested_whole():
    """Every fault that leaves a transaction open is among those that the tests above look for."""
    assert set(STICKING) == {fault.name for fault in FAULTS if fault.sticks}
