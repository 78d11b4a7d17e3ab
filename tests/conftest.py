"""What every kind of test may ask for."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Give an empty folder that is gone after the test: for stores, which are too large to keep around."""
    with tempfile.TemporaryDirectory(prefix="sagascope-test-") as folder:
        yield Path(folder)


@pytest.fixture
def require_program() -> Callable[[str], str]:
    """Find a real program by name: skip the test where it is missing, fail it where CI=true."""
    return _require_program


def _require_program(name: str) -> str:
    if path := shutil.which(name):
        return path
    message = f"the program {name} is not on the PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{message}: .ci/run has to install it")
    pytest.skip(message)
