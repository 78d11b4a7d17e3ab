import pytest
from click.testing import CliRunner

from tests.unit.tui.fake import FakeReader, bad_night
from tests.unit.tui.samples import NOW
from tracer.clock import FixedClock, to_ns
from tui import picture as module
from tui.picture import main, picture

CLOCK = FixedClock(to_ns(NOW))


@pytest.mark.parametrize(
    ("screen", "expected"), [("now", "INCIDENTS"), ("list", "transfer-77-0031"), ("timeline", "handoff-lost")]
)
def test_a_picture_shows_the_screen(tmp_path, screen, expected):
    """Each screen becomes an SVG that fetches nothing from anywhere."""
    out = tmp_path / "list.svg"
    picture(bad_night(), screen=screen, size=(110, 32), out=out, clock=CLOCK)
    drawn = out.read_text(encoding="utf-8")

    assert drawn.startswith("<svg")
    assert expected in drawn
    assert "url(http" not in drawn
    assert "@font-face" not in drawn


def test_nothing_to_draw_is_an_error(tmp_path, monkeypatch):
    """Of an empty list, or of a sidecar that is away, there is no picture but a reason."""
    monkeypatch.setattr(module, "MAX_WAITS", 3)
    away = bad_night()
    away.away = "no sidecar at http://127.0.0.1:4319"

    for reader, reason in ((FakeReader(), "the screen is empty"), (away, "no sidecar at")):
        with pytest.raises(TimeoutError, match=reason):
            picture(reader, screen="list", out=tmp_path / "x.svg", clock=CLOCK)


def test_the_command_draws_what_it_is_told(tmp_path, monkeypatch):
    """The command reads the URL and draws one screen of one transaction at one size."""
    monkeypatch.setattr(module, "connect", lambda url: bad_night())  # noqa: ARG005 - the real one takes it
    out = tmp_path / "t.svg"
    done = CliRunner().invoke(main, [str(out), "--screen", "timeline", "--open", "order-1107", "--size", "100x30"])
    wrong = CliRunner().invoke(main, [str(out), "--size", "large"])

    assert (0, 2) == (done.exit_code, wrong.exit_code)
    assert "order-1107" in out.read_text(encoding="utf-8")
    assert "110x32" in wrong.output
