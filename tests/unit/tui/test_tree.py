import json

import pytest

from tui.tree import MAX_CHILDREN, decoded, nodes, toggled_for

DEEP = {"order": {"lines": [{"sku": f"A-{number}", "qty": number} for number in range(12)], "note": "x" * 80}}


def _lines(values, toggled=frozenset()):
    return [(node.depth, node.label, node.text, node.is_open) for node in nodes("attributes", values, toggled)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [('{"a": 1}', {"a": 1}), ("[1]", [1]), ('"a"', '"a"'), ("12", "12"), ("{a", "{a"), ("", ""), (7, 7)],
)  # fmt: skip
def test_json_that_came_as_text_is_read(value, expected):
    """An object or a list in a text is read; everything else stays what it is."""
    assert expected == decoded(value)


def test_what_is_short_stays_on_its_line():
    """A short object or list is told whole on its line, folded, and opens into its parts."""
    assert [(0, "tags", '["a", "b"]', False)] == _lines({"tags": ["a", "b"]})
    assert [(0, "tags", "2 in a list", True), (1, "[0]", "a", None), (1, "[1]", "b", None)] == _lines(
        {"tags": ["a", "b"]}, frozenset({("attributes", "tags")})
    )


def test_a_payload_of_json_is_a_tree():
    """JSON in a text folds like an object, and says that it came as text."""
    listed = _lines({"body": json.dumps(DEEP)})

    assert (0, "body", "1 in an object, JSON as text", True) == listed[0]
    assert (2, "lines", "12 in a list", False) in listed


def test_a_search_opens_what_hides_it():
    """Every folded line on the way to a text is opened, and nothing else."""
    opened = toggled_for("attributes", {"body": json.dumps(DEEP), "other": DEEP["order"]}, frozenset(), "A-11")
    listed = [line for line in _lines({"body": json.dumps(DEEP)}, opened) if line[2] == "A-11"]

    assert [(4, "sku", "A-11", None)] == listed
    assert not toggled_for("attributes", {"body": json.dumps(DEEP)}, frozenset(), "nowhere")


def test_trees_are_bounded():
    """A million children, or a thousand levels, give a bounded tree."""
    nested = "end"
    for _ in range(900):
        nested = [nested]

    wide = _lines({"wide": list(range(1_000_000))}, frozenset({("attributes", "wide")}))

    assert MAX_CHILDREN + 2 == len(wide)
    assert "more" in wide[-1][2]
    assert len(_lines({"deep": nested})) < 50
