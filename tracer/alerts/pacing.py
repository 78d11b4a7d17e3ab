"""When a notice is tried again, and when a receiver is left alone."""

from __future__ import annotations

from typing import Any, Final

from tenacity import RetryCallState, wait_exponential_jitter

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
JITTER_S: Final = 1.0
LONGEST_ASKED_S: Final = 900.0
REST_AFTER: Final = 3
LONGEST_REST_S: Final = 30.0

_WAIT: Final = wait_exponential_jitter(multiplier=FIRST_S, max=LONGEST_S, jitter=JITTER_S)


def pause_s(failures: int, asked_s: float | None) -> float:
    """Say how long to wait after so many failures: what the receiver asked, else doubling, with jitter."""
    if asked_s is not None:
        return min(max(asked_s, 0.0), LONGEST_ASKED_S)
    nothing: Any = None
    state = RetryCallState(retry_object=nothing, fn=None, args=(), kwargs={})
    state.attempt_number = max(1, failures)
    return float(_WAIT(state))


def rest_s(failures: int, pause: float, asked_s: float | None) -> float:
    """Say how long the whole receiver is left alone, after so many notices in a row that it did not take."""
    if asked_s is not None:
        return pause
    return min(pause, LONGEST_REST_S) if failures >= REST_AFTER else 0.0
