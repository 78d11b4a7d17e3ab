"""Courses that transactions take, as columns of records by the million: a step told by an event for each thing done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tests.bench.preload import Columns

_OWNERS = {
    "place-order": "orders",
    "reserve-inventory": "inventory",
    "capture-payment": "payments",
    "ship-parcel": "shipping",
    "notify-customer": "notifications",
    "release-inventory": "inventory",
    "cancel-order": "orders",
}
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happens one after another: "STEP PHASE", and what it undoes; `outcome` is told by the last one."""

    told: tuple[str, ...]
    outcome: str = ""
    error: str = ""


def done(*steps: str) -> tuple[str, ...]:
    """Steps one after another."""
    return tuple(f"{step} {phase}" for step in steps for phase in ("started", "completed"))


PLACED, RESERVED, CAPTURED = "place-order", "reserve-inventory", "capture-payment"
SHIPPED, NOTIFIED = "ship-parcel", "notify-customer"

ENDED = (
    Course(told=done(PLACED, RESERVED, CAPTURED, SHIPPED, NOTIFIED), outcome="completed"),
    Course(told=done(PLACED, CAPTURED, RESERVED, SHIPPED, NOTIFIED), outcome="completed"),
    Course(
        told=(
            *done(PLACED),
            f"{RESERVED} started",
            f"{CAPTURED} started",
            f"{RESERVED} completed",
            f"{CAPTURED} completed",
            *done(SHIPPED, NOTIFIED),
        ),
        outcome="completed",
    ),
    Course(
        told=(*done(PLACED, RESERVED), f"{CAPTURED} started", f"{CAPTURED} failed", *done(CAPTURED, SHIPPED)),
        outcome="completed",
    ),
    Course(
        told=(
            *done(PLACED, RESERVED),
            f"{CAPTURED} started",
            f"{CAPTURED} failed",
            f"release-inventory compensating {RESERVED}",
            f"release-inventory compensated {RESERVED}",
            f"cancel-order compensating {PLACED}",
            f"cancel-order compensated {PLACED}",
        ),
        outcome="compensated",
        error="card declined",
    ),
)
"""Courses of ten records that end."""

GOING = Course(told=(f"{PLACED} completed", f"{RESERVED} completed", f"{CAPTURED} completed", f"{SHIPPED} started"))
"""Four records, and the parcel is on its way."""

STANDING = (
    Course(told=(f"{PLACED} completed", f"{RESERVED} started", f"{RESERVED} progressed", f"{RESERVED} progressed")),
    Course(
        told=(f"{PLACED} completed", f"{RESERVED} completed", f"{CAPTURED} started", f"{CAPTURED} progressed"),
        error="timeout after 30 s",
    ),
    Course(told=(f"{PLACED} completed", f"{CAPTURED} completed", f"{RESERVED} completed", f"{NOTIFIED} started")),
)
"""Four records, and one step does not go on."""


class Telling:
    """Columns of transactions of these sagas, each of which takes the course that `choose` gives to its number.

    Every course has as many records. `step_s` is how long each thing takes, in the middle.
    """

    def __init__(self, courses: tuple[Course, ...], sagas: tuple[str, ...], *, step_s: float) -> None:
        told = [[one.split() for one in course.told] for course in courses]
        self._steps = np.array([[one[0] for one in course] for course in told])
        self._phases = np.array([[one[1] for one in course] for course in told])
        self._undone = np.array([[one[2] if len(one) > 2 else "" for one in course] for course in told])
        self._owners = np.vectorize(_OWNERS.__getitem__)(self._steps)
        self._outcomes = np.array([course.outcome for course in courses])
        self._errors = np.array([course.error for course in courses])
        self._sagas = np.array(sagas)
        self._step_s = step_s
        self._random = np.random.default_rng(23)

    def columns(self, numbers: np.ndarray, begun: np.ndarray, course: np.ndarray) -> Columns:
        """Give the columns of transactions with these numbers, beginnings and courses."""
        each = self._steps.shape[1]
        took = self._random.lognormal(0.0, 0.5, (len(numbers), each)) * self._step_s * _NS_PER_S
        at = (begun[:, None] + np.cumsum(took, axis=1)).astype(np.int64).ravel()
        last = np.tile(np.arange(each) == each - 1, len(numbers))
        saga = self._sagas[numbers % len(self._sagas)]
        # What the stuck ones share, so that there is something to find: most of them run in one zone.
        zone = np.where(course % 5 > 0, "eu-1", np.array(["eu-1", "eu-2", "eu-3"])[numbers // 3 % 3])
        before = '{"service.name":"orders","service.version":"1.14.2","k8s.pod.name":"orders-7d9f4","cloud.zone":"'
        return {
            "saga": pa.array(np.repeat(saga, each)),
            "step": pa.array(self._steps[course].ravel()),
            "name": pa.array(self._steps[course].ravel()),
            "owner": pa.array(self._owners[course].ravel()),
            "phase": pa.array(self._phases[course].ravel()),
            "compensates": _text(self._undone[course].ravel()),
            "kind": pa.array(np.repeat("event", len(at))),
            "span_kind": pa.nulls(len(at)),
            "at_ns": pa.array(at),
            "until_ns": pa.nulls(len(at)),
            "received_ns": pa.array(at + 20_000_000),
            "outcome": _text(np.where(last, np.repeat(self._outcomes[course], each), "")),
            "error": _text(np.where(last, np.repeat(self._told_errors(numbers, course), each), "")),
            "resource": pa.array(np.repeat(np.char.add(np.char.add(before, zone), '"}'), each)),
        }

    def _told_errors(self, numbers: np.ndarray, course: np.ndarray) -> np.ndarray:
        errors = self._errors[course]
        return np.where(errors == "", "", np.char.add(np.char.add(errors, " of C-"), numbers.astype(str)))


def _text(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=values == "")
