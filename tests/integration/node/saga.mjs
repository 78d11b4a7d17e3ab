// One order as three services tell it with the Node SDK: `saga.mjs PROTOCOL TRANSACTION NOON_NS`.
//
// PROTOCOL is grpc, http/json or http/protobuf; where to and with which compression is said by OTEL_EXPORTER_OTLP_*.
// tests/integration/python/saga.py tells the same story, and tests/integration/story.py says what is to come of it.

import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcSpanExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonSpanExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoSpanExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const EXPORTERS = {
  grpc: [GrpcSpanExporter, GrpcLogExporter],
  'http/json': [JsonSpanExporter, JsonLogExporter],
  'http/protobuf': [ProtoSpanExporter, ProtoLogExporter],
};
const NANOS = 1_000_000_000n;
const [protocol, transaction, noon] = process.argv.slice(2);

propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
);

function setUp(name) {
  const [SpanExporter, LogExporter] = EXPORTERS[protocol];
  const resource = resourceFromAttributes({ 'service.name': name });
  const spans = new BasicTracerProvider({
    resource,
    spanProcessors: [
      new BaggageSpanProcessor((key) => key.startsWith('saga.')),
      new BatchSpanProcessor(new SpanExporter()),
    ],
  });
  const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new LogExporter() })] });
  return { tracer: spans.getTracer('shop'), logger: logs.getLogger('shop'), providers: [spans, logs] };
}

// A time of the story, as seconds and nanoseconds.
function at(seconds) {
  const nanos = BigInt(noon) + BigInt(Math.round(seconds * 1e9));
  return [Number(nanos / NANOS), Number(nanos % NANOS)];
}

function step(service, name, kind, [start, end], within, { error, ...saga } = {}) {
  const attributes = { 'saga.step': name };
  for (const [key, value] of Object.entries(saga)) attributes[`saga.${key}`] = value;
  const span = service.tracer.startSpan(name, { kind, attributes, startTime: at(start) }, within);
  if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(at(end));
}

function tell(order, inventory, payment) {
  const business = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'saga.id': { value: transaction } }));
  const place = { 'saga.step': 'place-order', 'saga.name': 'order-fulfilment' };
  const root = order.tracer.startSpan(
    'POST /orders',
    { kind: SpanKind.SERVER, attributes: place, startTime: at(0) },
    business,
  );
  const here = trace.setSpan(business, root);
  const headers = {};
  propagation.inject(here, headers);
  const there = propagation.extract(ROOT_CONTEXT, headers);

  const error = 'no answer from the warehouse';
  step(inventory, 'reserve-inventory', SpanKind.CONSUMER, [1, 2], there, { error, attempt: 1 });
  step(inventory, 'reserve-inventory', SpanKind.CONSUMER, [3, 4], there, { attempt: 2 });
  step(payment, 'capture-payment', SpanKind.CONSUMER, [5, 6], there);
  step(order, 'book-courier', SpanKind.INTERNAL, [7, 8], here, { error: 'no courier' });
  step(payment, 'refund-payment', SpanKind.CONSUMER, [9, 9.5], there, { compensates: 'capture-payment' });

  const started = { 'saga.step': 'notify-customer', 'saga.phase': 'started' };
  order.logger.emit({ timestamp: at(11), eventName: 'notification.requested', attributes: started, context: here });
  order.logger.emit({
    timestamp: at(12),
    severityText: 'INFO',
    severityNumber: SeverityNumber.INFO,
    body: 'mail queued',
    context: here,
  });
  root.end(at(10));
}

const services = ['order', 'inventory', 'payment'].map(setUp);
tell(...services);
await Promise.all(services.flatMap((service) => service.providers).map((provider) => provider.shutdown()));
