"""The API over fakes."""

import pytest

from tests.api_fakes import serving
from tracer.cli import output
from tracer.cli.exits import run
from tracer.cli.main import cli


@pytest.fixture
def serve_api():
    """Serve the fakes with the settings it is called with, on a free port; gives the URL."""
    with serving() as served:
        yield served


@pytest.fixture
def fake_answers(serve_api):
    """What the API answers from."""
    return serve_api.answers


@pytest.fixture
def fake_alerts(serve_api):
    """Who knows the alerts."""
    return serve_api.alerts


@pytest.fixture
def fake_sidecar(serve_api):
    """What runs beside the store."""
    return serve_api.sidecar


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """Times of day are the same everywhere."""
    for name in ("SAGASCOPE_URL", "SAGASCOPE_TOKEN", "SAGASCOPE_TOKEN_FILE", "SAGASCOPE_CONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sagascope(serve_api, capfdbinary):
    """Run a command against the fakes; (exit code, stdout, stderr)."""
    url = serve_api()

    def call(*arguments: str, at: str | None = None) -> tuple[int, str, str]:
        where = ["--url", at or url]
        code = run(lambda: cli.main([*arguments, *where], prog_name="sagascope", standalone_mode=False))
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@pytest.fixture
def on_a_terminal(monkeypatch):
    """A person looks at stdout, 100 columns wide."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
