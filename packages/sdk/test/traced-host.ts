/** The 3.x line of OpenTelemetry JS, for `traced-service.ts`. */
import * as api from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { asyncContext } from './async-context.ts';
import { reportOwnTelemetry } from './traced-service.ts';

const instrumentation = new HttpInstrumentation({ disableIncomingRequestInstrumentation: true });
await reportOwnTelemetry({
  api,
  contextManager: asyncContext(api.ROOT_CONTEXT),
  instrumentation,
  providers: ({ spanProcessors, metricReaders }) => ({
    tracers: new TracerProvider({ spanProcessors }),
    meters: new MeterProvider({ readers: metricReaders }),
  }),
});
