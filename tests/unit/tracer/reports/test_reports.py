"""The post-mortem of a transaction: whole, with hostile text as text, with nothing active in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api_fakes import NOW, make_transaction, serving
from tests.transaction_fakes import make_advice, make_entry, make_step, make_told
from tracer.cli.exits import run
from tracer.cli.main import cli
from tracer.reports import story
from tracer.reports.html import html
from tracer.reports.markdown import code, markdown, text

EVIL = "<img src=x onerror=alert(1)>\"'`|*_[a](javascript:1)&amp;"
PARAGRAPH = (
    "ORD-1 began at 2026-03-01 01:35:47 UTC and was still stuck 38m 20s later. It completed place-order, charge-card. "
    "hold-amount failed at payment after 3 tries: HTTP 503 from acquirer. cancel-hold, which undoes hold-amount, is "
    "compensated. shipping began ship-parcel 38m 12s ago and was not seen to end it (limit 4.2s). Still to come: "
    "ship-parcel, send-invoice."
)


class Page(HTMLParser):
    """Reads a page: its tags with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Keep it."""
        self.text += data


def evil(name=EVIL):
    """A transaction with a text wherever telemetry and definitions can put one."""
    step = make_step(name, name, 0, 1.0, state="failed", error=name)
    entry = make_entry(0, 1.0, name, name, error=name, status="error")
    advice = make_advice(step=name, owner=name, why=name, evidence=(name,), command=name, compensates=name)
    stall = replace(make_told().stall, why=name)
    return make_told(
        name, aliases=(name,), saga=name, steps=(step,), timeline=(entry,), advice=(advice,), notes=(name,),
        stall=stall, links={name: name, "ok": "https://x.example/?a=1&b=2"},
    )  # fmt: skip


def test_the_paragraph_says_what_happened():
    """When it began, how it stands, what was done, what failed, what was undone, why it is stuck, what is missing."""
    assert PARAGRAPH == story.paragraph(make_told())


def test_the_paragraph_of_one_that_ended_says_how():
    """In the word that was recorded."""
    told = story.paragraph(make_transaction(status="compensated", outcome="cancelled", ended_at=NOW, elapsed_s=12.0))

    assert "ORD-1 began at 2026-03-01 02:14:07 UTC and ended as cancelled after 12s." == told


def test_the_markdown_is_whole():
    """Paragraph, facts, advice, steps, the drawn timeline, errors once, links."""
    told = list(markdown(make_told()))

    assert "# ORD-1: order-fulfilment, stuck" == told[0]
    assert PARAGRAPH == told[2]
    assert ["## What to do", "## Steps", "## Timeline", "## Records", "## Errors", "## Links"] == [
        line for line in told if line.startswith("## ")
    ]
    assert "| hold-amount | payment | failed | +0.500s | 1.5s | 3 | HTTP 503 from acquirer |" in told
    assert "| +8.000s | shipping | ship-parcel | ship-parcel | started | - |  |" in told
    assert "| +0.500s | payment | hold-amount | HTTP 503 from acquirer | 3 |" in told
    assert "     +1.200s  payment                xxx                                 500ms  hold-amount (try 2)" in told
    assert "- [trace](<https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736>)" in told
    assert "- runbook: javascript:alert(1)" in told


def test_what_is_not_there_has_no_section():
    """A transaction without steps, errors, advice or links has a short report."""
    assert not [line for line in markdown(make_transaction()) if line.startswith("## ")]
    assert "<h2>" not in "".join(html(make_transaction()))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("order_id a_b", "order_id a_b"),
        ("_x_ *y* `z`", "\\_x\\_ \\*y\\* \\`z\\`"),
        ("<b>|&lt;", "\\<b\\>\\|\\&lt;"),
        ("![a](b)", "\\!\\[a\\](b)"),
        ("- item", "\\- item"),
        ("12. item", "12\\. item"),
        ("1.5s", "1.5s"),
        ("    code\nnext", "code␊next"),
        ("# head", "\\# head"),
    ],
)
def test_text_in_markdown_is_text(raw, expected):
    """What Markdown would read as its own is escaped, and nothing else."""
    assert expected == text(raw)


def test_nothing_in_a_block_of_code_can_end_it():
    """The fence is longer than any run of its sign inside."""
    assert ["`````text", "````", "`````"] == list(code(["````"]))


@given(st.text(min_size=1, max_size=40))
@settings(deadline=None)
def test_no_text_adds_a_line_to_the_markdown(name):
    """A report has the same lines whatever the names are."""
    assert len(list(markdown(evil("x")))) == len(list(markdown(evil(name))))


def test_hostile_text_is_no_html_in_the_markdown():
    """No tag, no link but the one that leads to an address."""
    told = "\n".join(markdown(evil()))
    outside = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", told)

    assert not re.search(r"(?<!\\)<(?!https://x\.example)", outside)
    assert ["https://x.example/?a=1&b=2"] == re.findall(r"(?<!\\)\]\(<(.*?)>\)", outside)


def test_the_page_is_whole():
    """The same as in Markdown, and a drawing that is an SVG of its own."""
    source = "\n".join(html(make_told()))
    page = Page(source)
    drawing = ET.fromstring(re.search(r"<svg.*</svg>", source, re.DOTALL)[0])  # noqa: S314  our own
    bars = [one for one in drawing.iter("{http://www.w3.org/2000/svg}rect") if one.get("class") in {"o", "x"}]

    assert PARAGRAPH in page.text
    assert {"What to do", "Steps", "Timeline", "Records", "Errors", "Links"} <= set(
        re.findall(r"<h2>(.*?)</h2>", source)
    )
    assert [4, 3] == [sum(bar.get("class") == kind for bar in bars) for kind in ("o", "x")]
    assert ["https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736"] == [
        attributes["href"] for tag, attributes in page.tags if tag == "a"
    ]


@pytest.mark.parametrize("name", [EVIL, "</title></style><script>alert(1)</script>", "\x1b]52;c;x\x07\x00"])
def test_a_page_holds_nothing_active_and_nothing_from_elsewhere(name):
    """Only our own tags, no handlers, a policy that allows nothing; what telemetry says is text."""
    source = "\n".join(html(evil(name)))
    page = Page(source)
    tags = {tag for tag, _ in page.tags}
    attributes = {attribute for _, those in page.tags for attribute in those}

    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form"}
    assert not [attribute for attribute in attributes if attribute.startswith("on") or attribute in {"src", "style"}]
    assert ["https://x.example/?a=1&b=2"] == [those["href"] for tag, those in page.tags if tag == "a"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in source
    assert not set(source) & {"\x1b", "\x07", "\x00"}


def test_many_records_are_drawn_in_part():
    """And how many there are is told."""
    one = make_told(timeline=make_told().timeline * 60, timeline_total=9000)

    assert "200 of 9000 records are told." in "\n".join(markdown(one))
    assert "200 of 9000 records are told." in "\n".join(html(one))


@pytest.fixture
def sagascope(capfd):
    """Run a command against the fakes; (exit code, stdout, stderr)."""
    with serving() as served:
        served.answers.told["ORD-1"] = make_told()
        url = served()

        def call(*arguments: str) -> tuple[int, str, str]:
            ended = run(lambda: cli.main([*arguments, "--url", url], prog_name="sagascope", standalone_mode=False))
            return ended, *capfd.readouterr()

        yield call


def test_a_report_is_written_as_asked(sagascope, tmp_path):
    """Markdown, or HTML where the file is called so or it is asked for."""
    page, other, drawing = tmp_path / "r.html", tmp_path / "r.txt", tmp_path / "r.svg"
    out = sagascope("report", "ORD-1")[1]

    assert out.startswith("# ORD-1: order-fulfilment, stuck\n")
    assert sagascope("report", "ORD-1", "--format", "html")[1].startswith("<!DOCTYPE html>\n")
    assert (0, f"wrote {page}\n", "") == sagascope("report", "ORD-1", "--out", str(page))
    assert page.read_text().startswith("<!DOCTYPE html>\n")
    assert 0 == sagascope("report", "ORD-1", "--out", str(other))[0]
    assert out == other.read_text()
    assert 0 == sagascope("report", "ORD-1", "--out", str(drawing))[0]
    assert drawing.read_text().startswith("<svg ")
    assert drawing.read_text() == sagascope("report", "ORD-1", "--format", "svg")[1]


def test_a_report_as_data_is_the_transaction(sagascope):
    """--json prints the API's document, and goes with no form."""
    assert "ORD-1" == json.loads(sagascope("report", "ORD-1", "--json")[1])["transaction_id"]
    assert 2 == sagascope("report", "ORD-1", "--json", "--format", "md")[0]
    assert 3 == sagascope("report", "none")[0]
