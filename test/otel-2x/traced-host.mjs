/** A traced service on the 2.x line of OpenTelemetry JS; see `own-spans-report.ts` of the otlp_http exporter. */
import { registerHooks } from 'node:module';
import * as api from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

// An installed package gets the API of its host, for it is a peer; from source it would get the one of this repository.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === '@opentelemetry/api' ? { ...context, parentURL: import.meta.url } : context),
});
const { reportOwnSpans } = await import('../../packages/exporters/otlp-http/test/own-spans-report.ts');
const spans = new InMemorySpanExporter();

await reportOwnSpans({
  api,
  tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  instrumentation: new HttpInstrumentation({ disableIncomingRequestInstrumentation: true }),
  finishedSpans: () => spans.getFinishedSpans(),
});
