"""The waterfall as SVG: whole, well formed, with hostile text as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api_fakes import NOW, make_transaction
from tests.transaction_fakes import make_entry, make_step, make_told
from tracer.reports.drawn import drawn
from tracer.views import Compensation

SVG = "{http://www.w3.org/2000/svg}"


def _root(transaction):
    return ET.fromstring("\n".join(drawn(transaction)))  # noqa: S314 - our own


def _texts(transaction):
    return [one.text or "" for one in _root(transaction).iter(f"{SVG}text")]


def _bars(transaction):
    shapes = (one.get("class") for one in _root(transaction).iter() if one.tag in {f"{SVG}rect", f"{SVG}circle"})
    return [shape for shape in shapes if shape not in {None, "r"}]


def test_the_drawing_has_steps_and_records():
    """Each step and record has its line with what it took; what failed says so beside its colour."""
    texts = _texts(make_told())

    assert "ORD-1: order-fulfilment, stuck" == texts[0]
    assert any(text.startswith("hold-amount x3: failed") for text in texts)
    assert any(text.startswith("RECORDS ") for text in texts)
    assert "failed 500ms" in texts


def test_what_is_undone_is_told_in_words():
    """A compensation is dashed, and says undo with how far it is, done or to come."""
    undo = Compensation(
        step="refund", owner="payment", state="compensated", started_at=NOW, ended_at=NOW + timedelta(seconds=1),
        error=None,
    )  # fmt: skip
    done = replace(make_step("charge", "payment", 0, 1.0, state="completed"), compensation=undo)
    coming = replace(done, compensation=replace(undo, state="pending", started_at=None, ended_at=None))

    assert "  refund: undo compensated" in _texts(make_transaction(steps=(done,)))
    assert "undo" in _bars(make_transaction(steps=(done,)))
    assert "  refund: undo to come" in _texts(make_transaction(steps=(coming,)))
    assert "undo" not in _bars(make_transaction(steps=(coming,)))


def test_a_long_silence_is_cut_and_says_its_length():
    """Records a month apart stand side by side, with the month in words between them."""
    far = make_entry(30 * 86_400, 1.0, "ship", "shipping")
    texts = _texts(make_transaction(timeline=(make_entry(0, 1.0, "order", "orders"), far), timeline_total=2))

    assert any(text.startswith(("29d", "30d")) for text in texts)


def test_many_records_are_drawn_in_part():
    """How many are left out is told below."""
    one = make_told(timeline=make_told().timeline * 60, timeline_total=9_000)

    assert "200 of 9000 records are told." in _texts(one)[-1]


def test_one_without_records_is_drawn_too():
    """There is a heading and no bar."""
    assert [] == _bars(make_transaction())


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\x1b]52;c;x\x07\x00", '"&<!--', "\uffff\ufffe", "\u202e" + "x" * 9_000]
)
def test_hostile_text_is_text(name):
    """No element but our own, no control character, whatever the names are."""
    one = make_transaction(timeline=(make_entry(0, 1.0, name, name, error=name),), saga=name, timeline_total=1)
    source = "\n".join(drawn(one))

    assert {"svg", "title", "style", "rect", "text", "g", "circle", "line"} >= {
        each.tag.removeprefix(SVG)
        for each in ET.fromstring(source).iter()  # noqa: S314 - our own
    }
    assert not set(source) & {"\x1b", "\x07", "\x00", "\u202e"}


@given(st.text(max_size=40), st.integers(0, 10**9), st.floats(0, 10**7))
@settings(deadline=None, max_examples=30)
def test_every_drawing_is_well_formed(name, later_s, took_s):
    """Whatever the names and times are, what is written is XML."""
    timeline = (make_entry(0, 0.0, "a", "b"), make_entry(later_s, took_s, name, name))

    assert f"{SVG}svg" == _root(make_transaction(timeline=timeline, timeline_total=2)).tag
