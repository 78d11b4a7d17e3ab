"""A store to try things on, and how long random tests search."""

import os
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.worlds import Lab

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("ci", max_examples=60, print_blob=True, **_COMMON)
settings.register_profile("soak", max_examples=5_000, print_blob=True, **_COMMON)
settings.register_profile("quick", max_examples=400, phases=(Phase.reuse, Phase.generate), print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def lab():
    """Give a store in memory with everything around it."""
    with closing(Lab()) as lab:
        yield lab
