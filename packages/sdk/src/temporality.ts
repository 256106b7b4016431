/** Temporality preferences: the OpenTelemetry specification's table of instruments. */

/** As `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` has them. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

const PREFERENCES: readonly string[] = ['cumulative', 'delta', 'lowmemory'];
const DELTA = 0;
const CUMULATIVE = 1;

/** Instruments that are read as differences; up-down counters stay totals under every preference. */
const DELTA_INSTRUMENTS: Readonly<Record<TemporalityPreference, readonly string[]>> = {
  cumulative: [],
  delta: ['COUNTER', 'OBSERVABLE_COUNTER', 'HISTOGRAM'],
  lowmemory: ['COUNTER', 'HISTOGRAM'],
};

/** 0 delta or 1 cumulative, for an SDK instrument type as `COUNTER`. */
export function temporalityOf(preference: TemporalityPreference, instrumentType: string): 0 | 1 {
  return DELTA_INSTRUMENTS[preference].includes(instrumentType) ? DELTA : CUMULATIVE;
}

/** The preference a text names, in any case; undefined for anything else. */
export function parsePreference(text: string | undefined): TemporalityPreference | undefined {
  const name = text?.trim().toLowerCase() ?? '';
  return PREFERENCES.includes(name) ? (name as TemporalityPreference) : undefined;
}
