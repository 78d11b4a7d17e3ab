"""From `[stalls]` to what the judgement goes by."""

from __future__ import annotations

from functools import partial
from typing import Final

from tracer.analysis.judging import judge
from tracer.analysis.learning import learn
from tracer.config.settings import StallSettings
from tracer.model.counts import LearnOptions
from tracer.model.sagas import Limits
from tracer.store.judging import Judge
from tracer.store.learning import Lessons

# A transaction of a saga whose records do not say the end counts as silent after so many default thresholds.
_QUIET_THRESHOLDS: Final = 2.0


def limits_of(settings: StallSettings) -> Limits:
    """Give the limits that are configured."""
    learned = settings.learned
    return Limits(
        default_s=settings.default_threshold_s,
        factor=learned.factor,
        floor_s=learned.floor_s,
        min_samples=learned.min_samples,
    )


def lessons_of(settings: StallSettings) -> Lessons:
    """Give how learning goes as it is configured."""
    options = LearnOptions(quantile=settings.learned.quantile, min_samples=settings.learned.min_samples)
    return Lessons(teacher=partial(learn, options=options), quiet_s=_QUIET_THRESHOLDS * settings.default_threshold_s)


def judge_of(settings: StallSettings) -> Judge:
    """Give who judges situations by what is configured."""
    return partial(judge, limits=limits_of(settings))
