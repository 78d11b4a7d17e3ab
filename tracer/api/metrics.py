"""`/metrics`: everything that is measured, in Prometheus' text formats, under `sagascope_*`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as Example
from prometheus_client.utils import floatToGoString

from tracer.clock import NS_PER_S
from tracer.measure import Distribution, Exemplar, Measure

PREFIX: Final = "sagascope_"
_NOT_A_NAME: Final = re.compile(r"[^a-zA-Z0-9_]")
_KINDS: Final = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
_Bucket = tuple[str, float] | tuple[str, float, Example]
_UNITS: Final = {"": "", "s": "seconds"}


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
    kind = _KINDS[group[0].kind]
    family: Metric = kind(
        PREFIX + _NOT_A_NAME.sub("_", name), group[0].about, labels=labels, unit=_UNITS[group[0].unit]
    )
    for measure in group:
        values = {label: measure.labels.get(label, "") for label in labels}
        if measure.distribution is not None and isinstance(family, HistogramMetricFamily):
            family.add_metric(list(values.values()), _buckets(measure.distribution), measure.distribution.total)
        else:
            family.add_sample(family.name + ("_total" if measure.kind == "counter" else ""), values, measure.value)
    return family


def _buckets(of: Distribution) -> list[_Bucket]:
    """Give each bucket as Prometheus counts it: with all that are below."""
    bounds = [*map(floatToGoString, of.bounds), "+Inf"]
    counts = zip(bounds, accumulate(of.counts), strict=True)
    return [_bucket(bound, count, of.exemplars.get(at)) for at, (bound, count) in enumerate(counts)]


def _bucket(bound: str, count: int, of: Exemplar | None) -> _Bucket:
    if of is None:
        return bound, count
    return bound, count, Example({"trace_id": of.trace_id}, of.value, of.at_ns / NS_PER_S)
