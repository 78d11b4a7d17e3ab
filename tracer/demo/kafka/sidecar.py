"""What the demo's sidecar is told of the topics: a Kafka collector with a mapping of the shop's envelope."""

from __future__ import annotations

from typing import Final

from tracer.demo.faults import ORDER
from tracer.demo.kafka.place import SIDECAR, Place
from tracer.demo.orders import CAPTURE, DEAD_LETTERS, PLACE, RESERVE, SHIP

# Looked at more often than by default, because a demo is watched for minutes.
PROGRESS_EVERY: Final = "2s"
COLLECTOR: Final = "orders"
_TABLES: Final = """
[collectors.otlp]
type = "otlp"

[collectors.{collector}]
type = "kafka"
bootstrap_servers = ["{bootstrap}"]
topic_pattern = '{pattern}'
group = "{group}"
start = "earliest"
dead_letter = ["{dead_letters}"]
progress_every = "{progress_every}"

# A dead letter is an event of the step before; what failed is the one that could not handle it.
[[collectors.{collector}.mapping]]
when = {{ "header:kafka_dlt-original-topic" = "*" }}
step = "={ship}"

[[collectors.{collector}.mapping]]
transaction_id = "$.orderId"
saga = "={saga}"
name = "$.eventType"
owner = "$.source"
time = "$.occurredAt"
message_id = "$.eventId"
causation_id = "$.causationId"

[collectors.{collector}.mapping.step]
from = "$.eventType"
values.OrderPlaced = "{place}"
values.InventoryReserved = "{reserve}"
values.PaymentCaptured = "{capture}"
values.PaymentDeclined = "{capture}"
values.ParcelShipped = "{ship}"

[collectors.{collector}.mapping.phase]
from = "$.eventType"
values.PaymentDeclined = "failed"
values."*" = "completed"
"""


def sidecar_tables(place: Place) -> str:
    """Give the tables of the sidecar's configuration, as TOML."""
    return _TABLES.format(
        collector=COLLECTOR,
        bootstrap=place.bootstrap,
        pattern=place.name("[a-z.]+").replace(".", "\\.", 1),
        group=place.name(SIDECAR),
        dead_letters=place.name(DEAD_LETTERS),
        progress_every=PROGRESS_EVERY,
        saga=ORDER,
        place=PLACE,
        reserve=RESERVE,
        capture=CAPTURE,
        ship=SHIP,
    )
