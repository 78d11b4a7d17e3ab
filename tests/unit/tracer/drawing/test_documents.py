"""DOT, Mermaid and SVG: well formed, whole, and with hostile names as text."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.saga_fakes import make_edge, make_flow, make_node
from tracer.drawing.dot import dot
from tracer.drawing.mermaid import mermaid
from tracer.drawing.svg import svg
from tracer.errors import UsageError

SVG = "{http://www.w3.org/2000/svg}"
EVIL = 'a"]; evil -> x [label="<script>alert(1)</script>&amp;\\'
TEXTS = st.text(max_size=20)


def flow_of(name):
    """A flow in which a name stands wherever telemetry can put one."""
    return make_flow(
        saga=name,
        nodes=(make_node(name, owner=name, compensates=name, open=2, stuck=1), make_node("b")),
        edges=(make_edge(None, name, after_compensates=name), make_edge(name, "b", before_compensates=name)),
    )


def texts(document):
    """All texts of an SVG."""
    return ["".join(one.itertext()) for one in ET.fromstring(document).iter(f"{SVG}text")]  # noqa: S314  our own


def test_the_svg_has_every_step_and_every_arrow():
    """Boxes, lines with heads, and what stands at them."""
    document = "\n".join(svg(make_flow()))
    told = texts(document)

    assert {node.step for node in make_flow().nodes} <= set(told)
    assert {"384 98%", "8 2%", "4 1%", "declared", "14 here, 12 stuck"} <= set(told)
    assert 13 == document.count('class="a')  # one of the twelve passes a layer, in two parts


def test_the_svg_holds_nothing_active_and_nothing_from_elsewhere():
    """No script, no handler, no address but that of the namespace."""
    document = "\n".join(svg(flow_of(EVIL)))

    assert ["http://www.w3.org/2000/svg"] == re.findall(r"https?://[^\"' )]+", document)
    assert not re.search(r"<(script|image|use|foreignObject|a)\b|\son\w+=|@import", document)
    assert EVIL in texts(document)


def test_labels_of_the_svg_stand_apart():
    """No label covers another one."""
    rects = re.findall(
        r'<rect x="(-?\d+)" y="(-?\d+)" width="(\d+)" height="(\d+)" fill="#fff"', "\n".join(svg(make_flow()))
    )
    boxes = [tuple(map(int, rect)) for rect in rects]

    assert 11 == len(boxes)
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[number + 1 :]:
            apart = x + width <= other_x or other_x + other_width <= x
            assert apart or y + height <= other_y or other_y + other_height <= y


@given(TEXTS)
@settings(deadline=None)
def test_any_name_is_text(name):
    """Whatever telemetry says, the SVG can be read, and DOT and Mermaid keep their lines and quotes."""
    flow = flow_of(name)
    ET.fromstring("\n".join(svg(flow)))  # noqa: S314  our own
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"')
    bare = [quoted.sub("", line) for line in dot(flow)]

    assert all('"' not in line for line in bare)
    assert all(re.fullmatch(r"[\w \[\]=,;{}>.-]*", line, re.ASCII) for line in bare)
    assert all(line.count('"') in {0, 2} for line in mermaid(flow))


@pytest.mark.parametrize("write", [dot, mermaid])
def test_the_others_have_the_same_graph(write):
    """Each step, each arrow, the way back dashed or dotted."""
    told = list(write(make_flow()))
    arrows = [line for line in told if re.search(r"^ +n\d+ -", line)]

    assert 12 == len(arrows)
    assert all(any(node.step in line for line in told) for node in make_flow().nodes)
    assert 1 == sum("style=dashed, constraint=false" in line or "-.->" in line for line in arrows)


def test_escapes_are_written_out():
    """A quote and a backslash in DOT, and whatever could mean something in Mermaid."""
    assert 'digraph "a\\"b\\\\" {' == next(dot(make_flow(saga='a"b\\')))
    label = next(line for line in mermaid(flow_of('x"]<b>')) if "n1" in line)
    assert "x#34;#93;#60;b#62;" in label


def test_what_nobody_could_read_is_not_drawn():
    """A step name that is different each time makes thousands of boxes: DOT has them, the SVG says so."""
    edges = tuple(make_edge("a", f"step-{number}", 1.0) for number in range(2000))
    flow = make_flow(nodes=(), edges=edges)

    assert 2001 == sum(" -> " in line or "label=" in line for line in dot(flow)) - 2000
    with pytest.raises(UsageError, match="2001 boxes are too many to draw"):
        list(svg(flow))
