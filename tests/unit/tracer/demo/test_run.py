import pytest

from tracer.demo.run import run_demo
from tracer.demo.stage import DemoOptions
from tracer.errors import UsageError


def _run(**options):
    run_demo(DemoOptions(**options), say=print, show=print)


def test_without_a_terminal(monkeypatch):
    """Without a terminal the error says what to do instead, and nothing is started."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(UsageError, match="use --headless --seconds N"):
        _run()


def test_a_folder_with_something_in_it(tmp_path):
    """A folder that is not empty is not written into."""
    (tmp_path / "precious").touch()

    with pytest.raises(UsageError, match="is not empty"):
        _run(headless=True, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
