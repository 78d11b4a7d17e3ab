"""From `[stalls]` to what the judgement goes by."""

from __future__ import annotations

from tracer.config.settings import StallSettings
from tracer.model.sagas import Limits


def limits_of(settings: StallSettings) -> Limits:
    """Give the limits that are configured."""
    learned = settings.learned
    return Limits(
        default_s=settings.default_threshold_s,
        factor=learned.factor,
        floor_s=learned.floor_s,
        min_samples=learned.min_samples,
    )
