"""The examples of output in docs/cli.md and of answers in docs/http-api.md are what is printed and answered."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import msgspec
import pytest

from tests.saga_fakes import NOW, make_flow, make_incident, make_stall, make_stats, make_stats_row
from tests.transaction_fakes import make_told
from tracer.cli import incidents, show, stats
from tracer.drawing.terminal import draw
from tracer.views import AlertMark, IncidentList, StallPage

DOCS = Path(__file__).parents[4] / "docs"
PRINTED = {
    "ls": lambda: stats.lines(make_stats(make_stats_row(1)), width=None, colour=False),
    "show": lambda: show.lines(make_told(), width=None, colour=False),
    "flow": lambda: draw(make_flow(), width=80, unicode=True),
    "incidents": lambda: incidents.lines(
        IncidentList(incidents=(make_incident(),), stuck=12, as_of=NOW), width=None, colour=False
    ),
}
TAKEN = AlertMark(id="4be1c02f77aa", state="firing", acknowledged_by="kim")
ANSWERED = {
    "stalls": StallPage(stalls=(make_stall(alert=TAKEN),), total=12, as_of=NOW),
    "incidents": IncidentList(incidents=(make_incident(),), stuck=12, as_of=NOW),
    "rows": make_stats(make_stats_row()),
}


def blocks(page: str, heading: str = "") -> list[str]:
    """Take the examples without a language out of a page, or out of one section."""
    flags = re.MULTILINE | re.DOTALL
    text = (DOCS / page).read_text("utf-8")
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, flags)[1] if heading else text
    return re.findall(r"^```\n(.*?)^```", re.sub(r"^```\w+\n.*?^```\n", "", part, flags=flags), flags)


@pytest.fixture
def utc(monkeypatch):
    """Times of day as the pages have them."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize("heading", PRINTED)
def test_the_example_is_what_is_printed(heading):
    """Line by line, in this order."""
    (example,) = blocks("cli.md", heading)

    assert example in "".join(f"{line}\n" for line in PRINTED[heading]())


@pytest.mark.parametrize("key", ANSWERED)
def test_the_example_is_what_is_answered(key):
    """Member by member; what stands for a time or a sentence is left out."""
    (example,) = [block for block in blocks("http-api.md") if block.startswith(f'{{"{key}"')]
    told, expected = json.loads(example), json.loads(msgspec.json.encode(ANSWERED[key]))

    assert without_rest(expected, told) == without_rest(told, told)


def without_rest(value, told):
    """Take what a page leaves out for a value."""
    if isinstance(told, dict):
        assert set(value) == set(told)
        return {name: without_rest(value[name], told[name]) for name in told}
    if isinstance(told, list):
        return [without_rest(one, other) for one, other in zip(value, told, strict=True)]
    return "..." if told == "..." else value
