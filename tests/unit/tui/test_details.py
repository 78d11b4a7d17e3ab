from dataclasses import replace

from tests.unit.tui.fake import entry, record, transaction
from tracer.views import RecordPage
from tui.details import MAX_LINES, match, told
from tui.look import Look
from tui.timeline import rows


def _text(painted):
    return ["".join(piece for piece, _ in line) for line in painted]


def lines(row, of, width, **options):
    """Give the lines of a panel."""
    return tuple(each.line for each in told(row, of, width, Look(), **options))


def _row(one):
    return rows(transaction(timeline=(one,)))[-2]


def _page(*records):
    return RecordPage(transaction_id="order-1042", records=records, total=len(records))


def test_the_record_behind_an_entry_is_found():
    """An entry finds its own record among others of the same span, name or time."""
    one = transaction().timeline[3]
    others = [record(each) for each in transaction().timeline]

    assert others[3] == match(_page(*others), one)
    assert match(_page(*others[:3]), one) is None


def test_nanoseconds_do_not_hide_a_record():
    """A record whose time is finer than the timeline's microseconds is found all the same."""
    one = entry("charge", 10, 9)
    fine = replace(record(one), at_ns=record(one).at_ns + 999)

    assert fine == match(_page(fine), one)


def test_everything_that_is_known_is_shown():
    """The details name what the entry says and every attribute, typed values as JSON."""
    one = transaction().timeline[3]
    text = "\n".join(_text(lines(_row(one), record(one), 100)))

    for part in (
        "gateway timeout",
        "2.2s",
        "http.response.status_code",
        "504",
        '["a", "b"]',
        "service.name",
        "RESOURCE",
    ):
        assert part in text


def test_steps_have_details_too():
    """A step and what is current explain themselves."""
    listed = rows(transaction())
    step = "\n".join(_text(lines(listed[2], None, 100)))
    now = "\n".join(_text(lines(listed[-1], None, 100)))

    assert "refund-card (pending)" in step
    assert "inferred: it is the last step that was seen" in now


def test_a_step_tells_its_records():
    """A step has its records below it, each with its error, and says where their attributes are."""
    one = transaction()
    step = next(row for row in rows(one) if row.name == "charge-card")
    text = "\n".join(_text(lines(step, None, 100, entries=one.timeline[3:5])))

    assert "charge-card (failed): gateway timeout" in text
    assert "charge-card (failed, attempt 2): gateway timeout" in text
    assert "Enter on one of its records in the timeline shows the attributes" in text


def test_a_stack_trace_keeps_its_lines():
    """An attribute of several lines is shown in lines, each of them safe."""
    one = entry("x", 2, 1)
    trace = record(one, attributes={"exception.stacktrace": "Traceback:\n  File a\n\x1b[31m  File b\r\n"})
    text = _text(lines(_row(one), trace, 100))

    assert [True, True] == [any(part in line for line in text) for part in ("Traceback:", "  File a")]
    assert all(line.isprintable() for line in text)


def test_details_are_bounded():
    """A record of a hundred thousand attributes, or one of ten megabytes, gives a bounded panel that fits."""
    one = entry("x", 2, 1)
    wide = record(one, attributes={f"key{each}": "v" for each in range(100_000)})
    deep = record(one, attributes={"\x1b[2Jkey" + "k" * 5_000: "word " * 2_000_000})
    for each in (wide, deep):
        text = _text(lines(_row(one), each, 60))

        assert len(text) <= MAX_LINES
        assert all(len(line) <= 60 and line.isprintable() for line in text)
