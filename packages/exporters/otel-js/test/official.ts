/** The official OTLP/HTTP exporters as guests of the pipeline: what a block says, and what reaches us of a backend. */
import { readFileSync } from 'node:fs';
import type { Signal } from '@telemetryflow/otlp';
import { type BackendProfile, type ContractEndpoint, OTLP_PROFILE } from '@telemetryflow/testkit';

const OFFICIAL = {
  traces: ['@opentelemetry/exporter-trace-otlp-http', 'OTLPTraceExporter'],
  metrics: ['@opentelemetry/exporter-metrics-otlp-http', 'OTLPMetricExporter'],
  logs: ['@opentelemetry/exporter-logs-otlp-http', 'OTLPLogExporter'],
} as const;

/** A block for the official exporter of a signal, which keeps no connection open and waits so long at most. */
export function officialBlock(
  signal: Signal,
  { url, caFile }: ContractEndpoint,
  timeoutMillis = 10_000,
): Readonly<Record<string, unknown>> {
  const [module, name] = OFFICIAL[signal];
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
  const httpAgentOptions = { keepAlive: false, ...ca };
  return { module, export: name, signal, options: { url: `${url}/v1/${signal}`, timeoutMillis, httpAgentOptions } };
}

const { throttle: _throttle, ...rest } = OTLP_PROFILE;

/**
 * An OTLP backend that says to come back in an hour where it cannot take a request now: the exporters of the SDK wait for
 * no such delay, but give up at once, so that it is the pipeline that tries again.
 */
export const OFFICIAL_PROFILE: BackendProfile = {
  ...rest,
  transient(request) {
    const refusal = OTLP_PROFILE.transient(request);
    return { ...refusal, headers: { ...refusal.headers, 'retry-after': '3600' } };
  },
};
