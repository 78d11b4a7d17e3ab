"""OTLP requests by the thousand at next to no cost: one template, whose ids and times are overwritten.

A request holds transactions of ten spans in five services: server and consumer spans are steps, clients and
producers stand between them. Every span has eight attributes. Python's protobuf makes some 20,000 such spans
a second; overwriting the places of ids in bytes makes millions, so that a benchmark measures the receiver.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPANS_PER_TRANSACTION = 10
_SERVICES = ("orders", "inventory", "payments", "shipping", "notifications")
_STEPS = ("place-order", "reserve-inventory", "capture-payment", "ship-parcel", "notify-customer")
_DIGITS = 10
_MARK_NS = 0x7A7A_7A7A_0000_0000


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A request of `spans` spans as bytes, and where the things are that make it another one.

    `traces`, `ids`, `parents` are the places of the trace, span and parent span ids; `ids_of` says which span an
    occurrence in `ids` or `parents` names; `times` the places of start and end, `offsets_ns` what each adds to
    the request's time; `names` the places of the ten digits of the transaction's number.
    """

    spans: int
    data: np.ndarray
    traces: np.ndarray
    traces_of: np.ndarray
    ids: np.ndarray
    ids_of: np.ndarray
    times: np.ndarray
    offsets_ns: np.ndarray
    names: np.ndarray
    names_of: np.ndarray

    @property
    def transactions(self) -> int:
        """How many transactions a request has."""
        return -(-self.spans // SPANS_PER_TRANSACTION)


def template(spans: int, *, ended: bool = True) -> Template:
    """Build the template; `ended` says whether the last span of a transaction ends it."""
    request = ExportTraceServiceRequest()
    scopes = [_service(request, name) for name in _SERVICES]
    offsets = []
    for index in range(spans):
        offsets += _span(scopes[index % SPANS_PER_TRANSACTION // 2], index, ended=ended)
    data = request.SerializeToString()
    traces, traces_of = _places(data, rb"TT([0-9]{8})TTTTTT")
    ids, ids_of = _places(data, rb"S([0-9]{6})S")
    names, names_of = _places(data, rb"ORD-N([0-9]{8})N")
    times = [data.index((_MARK_NS + at).to_bytes(8, "little")) for at in range(2 * spans)]
    return Template(
        spans=spans,
        data=np.frombuffer(data, np.uint8),
        traces=traces,
        traces_of=traces_of,
        ids=ids,
        ids_of=ids_of,
        times=np.array(times),
        offsets_ns=np.array(offsets, np.int64),
        names=names + len("ORD-"),
        names_of=names_of,
    )


def _service(request: ExportTraceServiceRequest, name: str):
    resource = request.resource_spans.add()
    for key, value in (("service.name", name), ("service.version", "1.14.2"), ("k8s.pod.name", f"{name}-7d9f4-x2x8k")):
        resource.resource.attributes.add(key=key).value.string_value = value
    scope = resource.scope_spans.add()
    scope.scope.name = "bench"
    return scope


def _span(scope, index: int, *, ended: bool) -> list[int]:
    """Add one span; what its start and its end add to the request's time."""
    transaction, at = divmod(index, SPANS_PER_TRANSACTION)
    hop, is_called = at // 2, at % 2 == 0
    span = scope.spans.add(
        trace_id=b"TT%08dTTTTTT" % transaction,
        span_id=b"S%06dS" % index,
        parent_span_id=b"" if at == 0 else b"S%06dS" % (index - 1),
        name=f"{_STEPS[hop]} handle" if is_called else f"call {_STEPS[(hop + 1) % 5]}",
        kind=(2, 3, 2, 4, 5, 3, 2, 4, 5, 3)[at],
        start_time_unix_nano=_MARK_NS + 2 * index,
        end_time_unix_nano=_MARK_NS + 2 * index + 1,
        flags=0x101,
    )
    span.attributes.add(key="saga.id").value.string_value = f"ORD-N{transaction:08d}N"
    span.attributes.add(key="saga.name").value.string_value = "order-fulfilment"
    if is_called:
        span.attributes.add(key="saga.step").value.string_value = _STEPS[hop]
    else:
        span.attributes.add(key="server.address").value.string_value = f"{_STEPS[(hop + 1) % 5]}.internal"
    span.attributes.add(key="http.request.method").value.string_value = ("GET", "POST")[index % 2]
    span.attributes.add(key="http.route").value.string_value = f"/{_STEPS[hop]}/{{id}}"
    span.attributes.add(key="http.response.status_code").value.int_value = 200
    span.attributes.add(key="customer.id").value.string_value = f"C-{index * 7919 % 100_000:05d}"
    if at == SPANS_PER_TRANSACTION - 1 and ended:
        span.attributes.add(key="saga.outcome").value.string_value = "completed"
    else:
        span.attributes.add(key="order.amount").value.double_value = (index * 31 % 40_000) / 100
    start = transaction * 2_000_000 + at * 130_000
    return [start, start + 1_900_000 - at * 150_000]


def _places(data: bytes, pattern: bytes) -> tuple[np.ndarray, np.ndarray]:
    found = [(match.start(), int(match.group(1))) for match in re.finditer(pattern, data)]
    return np.array([at for at, _ in found]), np.array([number for _, number in found])


class Traffic:
    """Requests from a template, each with its own ids; `first` is the number of the first transaction."""

    def __init__(self, template: Template, *, seed: int, first: int = 0) -> None:
        self._template = template
        self._random = np.random.default_rng(seed)
        self._next = first

    def request(self, at_ns: int) -> bytes:
        """One request whose first span starts at `at_ns`."""
        shape = self._template
        data = shape.data.copy()
        traces = self._random.integers(0, 256, (shape.transactions, 16), np.uint8)
        spans = self._random.integers(0, 256, (shape.spans, 8), np.uint8)
        traces[:, 0] |= 1
        spans[:, 0] |= 1
        _put(data, shape.traces, traces[shape.traces_of])
        _put(data, shape.ids, spans[shape.ids_of])
        _put(data, shape.times, (at_ns + shape.offsets_ns).astype("<u8").view(np.uint8).reshape(-1, 8))
        numbers = self._next + np.arange(shape.transactions)
        digits = (numbers[:, None] // 10 ** np.arange(_DIGITS)[::-1] % 10 + ord("0")).astype(np.uint8)
        _put(data, shape.names, digits[shape.names_of])
        self._next += shape.transactions
        return data.tobytes()


def _put(data: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
    data[places[:, None] + np.arange(values.shape[1])] = values
