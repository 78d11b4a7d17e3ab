"""Counts of what was read and what became of it, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

Count = Literal[
    "messages",  # read and settled: their records are committed, or they are refused, or tombstones
    "records",  # made of them
    "refused",  # could not be decoded, and are kept with the reason
    "tombstones",  # without a value: they make no record
    "bytes",  # of keys and values
    "batches",  # commits to the store
    "rebalances",  # assignments of partitions
    "sessions",  # connections to the cluster that were begun
    "lost_offsets",  # deleted at the broker before they were read
    "retries_busy",  # a batch that the store, or the schema registry, could not take at once
    "retries_fetch",  # what was fetched could not be read and is fetched again
    "commit_failures",  # of the group's offset at Kafka; the store has it
    "dropped_unsettled",  # messages read before a rebalance and not stored by then; they are read again
    "progress_samples",  # rows about other groups that were kept
    "progress_skipped_groups",  # over progress_max_groups
    "progress_skipped_partitions",  # over progress_max_partitions
    "progress_failures",  # samples that could not be taken or kept
]
_ALL: Final[tuple[Count, ...]] = (
    "messages", "records", "refused", "tombstones", "bytes", "batches", "rebalances", "sessions", "lost_offsets",
    "retries_busy", "retries_fetch", "commit_failures", "dropped_unsettled", "progress_samples",
    "progress_skipped_groups", "progress_skipped_partitions", "progress_failures",
)  # fmt: skip


class Tally:
    """Counters that only grow; each is there from the start, at 0."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys(_ALL, 0))

    def add(self, name: Count, count: int = 1) -> None:
        """Count."""
        self._counts[name] += count

    def counts(self) -> Mapping[str, int]:
        """Give all counters as of now."""
        return dict(self._counts)
