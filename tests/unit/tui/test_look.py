import pytest

from tui.look import Look, role_of


@pytest.mark.parametrize(
    ("environ", "encoding", "expected"),
    [
        ({}, "UTF-8", Look()),
        ({}, "utf8", Look()),
        ({}, "ANSI_X3.4-1968", Look(unicode=False)),
        ({}, "ISO-8859-1", Look(unicode=False)),
        ({"SAGASCOPE_ASCII": "1"}, "UTF-8", Look(unicode=False)),
        ({"SAGASCOPE_ASCII": "0"}, "UTF-8", Look()),
        ({"NO_COLOR": "1"}, "UTF-8", Look(colour=False)),
        ({"NO_COLOR": ""}, "UTF-8", Look()),
    ],
)
def test_the_environment_says_what_the_terminal_can(environ, encoding, expected):
    """ASCII where the locale or the person says so, no colour where NO_COLOR is set to anything."""
    assert expected == Look.of({"TERM": "xterm-256color", **environ}, encoding)


def test_no_two_statuses_share_a_glyph():
    """Statuses are told apart without colour, in Unicode and in ASCII."""
    statuses = ("stuck", "compensating", "running", "failed", "compensated", "completed")
    for look in (Look(), Look(unicode=False)):
        assert 6 == len({look.glyph(each) for each in statuses})
    assert all(Look(unicode=False).glyph(each).isascii() for each in statuses)


def test_without_colour_no_style_names_one():
    """With NO_COLOR a style may be bold, dim, underlined or reversed, and nothing else."""
    plain = Look(colour=False)
    words = {word for role in ("text", "stuck", "alarm", "owner3", "faint") for word in plain.style(role).split()}

    assert words <= {"bold", "dim", "underline", "reverse"}
    assert "owner3" not in Look().style("owner3")


def test_ascii_replaces_cell_for_cell():
    """What an ASCII terminal cannot show is replaced by as many cells, so that columns stay aligned."""
    assert "caf? ??~" == Look(unicode=False).printable("café 漢…")
    assert "café" == Look().printable("café")


def test_an_unknown_state_is_only_plain():
    """A state of a newer sidecar is shown, if without a sign of its own."""
    assert ("text", "·") == (role_of("unheard-of"), Look().glyph("unheard-of"))
