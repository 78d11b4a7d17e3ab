"""A bad release of one service, as an incident."""

import json

from tests.acceptance.stage import DECLARED, HOUR_S, ran, said, stage

BAD, GOOD = "2.4.1", "2.4.0"


def order(n, version, *, at_s, is_stuck):
    """Tell of an order of 12.50 whose payment is done by one version of its service."""
    name, bought = f"T-{n}", json.dumps({"total": 12.5, "region": ("eu", "us", "apac")[n % 3]})
    resource = json.dumps({"service.name": "payment", "service.version": version, "host.name": f"host-{n % 4}"})
    told = ran(name, at_s, at_s + 1, "reserve", attributes=bought)
    told.append(said(name, at_s + 2, "pay", "started", attributes=bought, resource=resource))
    if not is_stuck:
        told.append(said(name, at_s + 3, "pay", attributes=bought, resource=resource))
        told += [*ran(name, at_s + 4, at_s + 5, "ship"), *ran(name, at_s + 6, at_s + 7, "mail")]
        told.append(said(name, at_s + 8, None, "txn_completed"))
    return told


def orders():
    """Tell of three hundred orders that pass, and of forty among them that stand still in a new version."""
    passing = [one for n in range(300) for one in order(n, GOOD, at_s=n, is_stuck=False)]
    return passing + [one for n in range(300, 340) for one in order(n, BAD, at_s=(n - 300) * 7, is_stuck=True)]


def test_forty_orders_in_one_bad_version_are_one_incident():
    """Stalls of one cause are one incident, which says what they share, what is at stake, and who is to act."""
    with stage(orders(), definition=DECLARED, at_s=HOUR_S) as at:
        listed, stalls, flow = at.incidents(), at.stalls(), at.flow()
        shown = at.show(listed.incidents[0].examples[0])

    assert (40, 1, 40) == (listed.stuck, len(listed.incidents), stalls.total)
    (one,) = listed.incidents
    assert ("order", "pay", "payment", "step-overdue", 40) == (
        one.saga, one.step, one.owner, one.kind, one.transactions,
    )  # fmt: skip
    assert [("service.version", BAD, 40, 40, 0)] == [
        (it.attribute, it.value, it.stuck, it.stuck_of, it.passing) for it in one.different
    ]
    assert (40 * 12.5, 40) == (one.amount, one.amount_of)
    assert f"all of them have service.version {BAD}, of those that pass none" in one.why
    assert ("stuck", "pay") == (shown.status, shown.stall.step)
    assert [("pay", 40, 40)] == [(node.step, node.open, node.stuck) for node in flow.nodes if node.open]


def test_an_incident_is_over_when_its_orders_go_on():
    """With the payments that end at last the incident is gone, and with it what was at stake."""
    with stage(orders(), definition=DECLARED, at_s=HOUR_S) as at:
        before = at.incidents().incidents[0]
        at.take([said(f"T-{n}", HOUR_S, "pay") for n in range(300, 330)])
        after = at.incidents().incidents[0]
        at.take([said(f"T-{n}", HOUR_S, "pay") for n in range(330, 340)])
        none = at.incidents()

    assert (before.id, 10, 10 * 12.5) == (after.id, after.transactions, after.amount)
    assert ((), 0) == (none.incidents, none.stuck)
