"""What every kind of test may ask for."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes a law slow, not wrong. CI tries the same cases each time, so that it tells of the
# change and not of the day; everybody else's runs look for new ones.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
    print_blob=True,
)
settings.load_profile("house")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Give an empty folder that is gone after the test: for stores, which are too large to keep around."""
    with tempfile.TemporaryDirectory(prefix="sagascope-test-") as folder:
        yield Path(folder)


@pytest.fixture
def require_program() -> Callable[[str], str]:
    """Find a real program by name: skip the test where it is missing, fail it where CI=true."""
    return _require_program


@pytest.fixture
def require_installed() -> Callable[[Path], Path]:
    """Find what scripts/exporters.sh installs: skip the test where it is missing, fail it where CI=true."""
    return _require_installed


def _require_program(name: str) -> str:
    return shutil.which(name) or _missing(f"the program {name} is not on the PATH")


def _require_installed(path: Path) -> Path:
    return path if path.exists() else _missing(f"{path} is not there")


def _missing(message: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{message}: .ci/run has to install it")
    pytest.skip(message)
