/** A traced service on the 3.x line of OpenTelemetry JS; see `own-spans-report.ts`. */
import * as api from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { reportOwnSpans } from './own-spans-report.ts';

const spans = new InMemorySpanExporter();

reportOwnSpans({
  api,
  tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  instrumentation: new HttpInstrumentation({ disableIncomingRequestInstrumentation: true }),
  finishedSpans: () => spans.getFinishedSpans(),
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
