/**
 * Our own sends are not traced by the host. The context key is the OTel SDK's, made the way its `suppressTracing`
 * makes it: keys of the API are `Symbol.for`, so it is the same one without importing the SDK. The root context is
 * taken rather than the active one: a send belongs to no request of the host, and must not keep one alive.
 */
import type { Context } from '@opentelemetry/api';
import { loadedApi } from '../telemetry/api.ts';

let suppressed: Context | undefined;

/** Run `work` where instrumentation makes no spans. Before a start there is no API, and nothing that sends. */
export function withoutTracing<T>(work: () => T): T {
  const api = loadedApi();
  if (api === undefined) return work();
  suppressed ??= api.ROOT_CONTEXT.setValue(
    api.createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
    true,
  );
  return api.context.with(suppressed, work);
}
