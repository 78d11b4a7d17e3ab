import re

import pytest

from tests.unit.tui.fake import transaction
from tui.export import default_name, problem
from tui.screens.outward import write


@pytest.mark.parametrize(
    ("transaction_id", "expected"),
    [
        ("ORD-2026.1_b", "ORD-2026.1_b.md"), ("../../etc/passwd", "etc-passwd.md"),
        ("a b\x1b]52;c\x07/\\ü", "a-b-52-c.md"),
        ("...", "transaction.md"), ("", "transaction.md"), ("-rf", "rf.md"), ("x" * 5_000, f"{'x' * 100}.md"),
    ],
)  # fmt: skip
def test_a_default_name_is_safe(transaction_id, expected):
    """Letters, digits, dots, hyphens and underscores alone; no hidden file, no option, no folder, not too long."""
    assert expected == default_name(transaction_id)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", default_name(transaction_id))


def test_a_name_says_what_it_means(tmp_path):
    """Its end chooses the form; what is no form, no folder or no name is told."""
    (tmp_path / "there.md").mkdir()
    names = ("", "x.txt", f"{tmp_path}/none/x.md", f"{tmp_path}/there.md", "a\x1b.md", f"{tmp_path}/x.svg")
    told = [problem(name) for name in names]

    assert "type a file name" == told[0]
    assert "the name ends in .md, .json, .svg, .html" in told[1]
    assert ["is no folder", "is a folder"] == [told[2][-12:], told[3][-11:]]
    assert ["a file name is printable text", None] == told[4:]


@pytest.mark.parametrize(
    ("ending", "begins"), [("md", "# order-1042"), ("json", "{"), ("svg", "<svg"), ("html", "<!DOC")]
)
def test_each_form_is_written(tmp_path, ending, begins):
    """The file holds the form that its name ends in."""
    path = tmp_path / f"one.{ending}"

    assert write(str(path), transaction()) is None
    assert path.read_text("utf-8").startswith(begins)


def test_what_cannot_be_written_is_told(tmp_path):
    """A folder that is not there gives a sentence, not a defect."""
    assert "cannot be written: No such file" in write(str(tmp_path / "none" / "x.md"), transaction())


@pytest.mark.parametrize("name", ["~nobody-at-all-here/x.md", "~order-1.md", f"{'x' * 300}.md", "x\0.md"])
def test_a_name_that_no_file_can_have_is_told(name):
    """Nobody's home, too many characters: a sentence, and never an end of the terminal."""
    assert problem(name)
