"""A measured value, as `/metrics` and our own telemetry show it; the one shape that both are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One value of one metric.

    `name` has no prefix and no `_total`: those belong to the exposition. A counter only grows; a gauge is
    as of now. `about` says what is counted, in one sentence.
    """

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
