from dataclasses import dataclass

import pytest

from tracer.demo.run import Deaths, run_demo
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


@dataclass(frozen=True)
class FakeChild:
    """A process that has died."""

    name: str

    def tail(self):
        """Give its last words."""
        return "out of luck"


def test_a_death_is_said_at_once():
    """Without a terminal view, a death is said when it happens, with the last words of the log."""
    said = []
    Deaths(said.append, at_once=True).note(FakeChild("payment"), 1)

    assert ["payment ended with exit code 1; last in its log: out of luck"] == said


def test_a_death_waits_for_the_terminal():
    """While the terminal view is open nothing is printed into it; the death is said when it has closed."""
    said = []
    deaths = Deaths(said.append, at_once=False)
    deaths.note(FakeChild("sidecar"), -9)
    before = list(said)
    deaths.tell()

    assert ([], ["sidecar was killed by signal 9; last in its log: out of luck"]) == (before, said)
    assert deaths.sidecar_died
