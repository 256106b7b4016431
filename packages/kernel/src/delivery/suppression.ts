/**
 * Our own sends are not traced by the host. The context key is the OTel SDK's, made the way its `suppressTracing`
 * makes it: keys of the API are `Symbol.for`, so it is the same one without importing the SDK. The root context is
 * taken rather than the active one: a send belongs to no request of the host, and must not keep one alive.
 */
import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

let suppressed: Context | undefined;

/** Run `work` where instrumentation makes no spans. */
export function withoutTracing<T>(work: () => T): T {
  suppressed ??= ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
  return context.with(suppressed, work);
}
