/** An application on the 3.x line of OpenTelemetry JS: one trace, one metric, one log over OTLP/HTTP. */
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const base = process.argv[2];
const resource = resourceFromAttributes({ 'service.name': 'app-3x' });
const tracers = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${base}/v1/traces` }) })],
});
const meters = new MeterProvider({
  resource,
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }) })],
});
const loggers = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${base}/v1/logs` }) })],
});

const span = tracers.getTracer('app').startSpan('checkout-3x', { attributes: { 'cart.items': 3 } });
span.addEvent('paid');
span.end();
meters.getMeter('app').createCounter('orders_3x', { unit: '{order}' }).add(2, { shop: 'a' });
loggers
  .getLogger('app')
  .emit({ severityNumber: 9, severityText: 'INFO', body: 'order taken 3x', attributes: { id: 7 } });

for (const provider of [tracers, meters, loggers]) await provider.shutdown();
console.log('sent');
