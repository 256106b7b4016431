/**
 * Texts of records that are no strings: JavaScript may put a number, null or nothing where a name belongs. Exporters
 * are written for strings, and one nameless span would cost its whole batch.
 */
import type { LogRecord, RecordOf, ResourceMetricsRecord, ScopeRecord, Signal, SpanRecord } from '@telemetryflow/otlp';

/** True when every name, message, unit and the like is a string, or is absent where the record may leave it out. */
export function hasOnlyTexts<S extends Signal>(signal: S, records: readonly RecordOf[S][]): boolean {
  switch (signal) {
    case 'traces':
      return everyOf(records as readonly SpanRecord[], isNamedSpan);
    case 'metrics':
      return (records as readonly ResourceMetricsRecord[]).every(isNamedMetrics);
    default:
      return everyOf(records as readonly LogRecord[], isNamedLog);
  }
}

function everyOf<T extends SpanRecord | LogRecord>(records: readonly T[], isNamed: (record: T) => boolean): boolean {
  let scope: ScopeRecord | undefined;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as T;
    if (!isNamed(record)) return false;
    if (record.instrumentationScope === scope) continue;
    scope = record.instrumentationScope;
    if (!isNamedScope(scope)) return false;
  }
  return true;
}

function isNamedSpan({ name, status, events }: SpanRecord): boolean {
  if (typeof name !== 'string' || !isTextOrAbsent(status.message)) return false;
  for (let i = 0; i < events.length; i++) if (typeof events[i]?.name !== 'string') return false;
  return true;
}

function isNamedLog({ severityText, eventName }: LogRecord): boolean {
  return isTextOrAbsent(severityText) && isTextOrAbsent(eventName);
}

function isNamedMetrics({ scopeMetrics }: ResourceMetricsRecord): boolean {
  return scopeMetrics.every(
    ({ scope, metrics }) =>
      isNamedScope(scope) &&
      metrics.every(
        ({ descriptor: { name, unit, description } }) =>
          typeof name === 'string' && typeof unit === 'string' && typeof description === 'string',
      ),
  );
}

function isNamedScope({ name, version }: ScopeRecord): boolean {
  return typeof name === 'string' && isTextOrAbsent(version);
}

function isTextOrAbsent(text: string | undefined): boolean {
  return text === undefined || typeof text === 'string';
}
