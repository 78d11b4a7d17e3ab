"""A sidecar that neither judges nor learns, to be measured beside one that does."""

from __future__ import annotations

import tracer.app.sidecar
from tracer.app.plan import Plan
from tracer.cli.main import main
from tracer.clock import Clock
from tracer.store.keeper import Keeper
from tracer.store.store import Store


def _keeper(plan: Plan, store: Store, clock: Clock) -> Keeper:
    del plan
    return Keeper(store=store, clock=clock)


if __name__ == "__main__":
    tracer.app.sidecar._keeper = _keeper  # there is no setting for it
    main()
