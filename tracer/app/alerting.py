"""Composes the alerts: the rules, the watch over them, and what people ask; the deliverer is woken through one call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracer.alerts.book import Book
from tracer.alerts.explaining import Explainer
from tracer.alerts.observing import MAX_ROWS, Observer
from tracer.alerts.outbox import StoreOutbox
from tracer.alerts.rules import Route, make_rules, too_many_rule
from tracer.alerts.service import AlertService
from tracer.alerts.telling import Links
from tracer.alerts.trying import RuleTrials
from tracer.alerts.watch import Watch
from tracer.app.limits import limits_of
from tracer.clock import Clock, SystemClock
from tracer.config.settings import ApiSettings, Settings
from tracer.config.shape import error
from tracer.config.sources import Source
from tracer.errors import SagascopeError
from tracer.model.address import Address, parse_address
from tracer.model.sagas import Limits
from tracer.query.queries import Queries
from tracer.store.console import Console
from tracer.store.store import Store
from tracer.views import CollectorView

MAX_WAITING: Final = 10_000
# Receivers that do something with the news that somebody is on it; as a mail, or in Alertmanager, it would be one more.
KNOW_ACKNOWLEDGED: Final = frozenset({"pagerduty", "webhook", "slack", "exec", "otlp"})
_CHECK_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """The parts that alerts are made of.

    `watch` runs, `service` answers, `outbox` is what the deliverer empties, `trials` try rules over history.
    """

    watch: Watch
    service: AlertService
    outbox: StoreOutbox
    trials: RuleTrials

    def trouble(self) -> Sequence[str]:
        """Say which rules fail, and whether old alerts are not let go of, a line each."""
        failing = [f"alert rule {name} fails: {trouble}" for name, trouble in sorted(self.watch.troubles().items())]
        why = self.watch.not_retained()
        return [*failing, f"old alerts are not let go of: {why}"] if why else failing


def make_alerting(
    settings: Settings,
    source: Source,
    *,
    store: Store,
    queries: Queries,
    clock: Clock,
    collectors: Callable[[], Sequence[CollectorView]],
    wake: Callable[[], None],
) -> Alerting:
    """Make them; nothing runs yet. `wake` says that notices were put into the outbox, from any thread."""
    book, links = _book(settings, source, store)
    watch = Watch(
        store=store,
        clock=clock,
        book=book,
        observer=Observer(store=store, collectors=collectors),
        explainer=Explainer(queries),
        tick_s=settings.alerting.tick_s,
        wake=wake,
        max_age_s=settings.store.retention.max_age_s or None,
    )
    service = AlertService(store=store, clock=clock, book=book, links=links, troubles=watch.troubles, wake=wake)
    trials = RuleTrials(store=store, clock=clock, limits=limits_of(settings.stalls), rules=book.rules)
    return Alerting(watch=watch, service=service, outbox=StoreOutbox(store, clock), trials=trials)


def alerts_of_file(
    settings: Settings, source: Source, *, store: Store, clock: Clock, limits: Limits
) -> tuple[AlertService, RuleTrials]:
    """Give what a store file tells of alerts, and tries the rules of this configuration; nothing watches."""
    book, links = _book(settings, source, store)
    service = AlertService(store=store, clock=clock, book=book, links=links, troubles=dict, wake=lambda: None)
    return service, RuleTrials(store=store, clock=clock, limits=limits, rules=book.rules)


def _book(settings: Settings, source: Source, store: Store) -> tuple[Book, Links]:
    routes = routes_of(settings)
    where = {rule.name: source.where(("alerts", str(index))) for index, rule in enumerate(settings.alerts)}
    rules = make_rules(settings, routes, where)
    links = Links(base_url=settings.alerting.base_url, api_url=_api_url(settings.api))
    book = Book(
        store=store,
        rules=rules,
        too_many=too_many_rule(settings, rules),
        routes=routes,
        links=links,
        max_alerts=settings.alerting.max_alerts,
    )
    return book, links


def _api_url(api: ApiSettings) -> str | None:
    """Say where commands find this sidecar; None where they look by themselves, and for a port not known yet."""
    at = parse_address(api.listen)
    if api.listen == ApiSettings().listen or at.port == 0:
        return None
    host = "127.0.0.1" if at.host in {"0.0.0.0", "::"} else at.host  # noqa: S104  an address to be reached at
    return f"{'https' if api.tls_cert else 'http'}://{Address(host=host, port=at.port)}"


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """Say of each notifier which notices it wants."""
    return tuple(
        Route(
            name=name,
            min_severity=getattr(notifier, "min_severity", None),
            resolved=getattr(notifier, "resolved", True),
            acknowledged=notifier.type in KNOW_ACKNOWLEDGED,
            max_waiting=getattr(notifier, "max_waiting", MAX_WAITING),
        )
        for name, notifier in settings.notifiers.items()
    )


def check_queries(settings: Settings, source: Source) -> None:
    """Try the queries of rules on an empty store, so that a wrong one is found now. Raises ConfigError."""
    asked = [(index, rule.sql) for index, rule in enumerate(settings.alerts) if rule.when == "sql" and rule.sql]
    if not asked:
        return
    with tempfile.TemporaryDirectory(prefix="sagascope-check-") as folder:
        store = Store.open(Path(folder) / "empty.duckdb", clock=SystemClock())
        try:
            for index, query in asked:
                _try(Console(store=store), query, source, index)
        finally:
            store.close()


def _try(console: Console, query: str, source: Source, index: int) -> None:
    try:
        console.table(query, limit=MAX_ROWS, timeout_s=_CHECK_S)
    except SagascopeError as wrong:
        raise error(source, ("alerts", str(index), "sql"), " ".join(str(wrong).split())) from wrong
