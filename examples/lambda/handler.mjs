// The handler of a function. What is outside of it runs once per instance, at its cold start.
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { flushAfter, fromConfig } from '@telemetryflow/sdk';

const endpoint = process.env.OTLP_ENDPOINT ?? 'http://localhost:4318';
const telemetry = fromConfig({ exporters: { otlp_http: { endpoint, service_name: 'orders' } } });
const tracer = new TracerProvider({ spanProcessors: telemetry.spanProcessors }).getTracer('orders');
const meter = new MeterProvider({ readers: telemetry.metricReaders }).getMeter('orders');
const orders = meter.createCounter('orders.placed', { unit: '{order}' });

export const handler = flushAfter(telemetry, async (event, context) => {
  const span = tracer.startSpan('place order', { attributes: { 'faas.invocation_id': context.awsRequestId } });
  orders.add(1);
  span.end();
  return { statusCode: 201, body: JSON.stringify({ order: event.order }) };
});
