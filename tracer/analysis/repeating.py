"""Whether a step may be tried once more: whether tries are left, and what says that a second one does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final

from tracer.model.sagas import (
    Basis,
    DeclaredSaga,
    DeclaredStep,
    LearnedSaga,
    LearnedStep,
    Limits,
    StepKey,
)

DECLARED: Final = 0.95  # how sure a declaration is: it may be out of date
UNKNOWN: Final = 0.5
MIN_RETRIED: Final = 3
WELL: Final = 0.9
_Z: Final = 1.96  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Whether one more try is left, and what says that it does no harm.

    `harmless` is how sure it is that the step may be repeated; 0 where it is declared that it may not. `basis` is
    default where nothing is known. `facts` are short sentences for a person.
    """

    is_left: bool
    harmless: float
    basis: Basis
    facts: tuple[str, ...] = ()


def wilson(n: float, of: float) -> float:
    """The lower bound of the Wilson score interval (95 %) of a share: few samples count for little."""
    if of <= 0:
        return 0.0
    share, square = min(1.0, n / of), _Z * _Z
    spread = _Z * sqrt(share * (1 - share) * of + square / 4)
    return max(0.0, (share * of + square / 2 - spread) / (of + square))


def repeat(
    key: StepKey, attempts: int, declared: DeclaredSaga | None, learned: LearnedSaga | None, limits: Limits
) -> Repeat:
    """Judge one more try of a step, or of a compensation, that was tried so many times; 0 where it never began."""
    step = next((step for step in declared.steps if step.name == key.step), None) if declared else None
    step = None if key.compensates else step
    past = next((step for step in learned.steps if step.key == key), None) if learned else None
    where = f" in {declared.where}" if declared and declared.where else ""
    most = limits.retries if step is None or step.retry_max is None else step.retry_max + 1
    harmless, basis, fact = _harmless(key.step, step, past, where)
    return Repeat(
        is_left=attempts < most,
        harmless=harmless,
        basis=basis,
        facts=(*_tries(step, attempts, where), fact, *_against(key.step, step, past)),
    )


def _harmless(name: str, step: DeclaredStep | None, past: LearnedStep | None, where: str) -> tuple[float, Basis, str]:
    if step and step.idempotent is False:
        return 0.0, "declared", f"{name} is declared not idempotent{where}"
    if step and step.idempotent:
        return DECLARED, "declared", f"{name} is declared idempotent{where}"
    if step and step.idempotency_key:
        return DECLARED, "declared", f"{name} has the idempotency key {step.idempotency_key}, declared{where}"
    if past and past.retried >= MIN_RETRIED and past.retried_well >= WELL * past.retried:
        share = f"{past.retried_well:.0f} of {past.retried:.0f} earlier transactions"
        return wilson(past.retried_well, past.retried), "learned", f"retrying {name} worked in {share}"
    return UNKNOWN, "default", f"whether {name} may be repeated is not known"


def _tries(step: DeclaredStep | None, attempts: int, where: str) -> Iterator[str]:
    if step and step.retry_max is not None and attempts > step.retry_max + 1:
        yield f"tried {attempts} times, and {step.retry_max + 1} are declared{where}"
    elif step and step.retry_max is not None and attempts:
        yield f"{attempts} of {step.retry_max + 1} tries used, declared{where}"
    elif attempts > 1:
        yield f"tried {attempts} times; no limit is declared"


def _against(name: str, step: DeclaredStep | None, past: LearnedStep | None) -> Iterator[str]:
    """Say where retries are declared to be fine and mostly did not help."""
    is_fine = step is not None and (step.idempotent or (step.idempotent is None and step.idempotency_key))
    if is_fine and past and past.retried >= MIN_RETRIED and past.retried_well < past.retried / 2:
        yield f"But a retry completed {name} in only {past.retried_well:.0f} of {past.retried:.0f} earlier transactions"
