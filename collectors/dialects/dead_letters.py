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


def original_topic() -> tuple[str, ...]:
    """Give where a dead letter may say which topic it was in before."""
    return _headers(_TOPICS)


def error() -> tuple[str, ...]:
    """Give where a dead letter may say what went wrong with it, in its own words."""
    return _headers(_ERRORS)


def owner() -> tuple[str, ...]:
    """Give where a dead letter may say who failed to handle it."""
    return _headers(_OWNERS)


def _headers(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"header('{name}')" for name in names)
