"""How a service of the demo takes part: consuming, publishing, serving and calling, with their signals.

Attributes follow the semantic conventions for messaging and HTTP; saga.* the project's own contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from opentelemetry import baggage
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Link, Span, SpanKind, get_current_span
from opentelemetry.util.types import AttributeValue

from tracer.demo.signals import PROPAGATOR, Attributes, Signals
from tracer.demo.world import Message, Refusal, Reply, Request, World

_REFUSED_FROM: Final = 400


class Participant:
    """One service among the others."""

    def __init__(self, name: str, signals: Signals, world: World) -> None:
        self.name = name
        self.signals = signals
        self.world = world

    @contextmanager
    def consume(self, message: Message, step: str, *, linked: bool = False, **saga: AttributeValue) -> Iterator[Span]:
        """Process a message inside a consumer span of the step.

        `linked` starts a trace of its own that links to the producer's, as the conventions have it for
        batches; otherwise the producer's trace goes on. `saga` are more saga.* attributes.
        """
        context = PROPAGATOR.extract(message.headers)
        producer = get_current_span(context).get_span_context()
        attributes = {
            **_message_attributes(self.world.bus_system, message, "process"),
            "messaging.consumer.group.name": self.name,
            "saga.step": step,
            "saga.attempt": message.delivery,
            **_saga(saga),
        }
        parent = baggage_only(context) if linked else context
        links = [Link(producer)] if linked else []
        name = f"process {message.topic}"
        with self.signals.span(name, SpanKind.CONSUMER, attributes, parent=parent, links=links) as span:
            yield span

    def publish(self, topic: str, event: str, key: str, body: Mapping[str, Any], *, cause: str | None = None) -> None:
        """Publish an event, inside a producer span; `cause` is the id of the message that led to it."""
        message_id = self.world.plan.luck(key, f"{event}/{self.world.now_ns()}").randbytes(16).hex()
        draft = Message(
            id=message_id, topic=topic, event=event, key=key, body=body, headers={},
            source=self.name, cause=cause or "",
        )  # fmt: skip
        self._send(draft, {} if cause is None else {"saga.causation.id": cause})

    def give_up(self, message: Message, topic: str, error: Exception) -> None:
        """Put a message on a dead-letter topic as it came, and say in its headers why, as Spring Kafka does."""
        why = {
            "kafka_dlt-original-topic": message.topic,
            "kafka_dlt-original-consumer-group": self.name,
            "kafka_dlt-exception-message": str(error),
        }
        letter = replace(message, topic=topic, headers={**message.headers, **why}, partition=None, offset=None)
        with attached(PROPAGATOR.extract(message.headers)):
            self._send(letter, {})

    def _send(self, draft: Message, more: Attributes) -> None:
        attributes = {**_message_attributes(self.world.bus_system, draft, "send"), **more}
        with self.signals.span(f"send {draft.topic}", SpanKind.PRODUCER, attributes):
            headers = dict(draft.headers)
            PROPAGATOR.inject(headers)
            self.world.publish(replace(draft, headers=headers))

    @contextmanager
    def serve(self, request: Request, step: str | None = None, **saga: AttributeValue) -> Iterator[Span]:
        """Answer a request inside a server span, of the step where there is one."""
        with self.serve_in(PROPAGATOR.extract(request.headers), request, step, **saga) as span:
            yield span

    @contextmanager
    def serve_in(
        self, context: Context, request: Request, step: str | None = None, **saga: AttributeValue
    ) -> Iterator[Span]:
        """Answer a request as `serve` does, in a context of the service's own making."""
        attributes: dict[str, AttributeValue] = {
            "http.request.method": "POST",
            "http.route": request.path,
            "url.path": request.path,
            "url.scheme": "http",
            "server.address": self.name,
            **_saga(saga),
        }
        if step is not None:
            attributes["saga.step"] = step
        with self.signals.span(f"POST {request.path}", SpanKind.SERVER, attributes, parent=context) as span:
            yield span

    def call(self, service: str, path: str, body: Mapping[str, Any], **saga: AttributeValue) -> Reply:
        """Call another service inside a client span. Raises Refusal for a status from 400 up."""
        attributes = {**_call_attributes(service, path), **_saga(saga)}
        with self.signals.span(f"POST {path}", SpanKind.CLIENT, attributes) as span:
            headers: dict[str, str] = {}
            PROPAGATOR.inject(headers)
            reply = self.world.call(service, Request(path=path, body=body, headers=headers))
            span.set_attribute("http.response.status_code", reply.status)
            if reply.status >= _REFUSED_FROM:
                raise Refusal(f"HTTP {reply.status} from {service}: {reply.body.get('detail', 'no detail')}")
            return reply

    def ask_outside(self, host: str, path: str, seconds: float, refusal: str | None = None) -> None:
        """Call a third party that is not part of the demo: time passes, and it may say no."""
        with self.signals.span(f"POST {path}", SpanKind.CLIENT, _call_attributes(host, path)) as span:
            self.world.sleep(seconds)
            if refusal is not None:
                raise Refusal(refusal)
            span.set_attribute("http.response.status_code", 200)

    def work(self, name: str, seconds: float, attributes: Attributes | None = None) -> None:
        """Do something inside the service, such as a query on its database."""
        with self.signals.span(name, SpanKind.CLIENT, {"db.system.name": "postgresql", **(attributes or {})}):
            self.world.sleep(seconds)

    def blink_s(self, transaction_id: str, what: str) -> float:
        """Give a small latency for one part of a transaction, mostly 15 to 60 milliseconds."""
        return min(self.world.plan.luck(transaction_id, what).lognormvariate(-3.5, 0.6), 0.6)

    def event(self, name: str, step: str, body: str, *, severity: str = "INFO", **saga: AttributeValue) -> None:
        """Write an event of the step; phase, attempt and such as saga.* attributes."""
        self.signals.event(name, body, {"saga.step": step, **_saga(saga)}, severity=severity)


@contextmanager
def carrying(transaction_id: str, saga: str) -> Iterator[Context]:
    """Put the business transaction's id and type into the baggage of what happens inside."""
    context = baggage.set_baggage("saga.name", saga, baggage.set_baggage("saga.id", transaction_id))
    with attached(context):
        yield context


@contextmanager
def attached(context: Context) -> Iterator[None]:
    """Let a context be the current one inside."""
    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def baggage_only(context: Context) -> Context:
    """Keep the baggage of a context and leave its trace."""
    kept = Context()
    for key, value in baggage.get_all(context).items():
        kept = baggage.set_baggage(key, value, kept)
    return kept


def _saga(attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    """Turn keyword arguments into attributes: alias_payment=... is saga.alias.payment."""
    return {f"saga.{key.replace('_', '.')}": value for key, value in attributes.items()}


def _message_attributes(system: str, message: Message, operation: str) -> dict[str, AttributeValue]:
    return {
        "messaging.system": system,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": message.topic,
        "messaging.message.id": message.id,
        "messaging.message.conversation_id": message.key,
        "messaging.message.body.size": len(json.dumps(message.body)),
        "event.type": message.event,
        **_kafka_place(message),
    }


def _kafka_place(message: Message) -> dict[str, AttributeValue]:
    if message.partition is None or message.offset is None:
        return {}
    return {"messaging.destination.partition.id": str(message.partition), "messaging.kafka.offset": message.offset}


def _call_attributes(host: str, path: str) -> dict[str, AttributeValue]:
    return {
        "http.request.method": "POST",
        "server.address": host,
        "url.template": path,
        "url.full": f"http://{host}{path}",
    }
