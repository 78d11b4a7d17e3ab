"""What takes data in: the worst first, rates between readings, and nothing hostile."""

from dataclasses import replace

from tests.unit.tui.console import busy_sources, later, rejected
from tests.unit.tui.samples import NOW
from tracer.clock import to_ns
from tracer.rejections import RejectedPage
from tui.look import Look, width_of
from tui.sources import SourcesState, collector_lines, message_lines, query_of, sheet, summary
from tui.wants import SourcesAnswer

HOSTILE = "\x1b]52;c;aGVsbG8=\x07\u202e\x9b31m"


def answer(collectors=None, messages=()):
    """Give what the sidecar says."""
    page = RejectedPage(messages=tuple(messages), total=len(messages), as_of=NOW)
    return SourcesAnswer(collectors=collectors or busy_sources(), rejected=page)


def state(*messages):
    """Give two readings, ten seconds apart."""
    more, at = later(busy_sources(), 10, records=50, requests=10)
    first = SourcesState().received(answer(messages=messages), to_ns(NOW))
    return first.received(answer(more, messages), to_ns(at))


def texts(of, width=120):
    """Give the lines of the sheet as text."""
    return ["".join(text for text, _ in told.line) for told in sheet(of, Look(), width, NOW).lines]


def test_what_is_not_well_comes_first():
    """With what is wrong, its rates and how far behind it is, topic by topic."""
    lines = texts(state())
    kafka = lines.index("▲ kafka (kafka)  degraded")

    assert 1 == kafka
    assert "    orders: no answer from broker-2 for 40 s" == lines[2]
    assert "    last record 42s ago · 4,050 records, 5.0/s · 4,100 messages, 0.0/s" == lines[3]
    assert "    rejected undecodable 3" == lines[4]
    assert "    orders 300 behind · payments 30 behind" == lines[5]
    assert "● otlp (otlp)  running" == lines[6]


def test_what_never_joins_comes_first():
    """By how many records, with their share of the service."""
    lines = texts(state())
    services = [
        line.split()[0] for line in lines[lines.index(next(each for each in lines if "SERVICE" in each)) + 1 :][:3]
    ]

    assert ["legacy's", "-", "orders"] == services
    assert any("legacy's  otlp      2,000         1,500    75%" in line for line in lines)


def test_rejected_messages_are_counted_by_reason():
    """The most frequent reason first; none is told too."""
    lines = texts(state(rejected(1), rejected(2), rejected(3, "no id")))

    assert any(line.startswith("    2  03:06:29  kafka   orders  no JSON") or "no JSON" in line for line in lines)
    assert [at for at, line in enumerate(lines) if "no JSON" in line] < [
        at for at, line in enumerate(lines) if "no id" in line
    ]
    assert "  ✓ nothing was rejected" == texts(state())[-1]


def test_a_counter_that_began_anew_has_no_rate():
    """Until the next reading."""
    begun = SourcesState().received(answer(), to_ns(NOW))
    fewer, at = later(busy_sources(), 10, records=-100)

    assert begun.rate("kafka", "records") is None
    assert begun.received(answer(fewer), to_ns(at)).rate("kafka", "records") is None


def test_the_summary_says_whether_all_is_well():
    """In one line: what does not run, what never joins, what was rejected."""
    calm = replace(busy_sources(), collectors=busy_sources().collectors[:1])
    told = "".join(text for text, _ in summary(state(rejected(1)), Look()))
    well = "".join(text for text, _ in summary(SourcesState().received(answer(calm), 1), Look()))

    assert " ▲ 1 collector not well · 1,506 of 46,000 records never joined (3%) · 1 rejected" == told
    assert well.startswith(" ✓ every collector runs")


def test_no_line_is_too_wide_and_nothing_hostile_gets_through():
    """Names, details, reasons and messages with control characters, in 80 columns."""
    evil = tuple(replace(one, name=HOSTILE, type=HOSTILE, detail=HOSTILE, state=HOSTILE, listening={HOSTILE: HOSTILE})
                 for one in busy_sources().collectors)  # fmt: skip
    rows = tuple(replace(row, owner=HOSTILE, source=HOSTILE) for row in busy_sources().coverage)
    listed = replace(busy_sources(), collectors=evil, coverage=rows)
    message = rejected(1, HOSTILE, source=HOSTILE, topic=HOSTILE, key=HOSTILE, value=f"{HOSTILE}\n{HOSTILE}")
    begun = SourcesState().received(answer(listed, (message,)), 1)
    lines = [told.line for told in sheet(begun, Look(), 80, NOW).lines]
    lines += [*collector_lines(evil[0], begun, Look(), 80, NOW), *message_lines(message, 80, 50)]
    whole = "".join(text for line in lines for text, _ in line) + query_of(rows[0])

    assert not any(char in whole for char in "\x1b\x07\u202e\x9b")
    assert all(width_of(line) <= 80 for line in lines)


def test_the_query_for_what_never_joined_is_quoted():
    """A service may have a quote in its name, or none."""
    rows = {row.owner: query_of(row) for row in busy_sources().coverage}

    assert "source = 'otlp' AND owner = 'legacy''s' AND transaction_id IS NULL" in rows["legacy's"]
    assert "source = 'kafka' AND owner IS NULL AND transaction_id IS NULL" in rows[None]
