"""Screens as a person sees them, kept as plain text.

`SAGASCOPE_UPDATE_SNAPSHOTS=1 pytest tests/snapshot` writes them anew.
"""

import asyncio
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.tui.alerting import fill
from tests.unit.tui.console import WRONG
from tests.unit.tui.fake import (
    FakeReader,
    VastReader,
    bad_night,
    entry,
    lost_message,
    night,
    record,
    step,
    transaction,
    worried,
)
from tests.unit.tui.samples import NOW, advised, ago
from tracer.analysis.messages import Message, Progress, readers, sentence
from tracer.analysis.stalls import Situation, why
from tracer.clock import NS_PER_S, FixedClock, to_ns
from tracer.query.messages import Found
from tracer.views import Compensation, Current, Remaining, Stall
from tui.app import SagascopeApp
from tui.look import Look
from tui.source import Pace

DATA = Path(__file__).parent / "data"
UPDATE = os.environ.get("SAGASCOPE_UPDATE_SNAPSHOTS") == "1"
COMING = Remaining(step="ship", owner="shipping", expected_s=2.0, basis="declared")
ONCE = Pace(least_s=3_600.0, most_s=3_600.0, backoff_s=(3_600.0,))
ASCII = Look(unicode=False, colour=False)
MAX_WAITS = 400

SCENES = {
    "now-80x24": ((80, 24), "night", (), "3 STUCK"),
    "now-120x40": ((120, 40), "night", (), "3 STUCK"),
    "now-ascii-80x24": ((80, 24), "ascii", (), "3 STUCK"),
    "now-calm-80x24": ((80, 24), "calm", (), "nothing is stuck"),
    "now-away-80x24": ((80, 24), "away", (), "no sidecar at"),
    "list-80x24": ((80, 24), "night", (), "order-1042"),
    "list-120x40": ((120, 40), "night", (), "order-1042"),
    "list-200x30": ((200, 30), "night", (), "order-1042"),
    "list-ascii-80x24": ((80, 24), "ascii", (), "order-1042"),
    "list-last-of-a-million-80x24": ((80, 24), "vast", ("G",), "order-0999999"),
    "list-filtered-80x24": ((80, 24), "night", ("slash", *"owner:pay", "enter"), "order-1093"),
    "list-by-age-80x24": ((80, 24), "night", ("A",), "AGE↓"),
    "list-empty-80x24": ((80, 24), "empty", (), "no transactions yet"),
    "list-away-80x24": ((80, 24), "away", (), "no sidecar at"),
    "timeline-80x24": ((80, 24), "night", ("enter",), "STEPS 3"),
    "timeline-120x40": ((120, 40), "night", ("enter",), "stuck here"),
    "timeline-200x30": ((200, 30), "night", ("enter",), "stuck here"),
    "timeline-ascii-80x24": ((80, 24), "ascii", ("enter",), "STEPS 3"),
    "timeline-message-80x24": ((80, 24), "message", ("enter",), "RECORDS 7"),
    "timeline-advised-80x24": ((80, 24), "advised", ("enter",), "80% sure"),
    "timeline-advised-120x40": ((120, 40), "advised", ("enter",), "80% sure"),
    "advice-80x24": ((80, 24), "advised", ("enter", "a"), "what to do about"),
    "flow-80x24": ((80, 24), "night", ("f",), "finished transactions"),
    "flow-120x40": ((120, 40), "night", ("f",), "finished transactions"),
    "flow-ascii-80x24": ((80, 24), "ascii", ("f",), "finished transactions"),
    "flow-table-80x24": ((80, 24), "night", ("f", "v"), "FROM"),
    "flow-table-120x40": ((120, 40), "night", ("f", "v"), "FROM"),
    "sagas-80x24": ((80, 24), "night", ("3",), "2 sagas"),
    "sagas-120x40": ((120, 40), "night", ("3",), "2 sagas"),
    "sources-80x24": ((80, 24), "worried", ("5",), "not well"),
    "sources-120x40": ((120, 40), "worried", ("5",), "not well"),
    "alerts-80x24": ((80, 24), "alerts", ("4",), "refund-card"),
    "alerts-120x40": ((120, 40), "alerts", ("4",), "refund-card"),
    "alerts-ascii-80x24": ((80, 24), "alerts-ascii", ("4",), "refund-card"),
    "alert-80x24": ((80, 24), "alerts", ("4", "j", "enter"), "examples"),
    "alert-rules-80x24": ((80, 24), "alerts", ("4", "u"), "refunds"),
    "alert-120x40": ((120, 40), "alerts", ("4", "j", "enter"), "HISTORY"),
    "alert-deliveries-80x24": ((80, 24), "alerts", ("4", "d"), "7 tries"),
    "now-alerts-80x24": ((80, 24), "alerts", (), "3 alerts fire"),
    "rejected-80x24": ((80, 24), "worried", ("5", "tab", "tab", "enter"), "and the rest"),
    "sql-80x24": ((80, 24), "night", ("6", *"SELECT tr"), "transaction_id"),
    "sql-error-80x24": ((80, 24), "wrong", ("6", *"SELECT x", "f5"), "line 1, column 8"),
    "sql-ascii-80x24": ((80, 24), "ascii", ("6", *"SELECT tr"), "transaction_id"),
    "palette-80x24": ((80, 24), "night", ("colon", *"order"), "flow order-fulfilment"),
    "palette-ascii-80x24": ((80, 24), "ascii", ("colon",), "flow money-transfer"),
    "timeline-by-owner-120x40": ((120, 40), "night", ("enter", "b", "tab"), "payments  4 records"),
    "timeline-told-80x24": ((80, 24), "told", ("enter",), "disagree by"),
    "timeline-told-120x40": ((120, 40), "told", ("enter",), "clocks disagree"),
    "timeline-told-ascii-120x40": ((120, 40), "told-ascii", ("enter",), "clocks disagree"),
    "timeline-zoomed-120x40": ((120, 40), "night", ("enter", "tab", "plus", "plus", "w"), "since it began"),
    "timeline-past-80x24": ((80, 24), "night", ("enter", *["left_curly_bracket"] * 4), "7 of 11"),
    "timeline-before-it-80x24": ((80, 24), "night", ("enter", "t", *"20h", "enter"), "no record yet"),
    "timeline-search-120x40": ((120, 40), "night", ("enter", "slash", *"gateway"), "2 lines"),
    "timeline-match-120x40": ((120, 40), "night", ("enter", "slash", *"gateway", "enter", "n"), "match 2 of 2"),
    "export-80x24": ((80, 24), "night", ("enter", "x"), "order-1042.md"),
    "details-tree-120x40": ((120, 40), "told", ("enter", "tab", "enter"), "JSON as text"),
    "details-raw-80x24": ((80, 24), "told", ("enter", "tab", "enter", "v"), "as JSON"),
    "details-120x40": ((120, 40), "night", ("enter", "e", "enter"), "http.response.status_code"),
    "help-120x60": ((120, 60), "night", ("question_mark",), "SIGNS"),
}


@pytest.fixture(autouse=True)
def _berlin(monkeypatch, tmp_path):
    """Let the local zone be the same everywhere, and the history of SQL be nobody's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _with_message():
    """Give a reader whose stuck transaction waits for a group without members, behind three others that read on."""
    at, now_ns = lost_message(), to_ns(NOW)
    lost = Message(
        topic=at.topic, partition=at.partition, offset=at.offset, at_ns=to_ns(at.at), is_followed=False, is_stuck=True,
    )  # fmt: skip
    groups = tuple(
        Progress(group=name, committed=committed, since_ns=now_ns - 234 * NS_PER_S, seen_ns=now_ns - 45 * NS_PER_S,
                 log_end=19_202, members=members)
        for name, committed, members in (
            ("warehouse-fulfilment", 18_790, 0), ("analytics", 19_000, 1), ("audit", 19_100, 1), ("billing", 19_200, 2),
        )
    )  # fmt: skip
    found = Found(source="kafka", message=lost, readers=readers(lost, groups, now_ns))
    situation = Situation(
        kind="handoff-lost", step="reserve-inventory", owner="inventory", state="completed", stuck_s=15_130.0,
        threshold_s=300.0, attempts=1, error="connection refused by warehouse-fulfilment.internal", undoes=None,
        handoff="orders", is_exact=True, message=sentence(lost, found.readers), is_message_sent=True,
    )  # fmt: skip
    one = transaction()
    told = replace(one, stall=replace(one.stall, why=why(situation)), message=found.view())
    return FakeReader(night(), [told], [record(each) for each in one.timeline])


def _with_a_tale():
    """Give a reader with a transaction that was tried again, handed over late, and is undone, on odd clocks."""
    undo = Compensation(
        step="refund-card", owner="payments", state="compensating", started_at=ago(900), ended_at=None, error=None
    )
    here = Current(
        step="refund-card", owner="payments", state="compensating", since=ago(900), elapsed_s=900.0, expected_s=1.2,
        threshold_s=60.0, threshold_source="declared", basis="exact",
    )  # fmt: skip
    stuck = Stall(
        kind="compensation-stuck", since=ago(900), stuck_s=900.0, step="refund-card", owner="payments",
        why="payments began the compensation refund-card 15m ago and was not seen to end it.",
    )  # fmt: skip
    told = transaction(
        current=(here,), stall=stuck, started_at=ago(1_500), elapsed_s=1_500.0, last_activity_at=ago(900), notes=(),
        steps=(
            step("place-order", "orders", "completed", 1_500, 1_490),
            step("charge-card", "payments", "completed", 1_380, 1_330, attempts=3, compensation=undo),
            step("reserve-inventory", "inventory", "failed", 1_320, 1_310, error="out of stock"),
        ),
        timeline=(
            entry("audit", 1_500.35, 1_495, owner="audit", causation_id="m1"),
            entry("place-order", 1_500, 1_490, message_id="m1", span_kind="producer"),
            *(
                entry("charge-card", at_s, at_s - 8, owner="payments", phase=phase, attempt=number, causation_id="m1",
                      error=None if phase == "completed" else "gateway timeout", message_id=f"c{number}")
                for number, at_s, phase in ((1, 1_380, "failed"), (2, 1_360, "failed"), (3, 1_338, "completed"))
            ),
            entry("reserve-inventory", 1_320, 1_310, owner="inventory", phase="failed", status="error",
                  error="out of stock", causation_id="c3"),
            entry("refund-card", 900, owner="payments", kind="event", phase="compensating", step="refund-card"),
        ),
    )  # fmt: skip
    body = json.dumps({"order": {"total": 184.05, "lines": [{"sku": f"A-{at}", "qty": at} for at in range(1, 4)]}})
    attributes = {"messaging.body": body, "note": "word " * 300, "tags": ["a", "b"]}
    return FakeReader(night(), [told], [record(each, attributes=attributes) for each in told.timeline])


def _with_alerts():
    """Give a reader of a night with alerts."""
    return fill(bad_night())


SPECIAL = {
    "alerts": _with_alerts,
    "alerts-ascii": _with_alerts,
    "message": _with_message,
    "told": _with_a_tale,
    "told-ascii": _with_a_tale,
}


def _reader(kind):
    if kind in SPECIAL:
        return SPECIAL[kind]()
    if kind == "advised":
        return FakeReader(night(), [transaction(advice=advised(), remaining=(COMING,))])
    if kind in {"worried", "vast"}:
        return worried() if kind == "worried" else VastReader()
    if kind == "calm":
        return FakeReader([row for row in night() if row.status not in {"stuck", "failed"}])
    if kind == "empty":
        return FakeReader()
    reader = bad_night()
    reader.wrong = WRONG if kind == "wrong" else None
    reader.away = "no sidecar at http://127.0.0.1:4319: start one with `sagascope serve`" if kind == "away" else None
    return reader


async def _seen(name, size, kind, keys, until):
    app = SagascopeApp(
        _reader(kind), url_label="http://127.0.0.1:4319", clock=FixedClock(to_ns(NOW)),
        look=ASCII if kind.endswith("ascii") else Look(), pace=ONCE,
        screen="now" if name.startswith("now") else "list",
    )  # fmt: skip
    async with app.run_test(size=size) as pilot:
        await _until(app, pilot, "asking", gone=True)
        for key in keys:
            await pilot.press(key)
            await _until(app, pilot, " asking", gone=True)
        return await _until(app, pilot, until)


async def _until(app, pilot, text, *, gone=False):
    """Wait until a text is on the screen, or gone from it, and the screen stands still; give the screen."""
    before = ""
    for _ in range(MAX_WAITS):
        await pilot.pause(0.02)
        strips = app.screen._compositor.render_strips()
        now = "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"
        if (text in now) != gone and now == before:
            return now
        before = now
    raise AssertionError(f"the screen never came to rest with {text!r}:\n{now}")


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_looks_as_it_did(name):
    """A screen over the same data, at the same size and time, is the same to the character."""
    actual = asyncio.run(_seen(name, *SCENES[name]))
    path = DATA / f"{name}.txt"
    if UPDATE:
        path.write_text(actual, encoding="utf-8")
    expected = path.read_text(encoding="utf-8")

    assert expected == actual


def test_every_kept_screen_belongs_to_a_scene():
    """No file of a screen that is no longer drawn stays behind."""
    assert sorted(SCENES) == sorted(path.stem for path in DATA.glob("*.txt"))
