"""A store to try things on, and how long random tests search.

HYPOTHESIS_PROFILE=soak searches all night; with CI set, the same examples are tried each time, so that a change
is not held up by what it did not touch.
"""

import os
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("here", deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.register_profile("soak", settings.get_profile("here"), max_examples=5_000)
settings.register_profile("look", settings.get_profile("soak"), phases=(Phase.generate,))  # without shrinking
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "here"))

from tests.worlds import Lab  # noqa: E402 - its strategies go by the profile


@pytest.fixture
def lab():
    """Give a store in memory with everything around it."""
    with closing(Lab()) as lab:
        yield lab
