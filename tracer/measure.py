"""A measured value, as `/metrics` and our own telemetry show it; the one shape that both are made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

_LABELLED: Final = re.compile(r"(?P<name>\w+)\{(?P<label>\w+)=(?P<value>.*)\}", re.DOTALL)


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


def labelled(figure: str) -> tuple[str, Mapping[str, str]]:
    """Read a figure's name that may carry a label, as `topic_lag{topic=orders}`: the bare name, and the label."""
    found = _LABELLED.fullmatch(figure)
    return (figure, {}) if found is None else (found["name"], {found["label"]: found["value"]})
