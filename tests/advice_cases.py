"""An order that is stuck in one of many ways, for the tests of the advice."""

from tracer.analysis.advising import Case, TimedMark, advise
from tracer.clock import NS_PER_S
from tracer.model.sagas import (
    Coming,
    DeclaredSaga,
    DeclaredStep,
    DeclaredUndo,
    LearnedSaga,
    LearnedStep,
    LearnedUndo,
    Limits,
    Place,
    Verdict,
)

T0 = 1_700_000_000 * NS_PER_S  # 2023-11-14 22:13:20 UTC
RELEASE = "curl -fsS -X POST http://inventory/reservations/{reservation_id}/release"
RESERVE = DeclaredStep(
    name="reserve-inventory",
    owner="inventory",
    compensation=DeclaredUndo(step="release-inventory", owner="inventory", run=RELEASE),
)
CHARGE = DeclaredStep(
    name="charge-card",
    owner="payment",
    after=("reserve-inventory",),
    retry_max=3,
    run="payctl charge --order {transaction_id}",
    compensation=DeclaredUndo(step="refund-card", owner="payment"),
)
SHIP = DeclaredStep(name="ship-parcel", owner="shipping", after=("charge-card",), run="shipctl ship {transaction_id}")
ORDER = {"reserve-inventory": RESERVE, "charge-card": CHARGE, "ship-parcel": SHIP}


def order(**changes):
    """Declare the order saga, with changed steps by their names."""
    steps = tuple(changes.get(name.replace("-", "_"), step) for name, step in ORDER.items())
    return DeclaredSaga(name="order", steps=steps, where="sagas/order.toml:12")


def mark(step, word="completed", at=None, **changes):
    """Make a mark; `at` is when it was completed or began, in seconds after the beginning."""
    when = {} if at is None else {"closed_ns" if word in {"completed", "failed"} else "since_ns": T0 + at * NS_PER_S}
    return TimedMark(**{"step": step, "word": word} | when | changes)


def place(step, kind="step-overdue", **changes):
    """Make a place with a declared limit of 30 seconds."""
    facts = {"compensates": "", "owner": None, "state": "running", "limit_s": 30.0}
    facts |= {"limit_basis": "declared", "basis": "declared"}
    return Place(**{"step": step, "kind": kind} | facts | changes)


def coming(step, owner=None):
    """Make a step that is still to come."""
    return Coming(step=step, compensates="", owner=owner, expected_s=None, basis="declared", p=1.0)


def learned(*steps, undos=(), variants=()):
    """Make a history of a hundred transactions."""
    made = tuple(LearnedUndo(undoes=a, step=b, owner=o, n=n, of=of) for a, b, o, n, of in undos)
    return LearnedSaga(saga="order", samples=100, says_end=True, steps=steps, undos=made, variants=variants)


def retried(step, well, of, **changes):
    """Make a step that so many transactions retried, and completed."""
    return LearnedStep(
        **{"step": step, "compensates": "", "owner": None, "n": 100} | changes, retried=of, retried_well=well
    )


def case(*marks, stuck=None, values=None, **changes):
    """Make a case; `values` maps paths to tuples."""
    known = values or {}
    facts = {
        "transaction_id": "order-7",
        "verdict": Verdict(),
        "declared": order(),
        "learned": None,
        "limits": Limits(),
        "status": "stuck" if stuck else "running",
        "stuck_place": stuck,
        "stuck_s": 724.0,
        "values": lambda path: known.get(path, ()),
    }
    return Case(**facts | {"marks": marks} | changes)


def told(*marks, **changes):
    """Advise in a case."""
    return advise(case(*marks, **changes))


def brief(advice):
    """Give what is proposed, in its order."""
    return [(one.action, one.step) for one in advice]
