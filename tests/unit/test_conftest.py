"""A missing program is a skip on a laptop and a failure in CI."""

from collections.abc import Callable
from pathlib import Path

import pytest

NOWHERE = "a-program-that-nobody-has"


def test_a_program_that_is_there_is_found(require_program: Callable[[str], str]) -> None:
    """The fixture gives the program's path."""
    assert "sh" == Path(require_program("sh")).name


def test_a_missing_program_skips(require_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CI the reason for the skip names the program."""
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=NOWHERE):
        require_program(NOWHERE)


def test_a_missing_program_fails_in_ci(require_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI=true nothing is skipped in silence."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=NOWHERE):
        require_program(NOWHERE)
