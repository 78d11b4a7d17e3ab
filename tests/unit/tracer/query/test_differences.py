"""What is different about an incident, from the attributes of real records."""

import json
from contextlib import closing

import pytest

from tests.unit.tracer.query.test_incidents import ask, stuck
from tests.unit.tracer.query.test_stalls import NOW_NS, NOW_S, event, overdue
from tests.worlds import Lab
from tracer.query import incidents


@pytest.fixture
def lab():
    """Give an empty store, an hour after noon."""
    with closing(Lab(now_ns=NOW_NS)) as lab:
        yield lab


def passing(name, second, **columns):
    """Make the events of a transaction that paid and went on."""
    return [
        event(name, second, **columns),
        event(name, second + 1, "completed", **columns),
        event(name, second + 2, "started", step="ship"),
    ]


def night(lab, stuck_columns, passing_columns, *, many=40):
    """Take in so many transactions that are stuck in paying and as many that went on."""
    told = [event(f"S{n}", 1000 + n, **stuck_columns(n)) for n in range(many)]
    told += [one for n in range(many) for one in passing(f"P{n}", 500 + n, **passing_columns(n))]
    lab.take(told)
    overdue(lab, only="S%")
    return [(one.attribute, one.value, one.stuck, one.passing) for one in ask(lab).incidents[0].different]


def attributes(**values):
    """Give the columns of a record with attributes and resource attributes."""
    resource = {name.replace("_", "."): values.pop(name) for name in list(values) if "_" in name}
    return {"attributes": json.dumps(values), "resource": json.dumps(resource)}


def test_a_version_that_the_stuck_ones_run_is_told(lab):
    """Among all values the one that the stuck ones share, and the passing ones do not, is found and said."""
    found = night(
        lab,
        lambda n: attributes(order=f"o{n}", method="POST", retry=True, service_version="1.4.2", service_name="payment"),
        lambda n: attributes(order=f"p{n}", method="POST", retry=n < 4, service_version="1.4.1" if n else "1.4.2"),
    )

    assert [("service.version", "1.4.2", 40, 1), ("retry", "true", 40, 4)] == found
    assert "; all of them have service.version 1.4.2, of those that pass 2%" in ask(lab).incidents[0].why


def test_headers_payload_and_partition_of_messages_count(lab):
    """What came by message is looked into, one level deep, and its partition is told with the topic."""
    found = night(
        lab,
        lambda n: {
            "attributes": '{"headers":{"tenant":"acme"},"payload":{"currency":"EUR"}}',
            "position": f"pay/3/{n}",
        },
        lambda n: {"attributes": '{"headers":{},"payload":{"currency":"USD"}}', "position": f"pay/{n % 3}/{n}"},
    )

    assert [
        ("messaging.destination.partition.id", "pay[3]", 40, 0),
        ("headers.tenant", "acme", 40, 0),
        ("payload.currency", "EUR", 40, 0),
    ] == found


def test_versions_of_two_services_are_not_mixed_up(lab):
    """A value counts among the records of one owner: that another service has it everywhere hides nothing."""
    orders = {"step": "place", "owner": "orders", "resource": '{"service.version":"2"}'}
    lab.take([event(f"{name}{n}", 400 + n, "completed", **orders) for name in "SP" for n in range(40)])
    found = night(lab, lambda _: attributes(service_version="2"), lambda _: attributes(service_version="1"))

    assert [("service.version", "2", 40, 0)] == found


def test_without_any_that_pass_nothing_is_different(lab):
    """Where nobody completed the step there is nothing to compare with."""
    stuck(lab, [event(f"S{n}", 1000 + n, **attributes(service_version="2")) for n in range(40)])

    assert () == ask(lab).incidents[0].different


def test_only_those_that_completed_the_step_and_went_on_pass(lab):
    """Who failed the step, still stands there, is stuck elsewhere or belongs to another saga is not compared with."""
    new, old = attributes(service_version="2"), attributes(service_version="1")
    told = [event(f"S{n}", 1000 + n, "completed", **new) for n in range(40)]
    told += [one for n in range(20) for one in passing(f"P{n}", 500 + n, **old)]
    told += [one for n in range(20) for one in passing(f"Selsewhere{n}", 500 + n, **new)]
    told += [one for n in range(20) for one in passing(f"T{n}", 500 + n, saga="transfer", **new)]
    told += [event(f"here{n}", NOW_S - 5, "completed", **new) for n in range(20)]
    told += [event(f"F{n}", 500, phase, **new) for n in range(20) for phase in ("started", "failed", "txn_failed")]
    lab.take(told)
    overdue(lab, only="S%")
    (one,) = ask(lab).incidents[0].different

    assert ("service.version", "2", 40, 40, 0, 20) == (
        one.attribute,
        one.value,
        one.stuck,
        one.stuck_of,
        one.passing,
        one.passing_of,
    )


def test_ids_do_not_hide_what_is_different(lab):
    """Values that a single transaction has could never tell anything, so that they do not count as tried."""
    ids = [f"id{n}" for n in range(50)]
    told = [event(f"S{n}", 1000, attributes=json.dumps(dict.fromkeys(ids, f"S{n}") | {"a": 1})) for n in range(3)]
    others = [json.dumps(dict.fromkeys(ids, f"P{n}") | {"a": 2}) for n in range(40)]
    lab.take([*told, *(one for n in range(40) for one in passing(f"P{n}", 500, attributes=others[n]))])
    overdue(lab, only="S%")

    assert [("a", "1")] == [(one.attribute, one.value) for one in ask(lab).incidents[0].different]


def test_long_odd_and_broken_values_do_no_harm(lab):
    """Values beyond a hundred characters, nested and null ones, odd keys and broken JSON are passed over."""
    odd = {"a/b~c": "x", 'q"k': "y", "long": "z" * 101, "nested": {"a": 1}, "none": None, "k" * 201: "w"}
    found = night(
        lab,
        lambda n: {"attributes": json.dumps(odd), "resource": "broken" if n % 2 else "[1]"},
        lambda n: {"attributes": "[]" if n % 2 else '{"a":'},
    )

    assert [('q"k', "y", 40, 0), ("a/b~c", "x", 40, 0)] == sorted(found, reverse=True)


def test_the_sample_and_what_is_looked_into_have_limits(lab, monkeypatch):
    """So many stuck and passing transactions are compared, the latest; so many incidents are explained."""
    monkeypatch.setattr(incidents, "SAMPLE", 30)
    columns = (
        (lambda n: attributes(service_version="2" if n >= 10 else "1")),
        (lambda _: attributes(service_version="1")),
    )

    assert [("service.version", "2", 30, 0)] == night(lab, *columns)
    monkeypatch.setattr(incidents, "MAX_EXPLAINED", 0)
    assert () == ask(lab).incidents[0].different
