"""Finding a transaction by what a person has at hand."""

import pytest

from tests.worlds import NOON_NS
from tracer.errors import NotFound


def record(n, **columns):
    """Make an event of the n-th second."""
    common = {"kind": "event", "phase": "observed", "name": "n", "source": "test", "received_ns": NOON_NS}
    return common | {"uid": f"u{n}", "at_ns": NOON_NS + n} | columns


def test_a_transaction_is_found_by_an_alias(lab):
    """An id that records tie to one transaction finds it, and the answer names the transaction by its own id."""
    lab.take([record(1, transaction_id="order-7", aliases='{"payment":"pay-9"}')])
    view = lab.queries.transaction("pay-9")

    assert ("order-7", ("pay-9",)) == (view.transaction_id, view.aliases)
    assert "order-7" == lab.queries.records("pay-9").transaction_id


def test_an_id_that_is_an_alias_finds_the_whole_transaction(lab):
    """The records of an id that turned out to be an alias are told under the transaction's id, by either name."""
    lab.take([record(1, transaction_id="pay-9"), record(2, transaction_id="order-7", aliases='{"payment":"pay-9"}')])
    by_alias, by_id = lab.queries.transaction("pay-9"), lab.queries.transaction("order-7")

    assert by_alias == by_id
    assert ("order-7", ("pay-9",), 2) == (by_id.transaction_id, by_id.aliases, by_id.timeline_total)


def test_an_alias_of_several_transactions_is_not_guessed(lab):
    """A customer's id finds none of the customer's transactions, and says which there are."""
    lab.take([record(n, transaction_id=f"order-{n}", aliases='{"customer":"c"}') for n in range(3)])
    with pytest.raises(NotFound, match="c is an alias of several transactions") as caught:
        lab.queries.transaction("c")

    assert ("order-0", "order-1", "order-2") == tuple(sorted(caught.value.nearest))


def test_an_own_id_goes_before_an_alias(lab):
    """An id that records carry themselves finds their transaction, whoever names it as an alias too."""
    lab.take([record(1, transaction_id="a"), *(record(n, transaction_id=f"b{n}", aliases='{"x":"a"}') for n in (2, 3))])

    assert "a" == lab.queries.transaction("a").transaction_id


def test_an_unknown_id_suggests_the_nearest(lab):
    """A mistyped id is not found, and the answer says what it looks like, the likeliest first."""
    lab.take([record(n, transaction_id=name) for n, name in enumerate(("order-1007", "order-1070", "transfer-5"))])
    with pytest.raises(NotFound, match="no transaction ordr-1007") as caught:
        lab.queries.transaction("ordr-1007")

    assert ("order-1007", "order-1070") == caught.value.nearest


@pytest.mark.parametrize("asked", ["", "zzz", "\x1b]52;", "%", "'; DROP TABLE txn; --", "x" * 100_000])
def test_an_id_that_looks_like_none_suggests_nothing(lab, asked):
    """Whatever text is asked for, the answer is that there is no such transaction."""
    lab.take([record(1, transaction_id="order-1007")])
    with pytest.raises(NotFound) as caught:
        lab.queries.transaction(asked)

    assert () == caught.value.nearest


def test_as_of_before_its_first_record_a_transaction_was_not(lab):
    """Asked for an instant before it began, a transaction is not found, and the answer says why."""
    lab.take([record(1, transaction_id="order-7")])
    with pytest.raises(NotFound, match="order-7 had no record yet"):
        lab.queries.transaction("order-7", as_of=lab.moment(-1))


def test_a_record_that_ends_its_transaction_has_not_done_so_before_its_end(lab):
    """As of an instant within the span that ends it, a transaction had not ended."""
    ends = record(1, transaction_id="a", kind="span", phase="txn_completed", until_ns=NOON_NS + 9_000)
    lab.take([ends])

    assert "running" == lab.queries.transaction("a", as_of=lab.moment(8_000)).status
    assert "completed" == lab.queries.transaction("a", as_of=lab.moment(9_000)).status


def test_a_transaction_that_names_itself_has_no_alias(lab):
    """A transaction's own id is not one of its aliases."""
    lab.take([record(1, transaction_id="a", aliases='{"order":"a"}')])

    assert () == lab.queries.transaction("a").aliases
