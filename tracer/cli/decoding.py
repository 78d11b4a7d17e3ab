"""Chooses the decoder of a collector that the configuration has, for messages that come from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracer.cli.configuring import Overrides, plan_from
from tracer.errors import UsageError

if TYPE_CHECKING:
    from tracer.ports import MessageDecoder


def chosen_decoder(config: Path | None, collector: str | None) -> MessageDecoder:
    """Make the decoder of the named collector, or of the only one that reads messages. Raises UsageError."""
    plan = plan_from(Overrides(config=config, data=None, otlp_grpc=None, otlp_http=None, api=None))
    reading = {planned.name: planned for planned in plan.collectors if planned.decode is not None}
    if collector is not None and collector not in reading:
        known = f"those that do: {', '.join(reading)}" if reading else "none does"
        raise UsageError(f'--collector "{collector}" is no configured collector that reads messages; {known}')
    if not reading:
        example = '[collectors.kafka] with type = "kafka" and its mapping'
        raise UsageError(f"no configured collector reads messages: add one to the configuration, such as {example}")
    if collector is None and len(reading) > 1:
        raise UsageError(f"several collectors read messages ({', '.join(reading)}): say which with --collector")
    planned = reading[collector or next(iter(reading))]
    decoder = planned.decoder(plan.settings.correlation.keys)
    if decoder is None:
        raise UsageError(f"the collector {planned.name} reads no messages")
    return decoder
