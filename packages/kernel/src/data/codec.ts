// temporary seam while the codec is not there

import type { RecordOf, ResourceRecord, Signal } from '@telemetryflow/otlp';
import * as wire from '@telemetryflow/otlp';
import type { Items } from '../component/outcome.ts';

const o = wire as unknown as Record<string, (...args: unknown[]) => unknown>;
export function decode<S extends Signal>(signal: S, bytes: Uint8Array): readonly RecordOf[S][] {
  return o['decode']?.(signal, bytes) as RecordOf[S][];
}
export function encode<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Uint8Array {
  return o['encode']?.(signal, records) as Uint8Array;
}
export function estimateBytes<S extends Signal>(_signal: S, records: readonly RecordOf[S][]): number {
  return records.length * 100;
}
export function countRecords<S extends Signal>(signal: S, records: readonly RecordOf[S][]): number {
  if (signal !== 'metrics') return records.length;
  let n = 0;
  for (const r of records)
    for (const s of (r as RecordOf['metrics']).scopeMetrics) for (const m of s.metrics) n += m.dataPoints.length;
  return n;
}
export function selectRecords<S extends Signal>(
  _signal: S,
  records: readonly RecordOf[S][],
  items: Items,
): readonly RecordOf[S][] {
  return Array.isArray(items)
    ? items.map((i) => records[i] as RecordOf[S])
    : records.slice((items as { from: number }).from, (items as { to: number }).to);
}
export function mapResources(
  signal: Signal,
  bytes: Uint8Array,
  change: (r: ResourceRecord) => ResourceRecord,
): Uint8Array {
  return o['mapResources']?.(signal, bytes, change) as Uint8Array;
}
