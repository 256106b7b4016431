/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { metrics } from '@opentelemetry/api';
import loki, { type LokiConfig } from '@telemetryflow/exporter-loki';
import {
  batchFromRecords,
  type Encoded,
  type Exporter,
  type Payload,
  type PluginLookup,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { FAKE_EPOCH, fakeClock, hrTime, type LokiEntry, readLokiPush } from '@telemetryflow/testkit';

export const plugins: PluginLookup = {
  find: async (kind, type) =>
    kind === 'exporter' && type === 'loki' ? loki : { problem: `no ${kind} ${type}`, hint: 'install it' },
  known: () => ['loki'],
};

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<LokiConfig> {
  const { config } = await resolveConfig([{ object: { exporters: { loki: block } } }], { plugins, env: {} });
  return config.exporters.get('loki')?.config as LokiConfig;
}

export async function instanceOf(block: Readonly<Record<string, unknown>>): Promise<Exporter> {
  const log = (): undefined => undefined;
  return loki.create(await configOf({ endpoint: 'http://127.0.0.1:3100', ...block }), {
    id: 'loki',
    dataSignal: 'logs',
    logger: { error: log, warn: log, info: log, debug: log },
    clock: fakeClock(),
    meter: metrics.getMeter('test'),
    status: { ok: log, recoverable: log, permanent: log },
    signal: new AbortController().signal,
    extension: () => undefined,
  });
}

export const TIME: LogRecord['hrTime'] = hrTime(FAKE_EPOCH);

/** A record with nothing but what is named. */
export function record(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    resource: { attributes: { 'service.name': 'checkout' } },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
}

export interface Body {
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Everything encode yields for these records. */
export async function encodeAll(
  block: Readonly<Record<string, unknown>>,
  records: readonly LogRecord[],
  { now = FAKE_EPOCH, mode }: { now?: number; mode?: unknown } = {},
): Promise<Exclude<Encoded<Body>, undefined>[]> {
  const exporter = await instanceOf({ compression: 'none', ...block });
  const yielded = [...exporter.encode(batchFromRecords('logs', records), { now, id: 'b', mode })] as Encoded<Body>[];
  return yielded.filter((each) => each !== undefined);
}

export function payloadsOf(encoded: readonly Exclude<Encoded<Body>, undefined>[]): Payload<Body>[] {
  return encoded.filter((each): each is Payload<Body> => 'body' in each);
}

/** The entries of a payload, by the reader of the fake Loki. */
export function entriesOf(payload: Payload<Body>, type = 'application/x-protobuf'): LokiEntry[] {
  const body = Buffer.from(payload.body.body);
  return readLokiPush({
    index: 0,
    method: 'POST',
    path: '/loki/api/v1/push',
    headers: { 'content-type': type, ...payload.body.headers },
    raw: body,
    body,
    text: () => body.toString(),
    json: () => JSON.parse(body.toString()) as unknown,
  });
}

/** The entry of one record. */
export async function entryOf(
  parts: Partial<LogRecord>,
  block: Readonly<Record<string, unknown>> = {},
  options: { mode?: unknown } = {},
): Promise<LokiEntry> {
  const [payload] = payloadsOf(await encodeAll(block, [record(parts)], options));
  const [entry] = payload === undefined ? [] : entriesOf(payload);
  if (entry === undefined) throw new Error('nothing was encoded');
  return entry;
}
