/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { batchFromRecords, type Encoded, type Exporter, type Payload } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { configureExporter, exporterFor } from '@telemetryflow/testkit';
import newrelic, { type NewrelicConfig } from '../src/index.ts';
import type { Losses } from '../src/losses.ts';

export const KEY = '0123456789abcdef0123456789abcdef0123NRAL';

/** The decoded block, and the warnings about it. */
export async function resolved(
  block: Readonly<Record<string, unknown>>,
): Promise<{ config: NewrelicConfig; warnings: string }> {
  const { config, warnings } = await configureExporter(newrelic, block);
  return { config: config as NewrelicConfig, warnings: warnings.join('\n') };
}

export async function configOf(block: Readonly<Record<string, unknown>> = {}): Promise<NewrelicConfig> {
  return (await resolved({ license_key: KEY, ...block })).config;
}

export function instanceOf(signal: Signal, block: Readonly<Record<string, unknown>> = {}): Promise<Exporter> {
  return exporterFor(newrelic, { license_key: KEY, ...block }, signal);
}

export interface Body {
  readonly body: Uint8Array;
  readonly losses: Losses;
}

/** Everything encode yields for these records. */
export async function encodeAll<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  { now = WINDOW.endMs, mode, ...block }: { now?: number; mode?: unknown; [option: string]: unknown } = {},
): Promise<Exclude<Encoded<Body>, undefined>[]> {
  const exporter = await instanceOf(signal, block);
  const yielded = [...exporter.encode(batchFromRecords(signal, records), { now, id: 'b', mode })] as Encoded<Body>[];
  return yielded.filter((each) => each !== undefined);
}

export function payloadsOf(encoded: readonly Exclude<Encoded<Body>, undefined>[]): Payload<Body>[] {
  return encoded.filter((each): each is Payload<Body> => 'body' in each);
}

/** The one request of these records, as parsed JSON. */
export async function requestOf<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const [payload, ...others] = payloadsOf(await encodeAll(signal, records, { protocol: 'api', ...options }));
  if (payload === undefined || others.length > 0) throw new Error(`${others.length + 1} requests`);
  return JSON.parse(Buffer.from(payload.body.body).toString());
}

/** The window of the golden examples. */
export const WINDOW = { startMs: 1_700_000_000_000, endMs: 1_700_000_010_000 } as const;
export const RESOURCE = { attributes: { 'service.name': 'checkout', 'host.name': 'web-1' } };
export const SCOPE = { name: 'shop', version: '1.2.0' };
export const TRACE_ID = '5b8efff798038103d269b633813fc60c';
export const SPAN_ID = 'eee19b7ec3c1b174';
