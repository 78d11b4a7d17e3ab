"""The customers of the demo: `python -m tracer.demo.customers SETTINGS` orders and transfers at a rate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import Any, Final

from tracer.clock import Clock, SystemClock, to_datetime
from tracer.demo.child import run_aside, stand_by
from tracer.demo.faults import dice
from tracer.demo.scenery import order, order_id, transfer, transfer_id
from tracer.demo.settings import CustomerSettings, from_argument
from tracer.demo.wire import post
from tracer.demo.world import Refusal, Request

FIRST_ORDER: Final = 104_001
FIRST_TRANSFER: Final = 88_001
SHARE_OF_ORDERS: Final = 0.6
POST_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one customer asks of which service."""

    service: str
    path: str
    body: dict[str, Any]


def wishes(seed: int, clock: Clock, *, past_orders: int = 0, past_transfers: int = 0) -> Iterator[Wish]:
    """Give what customers want, one after the other, without end."""
    orders, transfers = count(FIRST_ORDER + past_orders), count(FIRST_TRANSFER + past_transfers)
    luck = dice(seed, "customers", past_orders, past_transfers)
    while True:
        if luck.random() < SHARE_OF_ORDERS:
            wanted = order_id(to_datetime(clock.now_ns()).year, next(orders))
            yield Wish(service="order", path="/orders", body=order(seed, wanted))
        else:
            yield Wish(service="transfer", path="/transfers", body=transfer(seed, transfer_id(next(transfers))))


def main() -> None:
    """Run until the demo ends."""
    settings = CustomerSettings(**from_argument())
    run_aside(lambda: _ask(settings), "customers")
    stand_by(rate=settings.rate_per_s)


def _ask(settings: CustomerSettings) -> None:
    addresses = {"order": settings.order, "transfer": settings.transfer}
    luck, never = dice(settings.seed, "pace"), Event()
    todo = wishes(
        settings.seed, SystemClock(), past_orders=settings.past_orders, past_transfers=settings.past_transfers
    )
    for wish in todo:
        never.wait(luck.expovariate(settings.rate_per_s))
        try:
            post(addresses[wish.service], Request(path=wish.path, body=wish.body), timeout_s=POST_TIMEOUT_S)
        except Refusal as refusal:
            sys.stderr.write(f"customer turned away by {wish.service}: {refusal}\n")


if __name__ == "__main__":
    main()
