"""`/metrics`: everything that is measured, in Prometheus' text formats, under `sagascope_*`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tracer.measure import Measure

PREFIX: Final = "sagascope_"
_NOT_A_NAME: Final = re.compile(r"[^a-zA-Z0-9_]")


class _Families(Collector):
    """Groups measures into families: same name, one HELP line, labels side by side."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        families: dict[str, list[Measure]] = {}
        for measure in self._measures:
            families.setdefault(measure.name, []).append(measure)
        yield from (_family(name, group) for name, group in sorted(families.items()))


def exposition(measures: Iterable[Measure], accept: str) -> tuple[bytes, str]:
    """Write the measures and the process's own; (body, content type) as the Accept header wants it."""
    registry = CollectorRegistry()
    registry.register(_Families(tuple(measures)))
    ProcessCollector(namespace=PREFIX.rstrip("_"), registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _family(name: str, group: Sequence[Measure]) -> Metric:
    labels = sorted({label for measure in group for label in measure.labels})
    kind = CounterMetricFamily if group[0].kind == "counter" else GaugeMetricFamily
    family: Metric = kind(PREFIX + _NOT_A_NAME.sub("_", name), group[0].about, labels=labels)
    for measure in group:
        values = {label: measure.labels.get(label, "") for label in labels}
        family.add_sample(family.name + ("_total" if measure.kind == "counter" else ""), values, measure.value)
    return family
