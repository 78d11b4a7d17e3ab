"""Templates of annotations: `{name}` is filled in, `{{` and `}}` are braces. Nothing else means anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tracer.config.alert_rules import PLACEHOLDER
from tracer.model.text import clean


def render(template: str, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Fill a template in; the names that have no value stay as they stand, and are told."""
    missing: list[str] = []

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        if name not in values:
            missing.append(name)
            return match[0]
        return values[name]

    return clean(PLACEHOLDER.sub(filled, template)), tuple(dict.fromkeys(missing))
