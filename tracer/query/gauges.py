"""What stands as of now: what is open and stuck, where, and how many records belong to a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tracer.analysis.incidents import GAP_S
from tracer.clock import NS_PER_S
from tracer.measure import Measure
from tracer.model.text import clean
from tracer.query.stalls import stall_values
from tracer.store.session import Session
from tracer.views import StallQuery

MAX_STALLS: Final = 100
MAX_OWNERS: Final = 100
MAX_LABEL: Final = 120
OTHER: Final = "other"
UNKNOWN: Final = "unknown"
_STALL: Final = ("saga", "step", "owner", "kind")

Place = tuple[str, str | None, str | None, str]


@dataclass(slots=True)
class Names:
    """What is told by its own name: sagas and steps for good, places while something stands there."""

    sagas: list[str] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    places: Sequence[Place] = ()

    def of_sagas(self) -> dict[str, Any]:
        """Give what `measured_saga.sql` binds."""
        return {"sagas": self.sagas, "unknown": UNKNOWN, "other": OTHER}

    def of_steps(self) -> list[dict[str, str]]:
        """Give the steps as SQL compares them."""
        return [{"named": saga, "step": step} for saga, step in self.steps]


def standing(session: Session, names: Names, now_ns: int) -> Iterator[Measure]:
    """Give what stands as of `now_ns`; `names` remembers the places that are told."""
    sagas = names.of_sagas()
    is_open = _by_saga(dict(session.rows("measured_open", sagas)), names.sagas)
    rows = session.rows("measured_stuck", {**sagas, "now": now_ns})
    stuck = _by_saga({saga: n for saga, n, _ in rows}, names.sagas)
    aged = {saga: max(0, now_ns - since_ns) / NS_PER_S for saga, _, since_ns in rows}
    incidents = _incidents(session, names, now_ns) if any(stuck.values()) else {}
    yield from _gauges("transactions_open", "Transactions that are open; the stuck ones are among them.", is_open)
    yield from _gauges("transactions_stuck", "Transactions that are stuck.", stuck)
    ages = _by_saga(aged, names.sagas, add=max)
    about = "For how long the transaction that is stuck for longest has stood where it is; 0 where none is stuck."
    yield from _gauges("stuck_oldest_age", about, ages, unit="s")
    about = "Incidents: groups of stuck transactions that share a cause."
    yield from _gauges("incidents", about, _by_saga(incidents, names.sagas))
    yield from _stalls(session, names, now_ns, int(sum(stuck.values())))
    yield from _coverage(session)


def _incidents(session: Session, names: Names, now_ns: int) -> Mapping[str, float]:
    session.run("incident_stuck", {**stall_values(StallQuery(), now_ns=now_ns), "gap": GAP_S * NS_PER_S})
    return dict(session.rows("measured_incidents", names.of_sagas()))


def _stalls(session: Session, names: Names, now_ns: int, stuck: int) -> Iterator[Measure]:
    columns = zip(*names.places, strict=True) if names.places else ((),) * len(_STALL)
    told = {f"told_{what}s": list(column) for what, column in zip(_STALL, columns, strict=True)}
    values = {**names.of_sagas(), **told, "now": now_ns, "limit": MAX_STALLS}
    rows = session.rows("measured_stalls", values) if stuck else []
    names.places = [(saga, step, owner, kind) for saga, step, owner, kind, _ in rows]
    counts: dict[tuple[str, ...], float] = {}
    for *place, n in rows:
        labels = tuple(map(label, place))
        counts[labels] = counts.get(labels, 0) + n
    if rest := stuck - sum(counts.values()):
        counts[(OTHER,) * len(_STALL)] = counts.get((OTHER,) * len(_STALL), 0) + rest
    about = "Stuck transactions, by the place where they stand and the kind of stall."
    for labels, n in counts.items():
        of = dict(zip(_STALL, labels, strict=True))
        yield Measure(name="stalls", kind="gauge", about=about, value=n, labels=of)


def _coverage(session: Session) -> Iterator[Measure]:
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for source, owner, records, by_id in session.rows("measured_coverage", {"room": MAX_OWNERS, "other": OTHER}):
        labels = (label(source), label(owner))
        before = counts.get(labels, (0, 0))
        counts[labels] = (before[0] + records, before[1] + by_id)
    for (source, owner), (records, by_id) in counts.items():
        of = {"source": source, "owner": owner}
        about = "Records that are held, by where they came from and who sent them."
        yield Measure(name="coverage_records", kind="gauge", about=about, value=records, labels=of)
        about = "Of those, records that carry the id of a transaction themselves."
        yield Measure(name="coverage_by_id", kind="gauge", about=about, value=by_id, labels=of)
    about = "Records without an id of their own that joined a transaction."
    yield Measure(name="coverage_joined", kind="gauge", about=about, value=session.value("measured_joined"))


def _gauges(name: str, about: str, by_saga: Mapping[str, float], unit: Any = "") -> Iterator[Measure]:
    for saga, value in by_saga.items():
        yield Measure(name=name, kind="gauge", about=about, value=value, labels={"saga": saga}, unit=unit)


def _by_saga(
    values: Mapping[str, float], sagas: Sequence[str], add: Any = lambda one, two: one + two
) -> dict[str, float]:
    """Give the values by label, 0 for each saga of that there is none."""
    found: dict[str, float] = {label(saga): 0 for saga in sagas}
    for saga, value in values.items():
        found[label(saga)] = add(found.get(label(saga), 0), value)
    return found


def label(text: str | None) -> str:
    """Give a name as a label: on one line, of bounded length."""
    return "" if text is None else clean(text, MAX_LABEL)
