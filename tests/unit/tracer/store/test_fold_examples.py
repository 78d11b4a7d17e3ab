"""Worlds in which the fold once went wrong, or could."""

import json

import pytest

from tests.oracle import tell
from tests.worlds import NOON_NS, as_places, as_rows

ONE, TWO, THREE, FOUR = (bytes([n]) * 16 for n in range(1, 5))


def record(n, **columns):
    """Make an event of the n-th second, known by its position."""
    common = {"kind": "event", "phase": "observed", "name": "n", "source": "test", "received_ns": NOON_NS}
    return common | {"uid": f"u{n}", "position": str(n), "at_ns": NOON_NS + n} | columns


def span(n, **columns):
    """Make a finished span that begins in the n-th second."""
    return record(n, kind="span", phase="completed", until_ns=NOON_NS + n + 1, uid=None) | columns


def links(*traces):
    """Make the text of links to traces."""
    return json.dumps([{"trace_id": trace.hex(), "span_id": f"{1:016x}"} for trace in traces])


def holds(lab, *batches):
    """Take the batches in, one fold each, and hold what comes of it against the oracle."""
    for batch in batches:
        lab.take(batch)
    told = [one for batch in batches for one in batch]
    expected = tell(told)

    assert as_places(expected, told) == lab.places()
    assert as_rows(expected) == lab.transactions()
    return lab.transactions()


def test_a_span_without_a_kind_is_no_execution(lab):
    """A finished span that does not say its kind folds like an internal one."""
    rows = holds(lab, [span(1, transaction_id="A", step="pay")])

    assert "completed" == rows["A"]["state"]


def test_a_record_is_counted_once_where_it_is_placed_before_its_turn(lab):
    """A fold takes in no record beyond its slice, also where an earlier one of its trace tells where it belongs."""
    told = [
        record(0, trace_id=TWO),
        record(1, transaction_id="A", trace_id=ONE),
        record(2, transaction_id="B", aliases='{"order":"A"}'),
        record(3, trace_id=ONE, step="pay"),
    ]
    lab.append(told)
    while lab.folding(1).fold():
        pass
    expected = tell(told)

    assert as_rows(expected) == lab.transactions()
    assert 3 == lab.transactions()["B"]["records"]


def test_a_late_ancestor_places_what_it_called(lab):
    """In a trace of several transactions, a span that comes after its children still tells where they belong."""
    known = [span(1, transaction_id="A", trace_id=ONE, span_id=1), span(2, transaction_id="B", trace_id=ONE, span_id=2)]
    child = [span(4, trace_id=ONE, span_id=4, parent_span_id=3)]
    parent = [span(3, transaction_id="A", trace_id=ONE, span_id=3)]
    holds(lab, known, child, parent)

    assert ("A", "ancestor") == lab.places()["4"]


def test_a_span_with_the_ids_of_two_transactions_tells_nothing(lab):
    """What lies below a span that carries two ids belongs to neither, whichever came first."""
    holds(
        lab,
        [
            span(1, transaction_id="A", trace_id=ONE, span_id=1),
            span(2, transaction_id="B", trace_id=ONE, span_id=1),
            span(3, trace_id=ONE, span_id=3, parent_span_id=1),
        ],
    )

    assert (None, None) == lab.places()["3"]


def test_two_ids_that_become_one_transaction_place_what_linked_to_both(lab):
    """When an id turns out to be another one's alias, records that could not choose between the two join."""
    holds(
        lab,
        [record(1, transaction_id="A", trace_id=ONE), record(2, transaction_id="B", trace_id=TWO)],
        [record(3, trace_id=THREE, links=links(ONE, TWO)), record(4, trace_id=THREE)],
        [record(5, transaction_id="A", aliases='{"order":"B"}')],
    )

    assert {"3": ("A", "link"), "4": ("A", "trace")}.items() <= lab.places().items()


def test_two_ids_that_become_one_transaction_place_what_both_caused(lab):
    """A message that two ids sent causes nothing, until one id turns out to be the other one's alias."""
    holds(
        lab,
        [record(1, transaction_id="A", message_id="m"), record(2, transaction_id="B", message_id="m")],
        [record(3, causation_id="m")],
        [record(4, transaction_id="A", aliases='{"order":"B"}')],
    )

    assert ("A", "causation") == lab.places()["3"]


def test_traces_that_link_to_each_other_forget_together(lab):
    """What nothing but a circle of links still says is not said: a second sender of the message unties all."""
    cause = [record(1, transaction_id="A", message_id="m")]
    circle = [
        record(2, trace_id=ONE, causation_id="m", links=links(TWO)),
        record(3, trace_id=TWO, links=links(ONE)),
        record(4, trace_id=THREE, links=links(TWO)),
    ]
    holds(lab, cause, circle)

    assert ("A", "link") == lab.places()["4"]

    lab.take([record(5, transaction_id="B", message_id="m")])

    assert {(None, None)} == {place for position, place in lab.places().items() if position in "234"}


def test_traces_that_link_to_each_other_agree(lab):
    """Where two traces link to each other and have causes in two transactions, neither is told apart, in any order."""
    causes = [record(1, transaction_id="A", message_id="a"), record(2, transaction_id="B", message_id="b")]
    one = record(3, trace_id=ONE, causation_id="a", links=links(TWO))
    two = record(4, trace_id=TWO, causation_id="b", links=links(ONE))
    holds(lab, causes, [one], [two])
    apart = lab.places()
    lab.keeper.rebuild()

    assert apart == lab.places()


def test_links_carry_far(lab):
    """A transaction goes from trace to trace over links, however late the first of them is tied to it."""
    traces = [bytes([n]) * 16 for n in range(1, 12)]
    chain = [record(n, trace_id=trace, links=links(traces[n - 1])) for n, trace in enumerate(traces) if n]
    holds(lab, chain, [record(90, transaction_id="A", trace_id=traces[0])])

    assert {("A", "link"), ("A", "id")} == set(lab.places().values())


def test_an_alias_that_many_share_does_not_hide_one_that_is_unique(lab):
    """A record that names a customer of two transactions and a payment of one belongs to that one."""
    holds(
        lab,
        [
            record(1, transaction_id="A", aliases='{"customer":"c","payment":"p"}'),
            record(2, transaction_id="B", aliases='{"customer":"c"}'),
        ],
        [record(3, aliases='{"customer":"c","payment":"p"}')],
    )

    assert ("A", "alias") == lab.places()["3"]


def test_hostile_names_of_aliases_are_names(lab):
    """The kind of an alias is any text: quotes, dots, slashes and tildes in it do not stop the fold."""
    kinds = ['a"b', "a.b", "a/b", "a~b", "$", "", "\\", "*", "a[0]"]
    aliases = json.dumps({kind: f"p{n}" for n, kind in enumerate(kinds)})
    loose = [record(10 + n, aliases=json.dumps({kind: f"p{n}"})) for n, kind in enumerate(kinds)]
    rows = holds(lab, [record(1, transaction_id="A", aliases=aliases)], loose)

    assert 1 + len(kinds) == rows["A"]["records"]


def test_an_alias_without_a_value_ties_nothing(lab):
    """An alias that is null or empty is none."""
    holds(
        lab,
        [record(1, transaction_id="A", aliases='{"order":null,"payment":""}')],
        [record(2, aliases='{"order":null}'), record(3, aliases='{"payment":""}')],
    )

    assert {(None, None), ("A", "id")} == set(lab.places().values())


def test_a_link_with_a_malformed_span_takes_no_message(lab):
    """A consumer's link whose span id is no number leaves the fold going and the message unanswered."""
    bad = json.dumps([{"trace_id": "zz", "span_id": "not hex"}, {"span_id": "f" * 40}, {}])
    lab.take(
        [
            span(1, transaction_id="A", trace_id=ONE, span_id=7, span_kind="producer"),
            span(2, transaction_id="A", trace_id=TWO, span_id=8, span_kind="consumer", links=bad),
        ]
    )

    assert "handoff-lost" == lab.transactions()["A"]["stall"]


def test_text_that_is_no_json_stops_nothing(lab):
    """Links and aliases that do not parse tie nothing; the fold goes on with everything else."""
    lab.take(
        [
            span(1, transaction_id="A", span_id=1, span_kind="consumer", links="[{", aliases="{"),
            span(2, span_id=2, links="}", aliases="]"),
        ]
    )

    assert {"A": 1} == {name: row["records"] for name, row in lab.transactions().items()}


@pytest.mark.parametrize("outcome", ["finished", "txn_failed", ""])
def test_a_foreign_word_for_the_outcome_does_not_hide_the_end(lab, outcome):
    """A record that ends its transaction ends it, also where it says an outcome that is none."""
    rows = holds(lab, [record(1, transaction_id="A", phase="txn_completed", outcome=outcome)])

    assert "completed" == rows["A"]["status"]


def test_a_foreign_word_for_the_outcome_ends_nothing(lab):
    """Only an outcome of the vocabulary ends a transaction."""
    rows = holds(lab, [record(1, transaction_id="A", phase="completed", outcome="txn_failed")])

    assert "running" == rows["A"]["status"]
