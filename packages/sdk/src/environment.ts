/** The environment variables of the OpenTelemetry specification that the bridge itself obeys. */
import { parsePreference, type TemporalityPreference } from './temporality.ts';

/** `process.env`, or a stand-in. */
export type Variables = Readonly<Record<string, string | undefined>>;

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 30_000;

/** `OTEL_SDK_DISABLED=true`, in any case; every other value leaves the SDK on. */
export function sdkDisabled(variables: Variables): boolean {
  return variables['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
}

export interface MetricSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly temporality: TemporalityPreference | undefined;
}

/** When and how metrics are collected: what code says, else the environment, else the specification's default. */
export function metricSettings(
  variables: Variables,
  given: { readonly metricInterval?: number; readonly temporality?: TemporalityPreference },
): MetricSettings {
  const intervalMs = given.metricInterval ?? milliseconds(variables['OTEL_METRIC_EXPORT_INTERVAL']) ?? INTERVAL_MS;
  return {
    intervalMs,
    timeoutMs: Math.min(intervalMs, milliseconds(variables['OTEL_METRIC_EXPORT_TIMEOUT']) ?? TIMEOUT_MS),
    temporality: given.temporality ?? parsePreference(variables['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE']),
  };
}

/** A positive number of milliseconds; anything else counts as not set, as the specification wants it. */
export function milliseconds(text: string | undefined): number | undefined {
  const number = Number(text?.trim() || Number.NaN);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}
