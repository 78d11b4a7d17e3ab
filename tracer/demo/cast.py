"""Which services there are, and who calls whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tracer.demo.detours import Engraving, Freight
from tracer.demo.orders import Inventory, Notification, Order, Payment, Shipping
from tracer.demo.participant import Participant
from tracer.demo.transfers import Account, FraudCheck, Ledger, Transfer
from tracer.demo.world import Service

SERVICES: Final[Mapping[str, Callable[[Participant], Service]]] = {
    "order": Order,
    "inventory": Inventory,
    "payment": Payment,
    "shipping": Shipping,
    "notification": Notification,
    "transfer": Transfer,
    "account": Account,
    "ledger": Ledger,
    "fraud-check": FraudCheck,
}

# Over Kafka there are more. One of them, pickup, is down, so nobody needs to say what it would do.
DETOURS: Final[Mapping[str, Callable[[Participant], Service]]] = {"freight": Freight, "engraving": Engraving}
