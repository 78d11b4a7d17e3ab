"""How long transactions and steps took, counted into buckets that only grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracer.measure import Distribution, Exemplar

LEAST_S: Final = 2.0**-6
BOUNDS_S: Final = tuple(
    LEAST_S * 2**step for step in range(25)
)  # up to 2^18 s, three days: powers of two, as native ones
BUCKETS: Final = {"least_s": LEAST_S, "buckets": len(BOUNDS_S)}


class Latest(NamedTuple):
    """A value of a bucket: when it was seen, of which transaction, and the value."""

    at_ns: int
    txn: int
    took_s: float


class Row(NamedTuple):
    """What came to one bucket of one histogram."""

    labels: tuple[str, ...]
    bucket: int
    n: int
    took_s: float
    latest: Latest


@dataclass(slots=True)
class _Counts:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    took_s: float = 0.0
    exemplars: dict[int, Exemplar] = field(default_factory=dict)


class Durations:
    """The histograms of one name, by the values of their labels."""

    def __init__(self, since_ns: int) -> None:
        self._since_ns = since_ns
        self._counts: dict[tuple[str, ...], _Counts] = {}

    def start(self, labels: tuple[str, ...]) -> None:
        """Begin at zero, so that the first one is seen to be one more."""
        self._counts.setdefault(labels, _Counts())

    def add(self, row: Row, traces: Mapping[int, str], now_ns: int) -> None:
        """Count what came; the latest is the bucket's example where its trace is known."""
        one = self._counts.setdefault(row.labels, _Counts())
        one.buckets[row.bucket] += row.n
        one.took_s += row.took_s
        if trace := traces.get(row.latest.txn):
            at_ns = max(0, min(row.latest.at_ns, now_ns))  # Prometheus takes none that is older than its last
            one.exemplars[row.bucket] = Exemplar(trace_id=trace, value=row.latest.took_s, at_ns=at_ns)

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], Distribution]]:
        """Give each by its labels."""
        for labels, one in self._counts.items():
            yield (
                labels,
                Distribution(
                    bounds=BOUNDS_S,
                    counts=tuple(one.buckets),
                    total=one.took_s,
                    since_ns=self._since_ns,
                    exemplars=dict(one.exemplars),
                ),
            )
