"""How long something takes, of which some is not over yet: the Kaplan-Meier estimate over a histogram.

What is still open after an hour took longer than an hour. Left out, a step in which everybody is stuck would look as
fast as the few that got through; counted as an hour, likewise. So it counts as what it is: it was at risk of ending
all that hour and did not.

Bucket b holds the durations of [2**(b/4), 2**((b+1)/4)) nanoseconds, each bucket a fifth wider than the one before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tracer.clock import NS_PER_S
from tracer.model.sagas import Timing

BUCKETS_PER_DOUBLING: Final = 4
MEDIAN: Final = 0.5
HIGH: Final = 0.95
_HAIR: Final = 1e-9  # what rounding may leave between a share and the quantile that it reaches


class Observed(NamedTuple):
    """`n` that took so long, or, if `censored`, were still open when they had taken so long."""

    bucket: int
    n: float
    censored: bool = False


def upper_edge_s(bucket: int) -> float:
    """Seconds that nothing in the bucket reaches."""
    return float(2.0 ** ((bucket + 1) / BUCKETS_PER_DOUBLING)) / NS_PER_S


def middle_s(bucket: int) -> float:
    """Seconds in the geometric middle of the bucket."""
    return float(2.0 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING)) / NS_PER_S


def survival(observed: Iterable[Observed]) -> Iterator[tuple[int, float]]:
    """Give each bucket in which something ended, ascending, with the estimated share that takes longer than it.

    What is censored in a bucket was at risk during the whole of it. Weights need not be whole numbers; the order of
    what was observed changes nothing.
    """
    ended: defaultdict[int, float] = defaultdict(float)
    still_open: defaultdict[int, float] = defaultdict(float)
    for bucket, n, censored in sorted(one for one in observed if one.n > 0):
        (still_open if censored else ended)[bucket] += n
    longer: dict[int, float] = {}
    at_risk = 0.0
    for bucket in sorted(ended.keys() | still_open.keys(), reverse=True):
        longer[bucket] = at_risk + still_open[bucket]
        at_risk = longer[bucket] + ended[bucket]
    share = 1.0
    for bucket in sorted(bucket for bucket, n in ended.items() if n):
        share *= longer[bucket] / (longer[bucket] + ended[bucket])
        yield bucket, share


def timing(observed: Iterable[Observed], quantile: float) -> Timing:
    """Estimate the median, the 95th percentile and the limit at `quantile` (0..1, exclusive).

    A limit is the upper edge of its bucket, so that nothing in it counts as overdue. None where so many are still
    open that the estimate never comes to that quantile.
    """
    seen = tuple(observed)
    curve = tuple(survival(seen))
    limit = _reach(curve, quantile)
    p50, p95 = _reach(curve, MEDIAN), _reach(curve, HIGH)
    return Timing(
        n=_weight(seen),
        censored=_weight(one for one in seen if one.censored),
        p50_s=None if p50 is None else middle_s(p50),
        p95_s=None if p95 is None else middle_s(p95),
        limit_s=None if limit is None else upper_edge_s(limit),
    )


def _reach(curve: tuple[tuple[int, float], ...], quantile: float) -> int | None:
    return next((bucket for bucket, share in curve if share <= 1 - quantile + _HAIR), None)


def _weight(observed: Iterable[Observed]) -> float:
    return sum(sorted(one.n for one in observed if one.n > 0))
