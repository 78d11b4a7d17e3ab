"""What the headers of a dead letter say: where it was, what went wrong, who failed.

Names: Spring Kafka, Kafka Connect, NServiceBus, MassTransit, and RabbitMQ's `x-` headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collectors.dialects.sources import topic_sql

_TOPICS: Final = (
    "kafka_dlt-original-topic",
    "__connect.errors.topic",
    "NServiceBus.FailedQ",
    "x-first-death-queue",
    "x-original-topic",
    "original-topic",
)
_ERRORS: Final = (
    "kafka_dlt-exception-message",
    "__connect.errors.exception.message",
    "MT-Fault-Message",
    "NServiceBus.ExceptionInfo.Message",
    "kafka_dlt-exception-cause-fqcn",
    "kafka_dlt-exception-fqcn",
    "__connect.errors.exception.class.name",
    "MT-Fault-ExceptionType",
    "NServiceBus.ExceptionInfo.ExceptionType",
    "MT-Reason",
    "x-exception-message",
    "x-first-death-reason",
    "x-death",
)
_OWNERS: Final = (
    "kafka_dlt-original-consumer-group",
    "__connect.errors.connector.name",
    "MT-Fault-ConsumerType",
    "NServiceBus.ProcessingEndpoint",
)


def is_dead_sql(patterns: Sequence[str]) -> str:
    """Give the condition that a message is in a dead-letter topic."""
    return " OR ".join(topic_sql(pattern, "place") for pattern in patterns) or "false"


def original_topic_sql() -> str:
    """Give the topic that a dead letter was in before, NULL where it does not say."""
    return _first(_TOPICS)


def error_sql() -> str:
    """Give what went wrong with a dead letter, in its own words."""
    return _first(_ERRORS)


def owner_sql() -> str:
    """Give who failed to handle it."""
    return _first(_OWNERS)


def _first(names: Sequence[str]) -> str:
    return f"coalesce({', '.join(f'''NULLIF(header('{name}'), '')''' for name in names)})"
