"""The Kafka collector as the rest of Sagascope sees it: a type of collector, its options, its decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collectors.dialects.confluent.options import check as check_registry
from collectors.dialects.confluent.unwrap import RegistryUnwrap
from collectors.dialects.decoder import Decoder
from collectors.dialects.reach import unreachable
from collectors.kafka.collector import KafkaCollector
from collectors.kafka.options import KafkaOptions, check
from tracer.ports import Collector, MessageDecoder, Wiring


class KafkaType:
    """Makes Kafka collectors."""

    options = KafkaOptions

    def check(self, options: KafkaOptions, *, name: str) -> Sequence[str]:
        """Check options against each other; asks nobody, reads no file. Raises ConfigError; gives what to look at."""
        plan = check(options, name=name)
        if options.registry is not None:
            check_registry(options.registry, name=name)
        topics = None if options.topic_pattern else options.topics
        reads = plan.wanted.match
        told = unreachable(options, reads=lambda topic: reads(topic) is not None, topics=topics)
        return tuple(f"[collectors.{name}]: {why}" for why in told)

    def build(self, options: KafkaOptions, wiring: Wiring) -> Collector:
        """Make a collector; no I/O yet. Raises ConfigError for options that contradict each other."""
        plan = check(options, name=wiring.name)
        unwrap = _unwrap(options, wiring.name)
        decoder = Decoder(source=wiring.name, correlation_keys=wiring.correlation_keys, options=options, unwrap=unwrap)
        return KafkaCollector(
            plan,
            decoder,
            wiring,
            registry=unwrap.trouble if unwrap else _no_trouble,
            again=lambda: self.decoder(options, name=wiring.name, correlation_keys=wiring.correlation_keys),
        )

    def decoder(self, options: KafkaOptions, *, name: str, correlation_keys: tuple[str, ...]) -> MessageDecoder:
        """Make the decoder that a collector of this name and these options uses. Raises ConfigError."""
        unwrap = _unwrap(options, name)
        return Decoder(source=name, correlation_keys=correlation_keys, options=options, unwrap=unwrap)


def _unwrap(options: KafkaOptions, name: str) -> RegistryUnwrap | None:
    return RegistryUnwrap(options.registry, name=name) if options.registry is not None else None


def _no_trouble() -> str:
    return ""


COLLECTOR_TYPE: Final = KafkaType()
