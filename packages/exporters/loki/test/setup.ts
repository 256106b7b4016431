/** A configured exporter as the pipeline makes it, without the delivery chain. */
import loki, { type LokiConfig } from '@telemetryflow/exporter-loki';
import { batchFromRecords, type Encoded, type Payload } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import {
  configureExporter,
  exporterFor,
  FAKE_EPOCH,
  hrTime,
  type LokiEntry,
  readLokiPush,
} from '@telemetryflow/testkit';

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<LokiConfig> {
  return (await configureExporter(loki, block)).config as LokiConfig;
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
  const all = { endpoint: 'http://127.0.0.1:3100', compression: 'none', ...block };
  const exporter = await exporterFor(loki, all, 'logs');
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
