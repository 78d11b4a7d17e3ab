"""The API over fakes."""

import pytest

from tests.api_fakes import serving


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
