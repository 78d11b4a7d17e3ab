from dataclasses import replace

import pytest

from tests.unit.tui.fake import FakeReader, bad_night, summary
from tests.unit.tui.samples import NOW, ago, collected, incident
from tracer.clock import NS_PER_S, to_ns
from tracer.views import CollectorList, StallQuery, TransactionQuery
from tui.filters import Seen, parse
from tui.look import Look
from tui.now import NowState, calm, figures, filter_of, told
from tui.wants import NowAnswer

LOOK = Look()
NOW_NS = to_ns(NOW)


def _answer(reader=None, collectors=None, at_ns=NOW_NS):
    reader = reader or bad_night()
    return NowAnswer(
        incidents=reader.incidents(StallQuery()), stalls=reader.stalls(StallQuery()),
        counts=reader.transactions(TransactionQuery(limit=1)).counts,
        collectors=collectors or reader.collectors(), collected_ns=at_ns,
    )  # fmt: skip


def _state(*readings):
    state = NowState()
    for answer, at_ns in readings:
        state = state.received(answer, at_ns)
    return state


def _text(lines):
    return "\n".join("".join(text for text, _ in line) for line in lines)


def _head(state, now_ns=NOW_NS, width=120):
    return _text(figures(state, now_ns, LOOK, width))


def test_the_figures_tell_what_is_stuck_what_comes_in_and_what_joins():
    """Two readings of the counters give a rate; a share of 96% is not rounded up."""
    later_ns = NOW_NS + 15 * NS_PER_S
    state = _state((_answer(), NOW_NS), (_answer(collectors=collected(48_360), at_ns=later_ns), later_ns))

    expected = " ▲ 3 stuck of 7 open · data is fresh · 24 records/s · 96% of records joined\n otlp up to date"
    assert expected == _head(state, later_ns)


def test_data_that_grows_old_says_so():
    """Figures without a fresh reading tell their age."""
    assert "data 32s old" in _head(_state((_answer(), NOW_NS)), NOW_NS + 32 * NS_PER_S)


def test_a_silence_is_counted_from_the_last_record():
    """While the counters stand still the silence grows; a counter that went back is a sidecar that began anew."""
    silent = collected(last_record_at=None)
    readings = [(_answer(None, silent, NOW_NS + at * NS_PER_S), NOW_NS + at * NS_PER_S) for at in (0, 15, 30)]
    anew_ns = NOW_NS + 45 * NS_PER_S
    anew = (_answer(collectors=collected(7, last_record_at=None), at_ns=anew_ns), anew_ns)

    assert "no records for 30s" in _head(_state(*readings), NOW_NS + 30 * NS_PER_S)
    assert "7 records" in _head(_state(*readings, anew), anew_ns)


def test_a_silence_is_known_from_the_first_reading():
    """When the last record arrived is told at once, by the sidecar's clock, whatever ours shows."""
    state = _state((_answer(collectors=collected(last_record_at=ago(900))), NOW_NS + 3_600 * NS_PER_S))

    assert "no records for 15m" in _head(state, NOW_NS + 3_600 * NS_PER_S)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "otlp up to date"),
        ({"last_record_at": ago(59)}, "otlp up to date"),
        ({"last_record_at": ago(900)}, "otlp no record for 15m"),
        ({"last_record_at": None}, "otlp has no record lately"),
        ({"gauges": {"lag": 12.0}}, "otlp 12 messages behind"),
        ({"gauges": {"lag": 41_200.0}, "last_record_at": ago(900)}, "otlp 41,200 messages behind, no record for 15m"),
    ],
)
def test_each_collector_says_how_late_it_is(fields, expected):
    """Messages that wait at the broker, else for how long nothing came; what is late is a warning."""
    lines = figures(_state((_answer(collectors=collected(**fields)), NOW_NS)), NOW_NS, LOOK, 120)

    assert f" {expected}" == _text(lines[1:])
    assert ("41," in expected or "15m" in expected) == (lines[1][-1][1] == "warn")


def test_the_latest_collector_is_told_first():
    """On a narrow screen the one that is late is the one that is seen."""
    fine, late = collected(), collected(name="orders", gauges={"lag": 9_000.0})
    both = replace(fine, collectors=(*fine.collectors, *late.collectors))

    assert " orders 9,000 messages behind · otlp up to date" in _head(_state((_answer(collectors=both), NOW_NS)))


def test_messages_that_wait_are_no_quiet_night():
    """Where a collector is behind nothing stuck is only what is known so far."""
    late = collected(gauges={"lag": 9_000.0})
    state = _state((_answer(FakeReader([summary("order-1", "running")]), late), NOW_NS))
    said = _text(calm(state, NOW_NS, LOOK, away=False))

    assert "  nothing is stuck as far as is known: collector otlp is 9,000 messages behind" == said


def test_what_is_not_known_is_not_told_as_nothing():
    """Without an answer of the collectors neither a rate nor a coverage of zero is shown."""
    state = _state((replace(_answer(), collectors=None), NOW_NS))

    assert "records not counted · coverage not known" in _head(state)
    assert "coverage not known" in _head(_state((_answer(collectors=CollectorList(collectors=())), NOW_NS)))


def test_a_collector_that_is_ill_is_named():
    """A collector that does not run has a line of its own, with the reason."""
    ill = collected(state="failed", detail="broker \x1b[2Jaway")
    head = _head(_state((_answer(collectors=ill), NOW_NS)))

    assert "✗ collector otlp failed: broker ␛[2Jaway" in head


def test_calm_needs_an_answer():
    """Before the first answer nothing is said, for a bad night neither."""
    assert () == calm(NowState(), NOW_NS, LOOK, away=False)
    assert () == calm(_state((_answer(), NOW_NS)), NOW_NS, LOOK, away=True)


def test_an_incident_is_told_in_its_sentence_and_its_facts():
    """The whole sentence at the width, then how many, where, since when, whether it grows, and what is different."""
    state = _state((_answer(), NOW_NS))
    block = _text(one.line for one in told(state, LOOK, 60, NOW) if one.item == 0)

    assert block.startswith("▲ 12 transactions of order-fulfilment were lost on the\n")
    assert "is eu-1 in 11 of them." in block
    wide = _text(one.line for one in told(state, LOOK, 160, NOW) if one.item == 0)
    ascii_too = _text(one.line for one in told(state, Look(unicode=False), 160, NOW) if one.item == 0)

    assert "12 stuck · 3 more in 10m, slowing ▁▁▁▁▁▁▁▁▁▁▁▁▂█▄▁▂▁▁▂▁▁▁▁▄▁▁▁▂▁ · since" in wide
    assert "12 stuck - 3 more in 10m, slowing ____________.#=_.__.____=___._ - since" in ascii_too
    assert "12 stuck · 3 more in 10m · since 13 Mar 22:55:20 (4h 1" in block
    assert "different: region = eu…: 11 of 12 stuck, 3 of 80 passing" in block


def test_lines_fit_every_width():
    """No line of any item is wider than the screen."""
    state = _state((_answer(), NOW_NS))
    for width in (20, 40, 80, 200):
        assert all(len(_text([one.line])) <= width for one in told(state, LOOK, width, NOW) if one.item is not None)


def test_more_stalls_than_are_here_are_counted():
    """What was not read is told, with the key that leads to it."""
    answer = _answer()
    more = replace(answer, stalls=replace(answer.stalls, total=1_203))

    assert "and 1,200 more: l lists all" in _text(one.line for one in told(_state((more, NOW_NS)), LOOK, 80, NOW))


def test_a_sentence_stays_until_more_than_its_seconds_changed():
    """A sentence that only grew by seconds is the one before; a new stall or a coarser age brings the new one."""
    reader = bad_night()
    before = _answer(reader)

    def told_as(**fields):
        reader.incident_list = (replace(incident(), why="another", **fields),)
        answer = _state((before, NOW_NS), (_answer(reader), NOW_NS)).answer
        return answer.incidents.incidents[0].why

    assert incident().why == told_as(stuck_s=15_131.0)
    assert "another" == told_as(stuck_s=15_300.0)
    assert "another" == told_as(transactions=13)
    assert "another" == told_as(latest=ago(1))


def test_the_filter_of_an_incident_lists_it_alone():
    """Saga, step and owner are taken as they are, also where another name begins with them."""
    one = incident(step="ship", owner='in "ventory')
    seen = Seen(step=frozenset({"ship", "ship-express"}))

    assert 'status:stuck saga:"order-fulfilment" step:"ship" owner:"in ventory" kind:"handoff-lost"' == filter_of(one)
    assert filter_of(incident(error='HTTP 503 from "carrier" at 10.0.0.7:80')).endswith(' error:"HTTP"')
    assert ("ship",) == parse(filter_of(one), seen).step


def test_beside_goes_through_what_is_stuck():
    """The next and the previous one, nothing beyond the ends, and the first one after one that is not there."""
    state = _state((_answer(), NOW_NS))
    tried = [("order-1042", 1), ("order-1107", 1), ("order-1107", -1), ("order-1042", -1), ("no", 1), ("no", -1)]

    expected = ["transfer-77-0031", None, "transfer-77-0031", None, "order-1042", None]
    assert expected == [state.beside(*each) for each in tried]
