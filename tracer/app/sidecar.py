"""Runs the sidecar: starts every part in order, and stops them in reverse so that nothing accepted is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tracer.alerts.notifiers.make import make_deliverer
from tracer.alerts.outbox import StoreOutbox
from tracer.api.route import CONTEXT
from tracer.api.server import ApiServer, make_application
from tracer.app.alerting import make_alerting
from tracer.app.definitions import DefinitionFiles
from tracer.app.intake import StoreIntake
from tracer.app.limits import judge_of, lessons_of, limits_of
from tracer.app.loops import refuse_loops
from tracer.app.opening import open_store
from tracer.app.plan import Plan
from tracer.app.replay import Replayer
from tracer.app.report import Report
from tracer.app.traced import TracedKeeper
from tracer.clock import Clock
from tracer.forward.forward import Forward, make_forward
from tracer.ingest.jobs import Jobs
from tracer.ingest.ledger import StoreLedger
from tracer.ingest.sink import Ingest
from tracer.ports import Collector, Wiring
from tracer.query.measuring import Measuring
from tracer.query.queries import Queries
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.retention import Retention
from tracer.store.store import Store
from tracer.telemetry import Telemetry

_log = logging.getLogger("sagascope.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A sidecar that takes data in: where its API answers and where each collector listens, by name."""

    api_url: str
    listening: Mapping[str, str]
    notices: tuple[str, ...]


@asynccontextmanager
async def running(plan: Plan, clock: Clock) -> AsyncIterator[Running]:
    """Run everything that the plan names for as long as the context is open.

    At its end collectors stop first, then what they accepted is forwarded and committed, and folded,
    before the store closes. Raises ConfigError for an address in use, StoreLocked for a store in use.
    """
    settings = plan.settings
    async with AsyncExitStack() as stack:
        is_new = not plan.store.exists()
        store = await asyncio.to_thread(open_store, plan.store, clock=clock, options=_store_options(plan))
        stack.push_async_callback(asyncio.to_thread, store.close)
        if is_new:
            _log.info("store created", extra={"path": plan.store})
        telemetry = Telemetry(settings.telemetry, plan.telemetry_headers)
        stack.push_async_callback(asyncio.to_thread, telemetry.stop)
        plain = _keeper(plan, store, clock)
        await asyncio.to_thread(plain.judge_again)
        measuring = Measuring(store, clock)
        await asyncio.to_thread(measuring.begin)
        keeper, definitions = TracedKeeper(plain, telemetry, clock), DefinitionFiles(plan, plain.declare)
        ingest, jobs, ledger = Ingest(appender=keeper), Jobs(worker=keeper), StoreLedger(memory=keeper)
        forward = _forward(plan, clock)
        parts = {"jobs": jobs.status, **({"forward": forward.status} if forward else {})}
        report = Report(
            ingest=ingest.status,
            parts=parts,
            store=store.stats,
            transactions=measuring.measures,
            notices=store.notices,
            trouble=ingest.trouble,
            lag=jobs.trouble,
            doubt=definitions.trouble,
        )
        queries = Queries(store=store, clock=clock, limits=limits_of(settings.stalls))
        outbox = StoreOutbox(store, clock)
        deliverer = make_deliverer(plan.notifiers, outbox, clock=clock, firing=outbox.firing)
        alerting = make_alerting(
            settings,
            plan.source,
            store=store,
            queries=queries,
            clock=clock,
            collectors=report.collectors,
            wake=deliverer.wake,
        )
        report.halted, report.doubts, report.more = (
            alerting.watch.halted,
            lambda: [*alerting.trouble(), *deliverer.troubles()],
            lambda: [*alerting.watch.measures(), *deliverer.measures()],
        )
        intake = StoreIntake(keeper, clock)
        replays = Replayer(keeps=plain, running=lambda: report.running)
        application = make_application(
            queries,
            report,
            settings.api,
            spans=telemetry.span,
            intake=intake,
            replays=replays,
            alerts=alerting.service,
            trials=alerting.trials,
            notifiers=deliverer,
        )
        report.parts = {**parts, "api": application[CONTEXT].figures}
        api = ApiServer(application, settings.api)
        stack.push_async_callback(ledger.stop)
        for part in (api, definitions, jobs, ingest, *((forward,) if forward else ())):
            await part.start()
            stack.push_async_callback(part.stop)
        wirings = [_wiring(planned.name, plan, ingest, clock, forward, ledger) for planned in plan.collectors]
        for planned, wiring in zip(plan.collectors, wirings, strict=True):
            collector = planned.build(wiring)
            await collector.start()
            stack.push_async_callback(collector.stop)
            report.running.append(collector)
        listening = _listening(report.running)
        refuse_loops(settings, plan.source, listening.values())
        await deliverer.start()
        stack.push_async_callback(deliverer.stop)
        await alerting.watch.start()
        stack.push_async_callback(alerting.watch.stop)
        telemetry.start(report.measures)
        report.ready = True
        try:
            yield Running(api_url=api.url, listening=listening, notices=store.notices)
        finally:
            report.ready = False


def _keeper(plan: Plan, store: Store, clock: Clock) -> Keeper:
    stalls = plan.settings.stalls
    return Keeper(
        store=store,
        clock=clock,
        retention=_retention(plan),
        judge=judge_of(stalls),
        lessons=lessons_of(stalls),
    )


def _forward(plan: Plan, clock: Clock) -> Forward | None:
    settings = plan.settings.forward
    return make_forward(settings, plan.forward_headers, clock) if settings.endpoint else None


def _wiring(
    name: str, plan: Plan, ingest: Ingest, clock: Clock, forward: Forward | None, ledger: StoreLedger
) -> Wiring:
    keys = plan.settings.correlation.keys
    return Wiring(name=name, sink=ingest, clock=clock, correlation_keys=keys, tap=forward, ledger=ledger)


def _store_options(plan: Plan) -> StoreOptions:
    store, api = plan.settings.store, plan.settings.api
    # The pool of the API asks at most so many at once; the metrics, the jobs and the watch read beside it.
    return StoreOptions(
        memory_limit=store.memory_limit_bytes,
        threads=store.threads,
        max_readers=api.max_queries + 3,
        stuck_after_s=plan.settings.stalls.default_threshold_s,
    )


def _retention(plan: Plan) -> Retention:
    kept = plan.settings.store.retention
    return Retention(max_age_s=kept.max_age_s or None, max_size=kept.max_size_bytes or None)


def _listening(collectors: list[Collector]) -> Mapping[str, str]:
    """Give each address under the collector's own name for it; a second collector's under its name too."""
    listening: dict[str, str] = {}
    for status in (collector.status() for collector in collectors):
        for name, address in status.listening.items():
            listening[name if name not in listening else f"{status.name}.{name}"] = address
    return listening
