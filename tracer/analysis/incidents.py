"""What an incident is called, what is different about it, and how that reads in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import exp, lgamma
from typing import Final, NamedTuple

from tracer.model.duration import spell
from tracer.model.words import StallKind
from tracer.views import Difference

GAP_S: Final = 6 * 3600  # stalls of one cause that begin further apart are incidents of their own
MAX_DIFFERENT: Final = 5
MIN_STUCK: Final = 3
_MIN_SHARE: Final = 0.5
_MIN_MORE: Final = 0.3
_MAX_P: Final = 0.01
_ID_DIGITS: Final = 12
# What a person can act on, first to last: the beginnings of attribute names.
_TELLING: Final = (
    "service.version", "deployment.", "k8s.", "container.", "host.", "service.instance.", "cloud.", "region", "zone",
    "messaging.destination.partition.id", "tenant", "headers.tenant", "payload.tenant",
)  # fmt: skip
# What only says again where they stand, and with what error; and what is different in every process or on every call.
_RESTATING: Final = (
    "saga.", "exception.", "error", "otel.", "service.name", "http.status_code", "http.response.status_code",
    "rpc.grpc.status_code", "headers.saga.", "payload.saga.", "headers.error", "payload.error", "dlt",
)  # fmt: skip


class Cause(NamedTuple):
    """What the stalls of an incident have in common; `shape` is their error without what differs from case to case."""

    saga: str | None
    step: str | None
    owner: str | None
    kind: StallKind
    shape: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the sentence on an incident is made of; `error` is a true example of its errors."""

    cause: Cause
    error: str | None
    transactions: int
    since: datetime
    now: datetime
    different: tuple[Difference, ...] = ()


def incident_id(cause: Cause, *, run: int, since_ns: int) -> str:
    """Name an incident by a short hash.

    The earliest incident of a cause (`run` 0) goes by its cause alone: it keeps its id while transactions leave
    and join it, whichever they are. A later one beside it goes by the quarter of a day of its first start, too, in
    which no other can begin; when the earliest is over, the next one takes its id, as the same cause going on.
    """
    parts: list[str | int | None] = [*cause]
    if run:
        parts.append(since_ns // (GAP_S * 1_000_000_000))
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:_ID_DIGITS]


def differences(
    counts: Iterable[Difference], *, tested: int, restated: frozenset[str] = frozenset()
) -> tuple[Difference, ...]:
    """Choose the values that are more frequent among the stuck transactions than by chance, the most telling first.

    Each count is held against Fisher's exact test, one-sided (the tail of the hypergeometric distribution: Fisher,
    "The Design of Experiments", 1935), with Bonferroni's correction for the `tested` values that could have told
    something. Besides, half of the stuck ones must have the value, and three tenths more than of the passing ones.
    `restated` are values that say no more than the incident itself: its step, its owner, its error.
    """
    best: dict[tuple[str, str], tuple[float, Difference]] = {}
    for one in counts:
        if not _may_tell(one, restated):
            continue
        p = fisher(one.stuck, one.stuck_of, one.passing, one.passing_of)
        if p * max(1, tested) <= _MAX_P:
            key = (one.attribute, one.value)
            best[key] = min(best.get(key, (p, one)), (p, one), key=lambda pair: pair[0])
    ranked = sorted(best.values(), key=lambda pair: (*_rank(pair[1]), pair[0], pair[1].attribute, pair[1].value))
    return tuple(one for _, one in ranked[:MAX_DIFFERENT])


def fisher(stuck: int, stuck_of: int, passing: int, passing_of: int) -> float:
    """The chance that at least so many of those who have a value are stuck, if it had nothing to do with it."""
    having, every = stuck + passing, stuck_of + passing_of
    total = _log_choose(every, stuck_of)
    tail = (
        exp(_log_choose(having, k) + _log_choose(every - having, stuck_of - k) - total)
        for k in range(stuck, min(having, stuck_of) + 1)
        if stuck_of - k <= every - having
    )
    return min(1.0, sum(tail))


def why(at: Told) -> str:
    """One sentence, perhaps two: how many stand where since when, what most of them share, and their error."""
    many = "1 transaction" if at.transactions == 1 else f"{at.transactions} transactions"
    of = f" of {at.cause.saga}" if at.cause.saga else ""
    longest = spell(max(0.0, (at.now - at.since).total_seconds()))
    lasting = f"for {longest}" if at.transactions == 1 else f"{longest} the longest"
    error = f" Last error: {at.error}." if at.error else ""
    return f"{many}{of} {_stand(at)} since {_clock(at)}, {lasting}{_most(at)}.{error}"


def _may_tell(one: Difference, restated: frozenset[str]) -> bool:
    share, other = one.stuck / max(1, one.stuck_of), one.passing / max(1, one.passing_of)
    return (
        one.stuck_of >= MIN_STUCK
        and one.passing_of > 0
        and share >= _MIN_SHARE
        and share - other >= _MIN_MORE
        and one.value not in restated
        and not one.attribute.startswith(_RESTATING)
    )


def _rank(one: Difference) -> tuple[float, int]:
    """How much more frequent it is, in tenths, and then what a person can act on."""
    more = one.stuck / one.stuck_of - one.passing / one.passing_of
    order = next((n for n, name in enumerate(_TELLING) if one.attribute.startswith(name)), len(_TELLING))
    return -round(more, 1), order


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _stand(at: Told) -> str:
    singular, plural = _VERBS[at.cause.kind]
    if at.cause.step is None:
        return "stands" if at.transactions == 1 else "stand"
    owner = at.cause.owner or "an unnamed service"
    return f"{singular if at.transactions == 1 else plural} {at.cause.step} ({owner})"


def _clock(at: Told) -> str:
    """The time of day; with the day where that is another one."""
    is_today = at.since.date() == at.now.date()
    return f"{at.since:%H:%M} UTC" if is_today else f"{at.since:%Y-%m-%d %H:%M} UTC"


def _most(at: Told) -> str:
    if not at.different:
        return ""
    one = at.different[0]
    stuck, passing = _share(one.stuck, one.stuck_of), _share(one.passing, one.passing_of)
    return f"; {stuck} of them have {one.attribute} {one.value}, of those that pass {passing}"


def _share(part: int, whole: int) -> str:
    """Say a share in whole percent, rounded down."""
    if part in {0, whole}:
        return "all" if part else "none"
    return f"{100 * part // whole}%" if 100 * part >= whole else "under 1%"


_VERBS: Final[dict[StallKind, tuple[str, str]]] = {
    "step-overdue": ("stands in", "stand in"),
    "handoff-lost": ("was lost on the way at", "were lost on the way at"),
    "retry-loop": ("keeps retrying", "keep retrying"),
    "compensation-stuck": ("stands in the compensation", "stand in the compensation"),
    "wait-overdue": ("has waited too long in", "have waited too long in"),
    "never-ended": ("came no further than", "came no further than"),
}
