"""The process of `sagascope serve`: its event loop, its signals, its log."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from typing import Final

from tracer.app.logs import start_logging
from tracer.app.plan import Plan
from tracer.app.sidecar import Running, running
from tracer.clock import SystemClock
from tracer.model.text import clean

_log = logging.getLogger("sagascope.serve")
OTHERS_NOTHING: Final = 0o077
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def serve_until_told(plan: Plan, *, say_ready: Callable[[str], None], verbose: bool) -> None:
    """Run the sidecar until SIGTERM or SIGINT, then drain; `say_ready` gets one line when data is accepted."""
    start_logging(logging.DEBUG if verbose else logging.INFO)
    # The store holds other people's business: what we make is for the user that we run as, and no one else.
    before = os.umask(OTHERS_NOTHING)
    try:
        asyncio.run(_serve(plan, say_ready))
    finally:
        os.umask(before)


async def _serve(plan: Plan, say_ready: Callable[[str], None]) -> None:
    told = asyncio.Event()
    _on_signals(told)
    async with running(plan, SystemClock()) as sidecar:
        for notice in sidecar.notices:
            _log.warning("store mended", extra={"notice": notice})
        _log.info("sidecar started", extra={"store": plan.store, "api": sidecar.api_url, **sidecar.listening})
        say_ready(_ready_line(sidecar))
        await told.wait()
        _log.info("sidecar stopping")
    _log.info("sidecar stopped")


def _ready_line(sidecar: Running) -> str:
    listening = "".join(f" {name}={address}" for name, address in sidecar.listening.items())
    return clean(f"ready api={sidecar.api_url}{listening}")


def _on_signals(told: asyncio.Event) -> None:
    """Drain at the first signal; a second one ends the process as it would without us."""
    loop = asyncio.get_running_loop()

    def drain(number: signal.Signals) -> None:
        told.set()
        loop.remove_signal_handler(number)

    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, drain, number)
        except NotImplementedError:  # a loop of Windows: its signals arrive between two turns of the loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
