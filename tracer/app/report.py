"""How everything goes: the collectors, whether data is taken in, and what is measured."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracer import __version__
from tracer.api.ports import Readiness
from tracer.errors import SagascopeError
from tracer.measure import Measure, labelled
from tracer.ports import Collector, CollectorStatus
from tracer.views import CollectorView

Figures = Callable[[], Mapping[str, float]]
_GAUGES: Final = ("queued_", "open_", "inflight")


@dataclass(slots=True, kw_only=True)
class Report:
    """What the API asks about the running parts; implements `tracer.api.ports.Sidecar`.

    `parts` gives figures by the name of a part; those that begin with "queued_", "open_" or "inflight"
    are as of now, the others only grow. `store` reads the store's own figures, all as of now, `transactions` what
    is measured of those, and `more` what else is. `trouble` says why nothing can be committed just now, `lag` what
    keeps the answers from being current, both else None; so does `doubt` of what a person should mend while all goes
    on, and `doubts` likewise, a line each. `halted` says why no alert can fire.
    """

    ingest: Figures
    parts: Mapping[str, Figures]
    store: Figures
    notices: tuple[str, ...]
    transactions: Callable[[], Sequence[Measure]] = tuple
    trouble: Callable[[], str | None] = lambda: None
    lag: Callable[[], str | None] = lambda: None
    doubt: Callable[[], str | None] = lambda: None
    halted: Callable[[], str | None] = lambda: None
    doubts: Callable[[], Sequence[str]] = tuple
    more: Callable[[], Iterable[Measure]] = tuple
    running: list[Collector] = field(default_factory=list)
    ready: bool = False

    def collectors(self) -> tuple[CollectorView, ...]:
        """Say how each collector goes."""
        held_up = self._held_up()
        return tuple(_view(collector.status(), held_up) for collector in self.running)

    def readiness(self) -> Readiness:
        """Ready when everything was started, every collector runs and the jobs do their work.

        Details even when it is ready.
        """
        held_up = self._held_up()
        views = self.collectors()
        troubled = [view for view in views if view.state != "running"]
        details = tuple(f"{view.name} is {view.state}: {view.detail}".rstrip(": ") for view in troubled)
        if held_up and not views:
            details = (held_up,)
        starting = () if self.ready else ("the sidecar is starting or stopping",)
        halted, doubt = self.halted() if self.ready else None, self.doubt()
        ready = self.ready and not troubled and held_up is None and halted is None
        told = [line for line in (halted, doubt, *self.doubts()) if line]
        return Readiness(ready=ready, details=(*starting, *details, *told, *self.notices))

    def _held_up(self) -> str | None:
        if trouble := self.trouble():
            return f"what comes in is refused for now, to be sent again: {trouble}"
        if lag := self.lag():
            return f"what comes in is stored, but the answers may not be current: {lag}"
        return None

    def mark(self) -> Hashable:
        """Change when records have come in."""
        return self.ingest().get("records_stored", 0)

    def measures(self) -> Sequence[Measure]:
        """Give every figure of every part; blocks while the store is asked."""
        parts = (
            self._own(),
            self._of_collectors(),
            self._of_parts(),
            self._of_store(),
            self.transactions(),
            self.more(),
        )
        return [measure for part in parts for measure in part]

    def _own(self) -> Iterator[Measure]:
        about = "Which version runs; always 1."
        yield Measure(name="build_info", kind="gauge", about=about, value=1, labels={"version": __version__})
        yield Measure(name="ready", kind="gauge", about="1 when data is taken in.", value=self.readiness().ready)

    def _of_collectors(self) -> Iterator[Measure]:
        for view in self.collectors():
            labels = {"collector": view.name, "type": view.type}
            about = "1 when the collector runs."
            yield Measure(name="collector_up", kind="gauge", about=about, value=view.state == "running", labels=labels)
            for name, count in view.counters.items():
                about = f"Of a collector: {name.replace('_', ' ')}."
                yield Measure(name=f"collector_{name}", kind="counter", about=about, value=count, labels=labels)
            for figure, value in view.gauges.items():
                name, label = labelled(figure)
                about, of = f"Of a collector, now: {name.replace('_', ' ')}.", {**labels, **label}
                yield Measure(name=f"collector_{name}", kind="gauge", about=about, value=value, labels=of)

    def _of_parts(self) -> Iterator[Measure]:
        for part, figures in {"ingest": self.ingest, **self.parts}.items():
            yield from (_measure(part, name, value) for name, value in figures().items())

    def _of_store(self) -> Iterable[Measure]:
        about = "1 when the store answered for its figures."
        try:
            figures = self.store()
        except SagascopeError:
            return [Measure(name="store_up", kind="gauge", about=about, value=0)]
        up = Measure(name="store_up", kind="gauge", about=about, value=1)
        return [up, *(_gauge("store", name, value) for name, value in figures.items())]


def _measure(part: str, name: str, value: float) -> Measure:
    if name.startswith(_GAUGES):
        return _gauge(part, name, value)
    about = f"Of {part}: {name.replace('_', ' ')}."
    return Measure(name=f"{part}_{name}", kind="counter", about=about, value=value)


def _gauge(part: str, name: str, value: float) -> Measure:
    about = f"Of {part}, now: {name.replace('_', ' ')}."
    return Measure(name=f"{part}_{name}", kind="gauge", about=about, value=value)


def _view(status: CollectorStatus, held_up: str | None) -> CollectorView:
    is_held_up = held_up is not None and status.state == "running"
    return CollectorView(
        name=status.name,
        type=status.type,
        state="degraded" if is_held_up else status.state,
        detail=held_up if held_up is not None and is_held_up else status.detail,
        listening=status.listening,
        counters=status.counters,
        gauges=status.gauges,
    )
