"""From what truly happened to records as they arrive: some lost, some twice, some late, by clocks that are off."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

import pyarrow as pa

from tests.accuracy.course import END, Course, Happening, Key
from tests.accuracy.shapes import Saga
from tracer.clock import NS_PER_S
from tracer.model.records import RECORD_SCHEMA

SKEW_S: Final = 2.0
LOST: Final = 0.01
TWICE: Final = 0.02
LATE: Final = 0.01
LATE_S: Final = 600.0
_FLUSH_S: Final = 5.0  # a batch of spans leaves a process at least this often
_NO_TRACE: Final = bytes(16)


class Row(NamedTuple):
    """A record: the columns that the services of the corpus fill."""

    uid: str | None
    transaction_id: str | None
    saga: str
    step: str | None
    step_by: str | None
    owner: str | None
    phase: str
    kind: str
    span_kind: str | None
    name: str
    at_ns: int
    until_ns: int | None
    received_ns: int
    attempt: int | None
    trace_id: bytes
    span_id: int
    parent_span_id: int
    status: str
    error: str | None
    compensates: str | None
    outcome: str | None
    attributes: str
    resource: str


class Saying(NamedTuple):
    """What a record says, before clocks, ids and the network have their part in it."""

    phase: str
    name: str
    key: Key = END
    service: str = ""
    owner: str | None = None
    span_kind: str | None = None
    span: str = ""
    error: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The records of one transaction, and which of its happenings are not to be seen in them."""

    rows: tuple[Row, ...]
    unseen: frozenset[Happening]


class Network:
    """What lies between the services and Sagascope, and the services' clocks."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._skews: dict[str, float] = {}
        self._count = 0

    def skew_s(self, service: str) -> float:
        """Say how far the clock of a service is ahead, always the same."""
        if service not in self._skews:
            self._skews[service] = self._random.uniform(-SKEW_S, SKEW_S)
        return self._skews[service]

    def tell(self, saga: Saga, transaction_id: str, course: Course, *, began_s: float, now_s: float) -> Told:
        """Give the records of what happened up to now that have arrived."""
        writer = _Writer(saga, transaction_id, self._random)
        rows: list[Row] = []
        unseen = set()
        for happening in course.happenings:
            if began_s + happening.at_s > now_s:
                continue
            for saying in says(saga, happening):
                arrived = self._arrived(writer, saying, happening, began_s, now_s)
                rows += arrived
                if not arrived:
                    unseen.add(happening)
        return Told(rows=tuple(rows), unseen=frozenset(unseen))

    def _arrived(
        self, writer: _Writer, saying: Saying, happening: Happening, began_s: float, now_s: float
    ) -> list[Row]:
        self._count += 1
        row = writer.row(saying, happening, began_s, self.skew_s(saying.service), self._count)
        if self._random.random() < LOST:
            return []
        sent_s = began_s + happening.at_s
        received_s = min(sent_s + self._transit_s(row), now_s)
        if self._random.random() < LATE:
            received_s = sent_s + self._random.expovariate(1 / LATE_S)
            if received_s > now_s:
                return []
        first = row._replace(received_ns=int(received_s * NS_PER_S))
        return [first, *self._again(first, now_s)]

    def _again(self, row: Row, now_s: float) -> list[Row]:
        """Give the same record once more: sent again, or published again under another offset."""
        if self._random.random() >= TWICE:
            return []
        received_ns = min(row.received_ns + int(self._random.uniform(0, 60) * NS_PER_S), int(now_s * NS_PER_S))
        uid = f"{row.uid}/again" if row.uid and self._random.random() < 0.5 else row.uid
        return [row._replace(received_ns=received_ns, uid=uid)]

    def _transit_s(self, row: Row) -> float:
        if row.kind == "span":
            return self._random.uniform(0.1, _FLUSH_S)
        return 0.3 * math.exp(self._random.gauss(0.0, 0.8))


def says(saga: Saga, happening: Happening) -> Iterator[Saying]:
    """Give what the services of a saga say when something happens: nothing, one thing or two."""
    if happening.what == "begun":
        if saga.telemetry.begins:
            yield Saying("txn_started", f"{saga.name} started", service=saga.ender, owner=saga.ender)
    elif happening.what == "ended":
        yield _of_end(saga, happening)
    elif happening.what == "sent":
        yield from _of_message(saga, happening)
    elif happening.what in {"started", "waiting"}:
        if saga.telemetry.starts:
            phase = "waiting" if happening.what == "waiting" else "compensating" if happening.key.undoes else "started"
            yield _event(happening, phase, f"{happening.key.step} {happening.what}")
    elif happening.what == "tried":
        yield from _of_try(saga, happening)
    else:
        yield _of_result(saga, happening)


def _event(happening: Happening, phase: str, name: str, error: str | None = None) -> Saying:
    return Saying(phase, name, happening.key, happening.owner, happening.owner, error=error)


def _span(happening: Happening, phase: str, error: str | None = None) -> Saying:
    key, owner = happening.key, happening.owner
    return Saying(phase, key.step, key, owner, owner, "consumer", f"{key.step} {happening.attempt}", error)


def _of_end(saga: Saga, happening: Happening) -> Saying:
    is_completed = happening.outcome == "completed"
    name = f"{saga.name} {'closed' if is_completed else 'undone'}"
    if saga.telemetry.end == "outcome":
        return Saying("observed", name, service=saga.ender, owner=saga.ender, outcome=happening.outcome)
    return Saying("txn_completed" if is_completed else "txn_failed", name, service=saga.ender, owner=saga.ender)


def _of_message(saga: Saga, happening: Happening) -> Iterator[Saying]:
    key, commands = happening.key, saga.telemetry.commands
    if commands == "span":
        yield Saying("command", f"send {key.step}", key, saga.ender, saga.ender, "producer", f"send {key.step}")
    elif commands:
        yield Saying("command", f"{key.step} requested", key, saga.ender, _destination(saga, key, commands))
    elif saga.telemetry.carrier == "span":
        service = _sender(saga, happening.by)
        yield Saying("completed", f"send {key.step}", END, service, service, "producer", f"send {key.step}")


def _destination(saga: Saga, key: Key, commands: str) -> str | None:
    if commands == "bare":
        return None
    undo = saga.step(key.undoes).undo if key.undoes else None
    return undo.owner if undo else saga.step(key.step).owner


def _sender(saga: Saga, by: Key) -> str:
    if by == END:
        return saga.ender
    undo = saga.step(by.undoes).undo if by.undoes else None
    return undo.owner if undo else saga.step(by.step).owner


def _of_try(saga: Saga, happening: Happening) -> Iterator[Saying]:
    error = f"{happening.owner} did not answer in time"
    if saga.telemetry.carrier == "span":
        yield _span(happening, "failed", error)
    if saga.telemetry.starts or saga.telemetry.carrier == "span":
        yield _event(happening, "retried", f"{happening.key.step} will be tried again", error)


def _of_result(saga: Saga, happening: Happening) -> Saying:
    is_refused = happening.what == "refused"
    error = f"{happening.key.step} was refused" if is_refused else None
    if saga.telemetry.names_only:
        return Saying("observed", _name(saga, happening), happening.key, happening.owner, happening.owner)
    phase = "failed" if is_refused else "compensated" if happening.key.undoes else "completed"
    if saga.telemetry.carrier == "span":
        return _span(happening, phase, error)
    return _event(happening, phase, f"{happening.key.step} {happening.what}", error)


def _name(saga: Saga, happening: Happening) -> str:
    step = saga.step(happening.key.undoes or happening.key.step)
    if happening.key.undoes and step.undo:
        return step.undo.event
    return step.refused if happening.what == "refused" else step.done


class _Writer:
    """Writes the records of one transaction."""

    def __init__(self, saga: Saga, transaction_id: str, random: Random) -> None:
        self._saga = saga
        self._id = transaction_id
        is_traced = saga.telemetry.carrier == "span"
        self._trace = random.randbytes(16) if is_traced else _NO_TRACE
        self._random = random
        self._spans: dict[str, int] = {}
        attributes = {"customer_id": f"C-{random.randrange(5000):05}", "region": random.choice(("eu", "us", "apac"))}
        self._attributes = json.dumps({**attributes, "total": round(random.uniform(5, 900), 2)})

    def row(self, saying: Saying, happening: Happening, began_s: float, skew_s: float, count: int) -> Row:
        """Write a record as its service sees it; when it arrives is not said yet."""
        is_span = saying.span_kind is not None
        until_ns = int((began_s + happening.at_s + skew_s) * NS_PER_S)
        at_ns = int((began_s + happening.since_s + skew_s) * NS_PER_S) if is_span else until_ns
        is_named = self._saga.telemetry.names_only
        step = saying.name if is_named else saying.key.step or None
        is_undone = saying.key.undoes and not is_named
        return Row(
            uid=None if is_span else f"{saying.service}/0/{count}",
            transaction_id=None if saying.span_kind == "producer" and not saying.key.step else self._id,
            saga=self._saga.name,
            step=step,
            step_by=None if step is None else "name" if is_named or is_span else "attribute",
            owner=saying.owner,
            phase=saying.phase,
            kind="span" if is_span else "event",
            span_kind=saying.span_kind,
            name=saying.name,
            at_ns=at_ns,
            until_ns=until_ns if is_span else None,
            received_ns=0,
            attempt=None if is_named or step is None else happening.attempt,
            trace_id=self._trace,
            span_id=self._span_id(saying.span) if is_span else 0,
            parent_span_id=self._parent_id(saying, happening) if is_span else 0,
            status="error" if saying.error else "unset",
            error=saying.error,
            compensates=saying.key.undoes if is_undone else None,
            outcome=saying.outcome,
            attributes=self._attributes,
            resource=json.dumps({"service.name": saying.service}),
        )

    def _span_id(self, name: str) -> int:
        if name not in self._spans:
            self._spans[name] = self._random.randrange(1, 1 << 63)
        return self._spans[name]

    def _parent_id(self, saying: Saying, happening: Happening) -> int:
        """Give the parent: of a consumer's span what sent the message, of a producer's the span that sends."""
        if saying.span_kind == "consumer":
            is_first = happening.by == END and not self._saga.telemetry.begins
            return 0 if is_first else self._span_id(f"send {happening.key.step}")
        is_commanded = self._saga.orchestrated or happening.by == END
        return 0 if is_commanded else self._span_id(f"{happening.by.step} 1")


def columns(rows: Iterable[Row]) -> pa.Table:
    """Make a table of records."""
    taken: dict[str, Any] = dict(zip(Row._fields, zip(*rows, strict=True), strict=True))
    rows_n = len(taken["name"])
    taken["source"] = ["otlp"] * rows_n
    arrays = [
        _array(field, taken[field.name]) if field.name in taken else pa.nulls(rows_n, field.type)
        for field in RECORD_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=RECORD_SCHEMA)


def _array(field: pa.Field, values: Any) -> pa.Array:
    if field.type == pa.uuid():
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(values, pa.binary(16)))
    return pa.array(values, field.type)
