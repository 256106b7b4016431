/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { metrics } from '@opentelemetry/api';
import {
  batchFromRecords,
  type Encoded,
  type Exporter,
  type Payload,
  type PluginLookup,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { fakeClock } from '@telemetryflow/testkit';
import newrelic, { type NewrelicConfig } from '../src/index.ts';
import type { Losses } from '../src/losses.ts';

export const KEY = '0123456789abcdef0123456789abcdef0123NRAL';

export const plugins: PluginLookup = {
  find: async (kind, type) =>
    kind === 'exporter' && type === 'newrelic' ? newrelic : { problem: `no ${kind} ${type}`, hint: 'install it' },
  known: () => ['newrelic'],
};

/** The decoded block, and the warnings about it. */
export async function resolved(
  block: Readonly<Record<string, unknown>>,
): Promise<{ config: NewrelicConfig; warnings: string }> {
  const { config, warnings } = await resolveConfig([{ object: { exporters: { newrelic: block } } }], {
    plugins,
    env: {},
  });
  return {
    config: config.exporters.get('newrelic')?.config as NewrelicConfig,
    warnings: warnings.map(({ message }) => message).join('\n'),
  };
}

export async function configOf(block: Readonly<Record<string, unknown>> = {}): Promise<NewrelicConfig> {
  return (await resolved({ license_key: KEY, ...block })).config;
}

export async function instanceOf(signal: Signal, block: Readonly<Record<string, unknown>> = {}): Promise<Exporter> {
  const log = (): undefined => undefined;
  return newrelic.create(await configOf(block), {
    id: 'newrelic',
    dataSignal: signal,
    logger: { error: log, warn: log, info: log, debug: log },
    clock: fakeClock(),
    meter: metrics.getMeter('test'),
    status: { ok: log, recoverable: log, permanent: log },
    signal: new AbortController().signal,
    extension: () => undefined,
  });
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
