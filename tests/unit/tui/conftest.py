import time

import pytest


@pytest.fixture(autouse=True)
def _berlin(monkeypatch):
    """Let the local zone be the same everywhere, and the terminal capable."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
