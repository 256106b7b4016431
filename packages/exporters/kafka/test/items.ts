/** Ids of the items in OTLP values, by protobufjs and the official definitions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '@telemetryflow/otlp';
import protobuf from 'protobufjs';

const file = join(import.meta.dirname, '../../../otlp/test/proto/otlp.proto');
const root = protobuf.parse(readFileSync(file, 'utf8')).root;

/** The OTLP message of a signal. */
export const OTLP: { readonly [S in Signal]: protobuf.Type } = {
  traces: root.lookupType('ExportTraceServiceRequest'),
  metrics: root.lookupType('ExportMetricsServiceRequest'),
  logs: root.lookupType('ExportLogsServiceRequest'),
};

/** The attribute `item.id` of every item. */
export function otlpItemIds(signal: Signal, value: Buffer): string[] {
  return idsIn(OTLP[signal].toObject(OTLP[signal].decode(value), { longs: String }));
}

/** The attribute `item.id` of everything inside. */
export function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { key, value: inner } = value as { readonly key?: unknown; readonly value?: { readonly stringValue?: string } };
  if (key === 'item.id') return [String(inner?.stringValue)];
  return Object.values(value).flatMap(idsIn);
}
