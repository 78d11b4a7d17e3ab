"""What names of records mean, as definitions say."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import ORDER, event, knowing, named, span, states, step
from tests.worlds import sparingly
from tracer.clock import NS_PER_S
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Pattern
from tracer.store.naming import json_paths, names_of

PARCEL = DeclaredSaga(
    name="parcel", steps=(DeclaredStep(name="pack", owner="warehouse", completes=named("Paid"), fails=named("Torn")),)
)


def saga_of(*steps, **more):
    """Make a saga of steps."""
    return DeclaredSaga(name="order", steps=steps, **more)


def done(name, *patterns, **more):
    """Make a step that patterns complete."""
    return DeclaredStep(name=name, owner=f"{name}-team", completes=patterns, **more)


def holding(*where, name="Event"):
    """Make a pattern with conditions, pairs of a path and a value."""
    return Pattern(name=name, where=where)


def told(records, *sagas):
    """Give the steps of the transaction A as a store tells them that knows these sagas."""
    with knowing(*sagas) as lab:
        lab.take(records)
        return states(lab)["A"]


def ended(records, *sagas):
    """Give how the transaction A stands, and the outcome that a record said."""
    with knowing(*sagas) as lab:
        lab.take(records)
        shown = lab.queries.transaction("A")
        return shown.status, shown.outcome


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Reserve", ("reserve", "", "running")),
        ("Reserved", ("reserve", "", "completed")),
        ("Rejected", ("reserve", "", "failed")),
        ("Release", ("reserve", "release", "compensating")),
        ("Released", ("reserve", "release", "compensated")),
        ("Kept", ("reserve", "release", "compensation_failed")),
    ],
)
def test_a_name_says_the_step_its_phase_and_what_it_undoes(name, expected):
    """A name that a definition lists stands for a step, how far it has come, and what it undoes."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, name)])

        assert [expected] == states(lab)["A"]
        assert "order" == lab.queries.transaction("A").saga


@pytest.mark.parametrize("is_first", [True, False])
def test_the_narrowest_pattern_wins(is_first):
    """Of two patterns that fit the one with more conditions counts, wherever it stands."""
    wide, narrow = done("wide", holding()), done("narrow", holding(("kind", "gift"), ("size", "2")))
    saga = saga_of(*((narrow, wide) if is_first else (wide, narrow)))

    assert [("narrow", "", "completed")] == told([event("A", 0, "Event", attributes='{"kind":"gift","size":2}')], saga)
    assert [("wide", "", "completed")] == told([event("A", 0, "Event", attributes='{"kind":"gift"}')], saga)


def test_of_patterns_that_are_as_narrow_the_first_wins():
    """Between patterns with as many conditions the order of the definition decides."""
    first, second = done("first", holding(("a", "1"))), done("second", holding(("b", "2")))
    records = [event("A", 0, "Event", attributes='{"a":"1","b":"2"}')]

    assert [("first", "", "completed")] == told(records, saga_of(first, second))
    assert [("second", "", "completed")] == told(records, saga_of(second, first))


def test_a_failed_span_keeps_its_failure():
    """A span that failed completes nothing, whatever lists its name."""
    assert [("pay", "", "failed")] == told([span("A", 0, 1, "Paid", phase="failed")], ORDER)
    assert [("pay", "", "failed")] == told([span("A", 0, 1, "Paid", phase="timed_out")], ORDER)
    assert [("pay", "", "completed")] == told([span("A", 0, 1, "Paid")], ORDER)


def test_a_failed_span_does_not_complete_the_transaction():
    """A name that completes a whole transaction does so by a record that did not fail; a later try still may."""
    saga = replace(ORDER, completes=named("Shipped"))
    failed = span("A", 0, 1, "Shipped", phase="failed")

    assert None is ended([failed], saga)[1]
    assert ("completed", "completed") == ended([failed, span("A", 2, 3, "Shipped")], saga)


def test_a_name_ends_the_whole_transaction():
    """Names under `completes` and `fails` of a saga say how the transaction ended."""
    saga = replace(ORDER, completes=named("Closed"), fails=named("Cancelled"))

    assert ("completed", "completed") == ended([event("A", 0, "Closed")], saga)
    assert ("failed", "failed") == ended([event("A", 0, "Cancelled")], saga)


def test_a_name_may_end_a_step_and_the_transaction():
    """The last event of a saga is listed by its step and by the saga, and says both."""
    saga = replace(ORDER, completes=named("Shipped"))
    records = [event("A", 0, "OrderPlaced"), event("A", 1, "Shipped")]

    assert [("place", "", "completed"), ("ship", "", "completed")] == told(records, saga)
    assert ("completed", "completed") == ended(records, saga)


def test_a_shared_name_needs_the_name_of_its_saga():
    """A name that two sagas list means something only on records that name their saga."""
    records = [event(name, 0, "Paid", saga=saga) for name, saga in (("A", None), ("B", "order"), ("C", "parcel"))]
    with knowing(ORDER, PARCEL) as lab:
        lab.take([*records, event("D", 0, "Torn")])
        told = states(lab)

        assert [[("Paid", "", "completed")], [("pay", "", "completed")], [("pack", "", "completed")]] == [
            told[name] for name in "ABC"
        ]
        assert (None, "parcel") == tuple(lab.queries.transaction(name).saga for name in "AD")


def test_a_name_of_another_saga_means_nothing():
    """A record that names a saga is not read by the names of another one."""
    assert [("Shipped", "", "completed")] == told([event("A", 0, "Shipped", saga="parcel")], ORDER, PARCEL)


def test_records_that_say_their_step_are_left_alone():
    """What a record says of its step itself is not overruled by its name."""
    said = step("A", 0, "mine", name="Reserved", phase="failed")

    assert [("mine", "", "failed")] == told([said], ORDER)


def test_a_record_may_be_called_like_its_step():
    """A record with a step's own name is of that step and keeps its phase."""
    assert [("pay", "", "failed")] == told([span("A", 0, 1, "pay", phase="failed")], ORDER)
    assert [("pay", "", "running")] == told([event("A", 0, "pay", phase="started")], ORDER)
    assert [("reserve", "release", "compensated")] == told([span("A", 0, 1, "release")], ORDER)


def test_an_event_that_is_called_like_its_step_is_still_its_end():
    """An event that was the end of a step by its name stays that when a definition knows the step."""
    records = [event("A", 0, "pay")]

    assert [("pay", "", "completed")] == told(records) == told(records, ORDER)


def test_what_is_listed_goes_before_what_is_called_alike():
    """A pattern that a definition lists is meant, also where it is the name of a step."""
    saga = saga_of(
        DeclaredStep(name="pay", owner="payment", fails=named("pay")), done("book", *named("ship")), done("ship")
    )

    assert [("pay", "", "failed")] == told([event("A", 0, "pay")], saga)
    assert [("book", "", "completed")] == told([event("A", 0, "ship")], saga)


def test_a_step_that_undoes_another_says_so():
    """A record that names such a step undoes what the definition says of it, the first of several."""
    again = DeclaredUndo(step="release", owner="inventory")
    twice = saga_of(*(replace(one, compensation=again) for one in (done("reserve"), done("pay"))))
    said = [step("A", at, "release", name=f"n{at}", saga=None) for at in range(4)]

    assert [("reserve", "release", "compensated")] == told(said, ORDER)
    assert [("reserve", "release", "compensated")] == told(said, twice)


@pytest.mark.parametrize(
    ("path", "attributes"),
    [
        ("kind", {"kind": "gift"}),
        ("kind", {"payload": {"kind": "gift"}}),
        ("kind", {"headers": {"kind": "gift"}}),
        ("kind", {"otel.body": {"kind": "gift"}}),
        ("app.order.kind", {"app.order.kind": "gift"}),
        ("$.order.kind", {"order": {"kind": "gift"}}),
        ("$.order.kind", {"payload": {"order": {"kind": "gift"}}}),
    ],
)
def test_a_condition_looks_where_values_are(path, attributes):
    """A value is an attribute of a span, or lies in the payload, the headers or the body of a log record."""
    saga = saga_of(done("pay", holding((path, "gift"))))

    assert [("pay", "", "completed")] == told([event("A", 0, "Event", attributes=json.dumps(attributes))], saga)


@pytest.mark.parametrize(
    "attributes", ['{"kind":"other"}', '{"kind":null}', '{"kind":["gift"]}', '{"a":{"kind":"gift"}}', "[]", "gift", ""]
)
def test_a_condition_that_does_not_hold_names_nothing(attributes):
    """Another value, none, one elsewhere, or what is no JSON leave the record as it is."""
    saga = saga_of(done("pay", holding(("kind", "gift"))))

    assert [("Event", "", "completed")] == told([event("A", 0, "Event", attributes=attributes)], saga)


def test_the_places_of_a_path_are_json_pointers():
    """A plain path is one key, a path from $ goes into objects, and what a pointer would read is escaped."""
    assert ("/a.b", "/payload/a.b", "/headers/a.b", "/otel.body/a.b") == json_paths("a.b")
    assert "/payload/a~1b/c~0d" == json_paths("$.a/b.c~d")[1]


HOSTILE = st.one_of(
    st.sampled_from(
        ("", "*", "**", ".", "$", "$.", '"', "'", "\\", "/", "~", "[0]", "x" * 5_000, "a'; DROP TABLE txn")
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@given(HOSTILE, HOSTILE.filter(lambda path: not path.startswith("$.")), HOSTILE)
@sparingly(10)
def test_hostile_names_do_no_harm(name, path, value):
    """Whatever a definition calls its step, its records, and what they hold, it means just that."""
    name = name or "n"
    saga = saga_of(done(name, holding((path, value), name=name)))
    with knowing(saga) as lab:
        lab.take([event("A", 0, name, step="s", attributes=json.dumps({path: value})), event("B", 0, name + "!")])

        assert {"A": [(name, "", "completed")], "B": [(name + "!", "", "completed")]} == states(lab)


def test_the_story_of_a_transaction_is_told_in_the_words_of_the_definition():
    """`show` and its timeline say the steps and phases that names mean, now and at an earlier instant."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "OrderPlaced"), event("A", 1, "Reserve"), event("A", 9, "Reserved")])
        now, then = lab.queries.transaction("A"), lab.queries.transaction("A", as_of=lab.moment(2 * NS_PER_S))

        assert [("place", "completed"), ("reserve", "started"), ("reserve", "completed")] == [
            (one.step, one.phase) for one in now.timeline
        ]
        assert [("place", "completed"), ("reserve", "started")] == [(one.step, one.phase) for one in then.timeline]
        assert (["completed", "completed"], ["completed", "running"]) == tuple(
            [one.state for one in shown.steps] for shown in (now, then)
        )


def test_records_that_wait_to_be_folded_are_told_so_too():
    """What the fold has not taken in yet is shown with the same words."""
    with knowing(ORDER) as lab:
        lab.append([event("A", 0, "OrderPlaced")])

        assert ["place"] == [one.step for one in lab.queries.transaction("A").timeline]


def test_a_span_ends_nothing_before_it_has_ended():
    """At an instant within a span its name says neither that the step is done nor that the transaction is over."""
    saga = replace(ORDER, completes=named("Shipped"))
    with knowing(saga) as lab:
        lab.take([span("A", 0, 10, "Shipped")])
        then = lab.queries.transaction("A", as_of=lab.moment(5 * NS_PER_S))

        assert ([("ship", "running")], None) == ([(one.step, one.state) for one in then.steps], then.outcome)
        assert "completed" == lab.queries.transaction("A").outcome


def test_a_name_is_known_in_records_that_join_by_their_trace():
    """Records without an id of their own are read by the same names."""
    trace = bytes([7]) * 16
    records = [event("A", 0, "OrderPlaced", trace_id=trace), event(None, 1, "Reserved", trace_id=trace)]

    assert [("place", "", "completed"), ("reserve", "", "completed")] == told(records, ORDER)


@given(st.permutations(ORDER.steps))
def test_what_changes_of_names_is_found(steps):
    """The same definitions say the same of names; the order of steps matters only to names that several have."""
    both = [replace(one, completes=(*one.completes, *named("Both"))) for one in ORDER.steps]
    other = [replace(one, completes=(*one.completes, *named("Both"))) for one in steps]

    assert names_of([ORDER]) == names_of([replace(ORDER, steps=tuple(steps), deadline_s=1.0)])
    assert (set() if both == other else {"Both"}) == {
        name for name, _ in names_of([saga_of(*both)]) ^ names_of([saga_of(*other)])
    }
