"""How far behind we are: messages that are written and not stored here, by topic, as gauges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from aiokafka import TopicPartition

MAX_TOPICS: Final = 50  # that are told one by one
OTHERS: Final = "(others)"  # no topic's name has brackets


def by_topic(
    ends: Mapping[TopicPartition, int], at: Mapping[TopicPartition, int], stored: Mapping[tuple[str, int], int]
) -> Mapping[str, int]:
    """Count by topic what lies between the end of each partition of ours and where the store is, else where we read."""
    found: Counter[str] = Counter()
    for one, end in ends.items():
        if one in at:
            found[one.topic] += max(0, end - stored.get((one.topic, one.partition), at[one]))
    return found


def gauges(lags: Mapping[str, int]) -> Mapping[str, float]:
    """Give the sum, and the lag of each topic; those after the first MAX_TOPICS by name are one."""
    names = sorted(lags)
    told = {name: lags[name] for name in names[:MAX_TOPICS]}
    if rest := names[MAX_TOPICS:]:
        told[OTHERS] = sum(lags[name] for name in rest)
    return {"lag": sum(lags.values()), **{f"topic_lag{{topic={name}}}": lag for name, lag in told.items()}}
