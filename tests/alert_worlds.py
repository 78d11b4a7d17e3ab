"""Rules and a watch over a store in memory, for tests of alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.worlds import Lab
from tracer.alerts.alert import Alert, Found, read_alert
from tracer.alerts.book import Book
from tracer.alerts.explaining import Explainer
from tracer.alerts.notice import Notice
from tracer.alerts.observing import Observer
from tracer.alerts.outbox import StoreOutbox
from tracer.alerts.rules import Route, make_rules, too_many_rule
from tracer.alerts.service import AlertService
from tracer.alerts.telling import Links
from tracer.alerts.watch import Watch
from tracer.clock import NS_PER_S, FixedClock
from tracer.config.decode import decode
from tracer.config.settings import Settings
from tracer.config.sources import parse
from tracer.query.queries import Queries
from tracer.views import CollectorView


def settings_of(text: str) -> Settings:
    """Read a configuration, without the built-in rules."""
    return decode(parse(f"[alerting]\ndefaults = false\n{text}", file=Path("sagascope.toml"))).settings


def found(key: str = "a", **columns: Any) -> Found:
    """Make a finding."""
    common = {"labels": {"saga": key}, "title": f"{key} is wrong", "summary": f"{key} is wrong.", "since_ns": 0}
    return Found(key=(key,), **(common | {"transactions": 1} | columns))


def view(name: str = "otlp", state: str = "running", **columns: Any) -> CollectorView:
    """Make a collector's view."""
    common = {"type": "otlp", "detail": "", "listening": {}, "counters": {}, "gauges": {}}
    return CollectorView(name=name, state=state, **(common | columns))


@dataclass
class Watched:
    """A watch over a store, with a clock that is set by hand."""

    lab: Lab
    clock: FixedClock
    settings: Settings
    routes: Sequence[Route] = (Route(name="pager", acknowledged=True),)
    collectors: list[CollectorView] = field(default_factory=list)
    woken: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew on the same store, as a sidecar that was killed and started does."""
        rules = make_rules(self.settings, self.routes, {})
        store, links = self.lab.store, Links(base_url="https://s.example")
        self.book = Book(
            store=store,
            rules=rules,
            too_many=too_many_rule(self.settings, rules),
            routes=self.routes,
            links=links,
            max_alerts=self.settings.alerting.max_alerts,
        )
        self.observer = Observer(store=store, collectors=lambda: self.collectors)
        self.watch = Watch(
            store=store,
            clock=self.clock,
            book=self.book,
            observer=self.observer,
            explainer=Explainer(Queries(store=store, clock=self.clock)),
            tick_s=1.0,
            wake=lambda: None,
        )
        self.service = AlertService(
            store=store, clock=self.clock, book=self.book, links=links, troubles=self.watch.troubles, wake=self._woken
        )
        self.outbox = StoreOutbox(store, self.clock)

    def _woken(self) -> None:
        self.woken += 1

    def tick(self, after_s: float = 1.0) -> list[Notice]:
        """Let time pass and tick; what came into the outbox is delivered and given."""
        self.clock.ns += int(after_s * NS_PER_S)
        self.watch.tick()
        return self.delivered()

    def delivered(self, notifier: str = "pager") -> list[Notice]:
        """Deliver all that waits, in order."""
        told: list[Notice] = []
        while waiting := self.outbox.due(notifier, self.clock.ns, 100):
            for one in waiting:
                self.outbox.delivered(one.notice.id, self.clock.ns)
                told.append(one.notice)
        return told

    def kept(self) -> list[Alert]:
        """Give the alerts that are kept."""
        values = {"rules": [*self.book.rules, "alerts-too-many"], "states": None, "severities": None}
        rows = self.lab.store.read(lambda session: session.rows("alert_list", {**values, "limit": 9999}))
        return [read_alert(body) for (body,) in rows]


@contextmanager
def watched(text: str, *, now_ns: int, **parts: Any) -> Iterator[Watched]:
    """A watch with the rules of this configuration over an empty store."""
    with closing(Lab(now_ns=now_ns)) as lab:
        yield Watched(lab=lab, clock=FixedClock(now_ns), settings=settings_of(text), **parts)
