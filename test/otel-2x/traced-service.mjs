/** A service on the 2.x line of OpenTelemetry JS, on the parts of `fromConfig`; see `traced-service.ts` of the sdk. */
import { registerHooks } from 'node:module';
import * as api from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

// An installed package gets the API of its host, for it is a peer; from source it would get the one of this repository.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === '@opentelemetry/api' ? { ...context, parentURL: import.meta.url } : context),
});
const { asyncContext } = await import('../../packages/sdk/test/async-context.ts');
const { reportOwnTelemetry } = await import('../../packages/sdk/test/traced-service.ts');

await reportOwnTelemetry({
  api,
  contextManager: asyncContext(api.ROOT_CONTEXT),
  instrumentation: new HttpInstrumentation({ disableIncomingRequestInstrumentation: true }),
  providers: ({ spanProcessors, metricReaders }) => ({
    tracers: new BasicTracerProvider({ spanProcessors }),
    meters: new MeterProvider({ readers: metricReaders }),
  }),
});
