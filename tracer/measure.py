"""A measured value, as `/metrics` and our own telemetry show it; the one shape that both are made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

_LABELLED: Final = re.compile(r"(?P<name>\w+)\{(?P<label>\w+)=(?P<value>.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """A value of a bucket, and the trace that it is from (32 hex digits)."""

    trace_id: str
    value: float
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How many values fell into each bucket since `since_ns`, and their sum.

    Bucket i holds those over `bounds[i - 1]` and up to `bounds[i]`; one more those over all bounds. `exemplars` has
    a recent one by the number of its bucket, where one is known.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float
    since_ns: int
    exemplars: Mapping[int, Exemplar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One value of one metric.

    `name` has no prefix, no unit and no `_total`: those belong to the exposition. A counter only grows; a gauge is
    as of now; a histogram has a `distribution` that only grows, and its number of values as `value`. `about` says what
    is counted, in one sentence.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: Literal["", "s"] = ""
    distribution: Distribution | None = None


def labelled(figure: str) -> tuple[str, Mapping[str, str]]:
    """Read a figure's name that may carry a label, as `topic_lag{topic=orders}`: the bare name, and the label."""
    found = _LABELLED.fullmatch(figure)
    return (figure, {}) if found is None else (found["name"], {found["label"]: found["value"]})
