/** A configured exporter as the pipeline makes it, without the delivery chain. */
import elasticsearch, { type ElasticsearchConfig } from '@telemetryflow/exporter-elasticsearch';
import { batchFromRecords, type Encoded, type Exporter, type Logger, type Payload } from '@telemetryflow/kernel';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import { configureExporter, exporterFor, FAKE_EPOCH, hrTime } from '@telemetryflow/testkit';
import type { BulkMessage } from '../src/bulk.ts';

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<ElasticsearchConfig> {
  return (await configureExporter(elasticsearch, block)).config as ElasticsearchConfig;
}

const silent = (): undefined => undefined;
export const quiet: Logger = { error: silent, warn: silent, info: silent, debug: silent };

export function instanceOf(block: Readonly<Record<string, unknown>>, signal: Signal = 'logs'): Promise<Exporter> {
  return exporterFor(elasticsearch, { endpoints: ['http://127.0.0.1:9200'], ...block }, signal);
}

export const TIME: LogRecord['hrTime'] = hrTime(FAKE_EPOCH);

/** A log record with nothing but what is named. */
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

export interface EncodeOptions {
  readonly now?: number;
  readonly mode?: unknown;
  readonly id?: string;
  readonly exporter?: Exporter;
}

/** Everything encode yields for these records. */
export async function encodeAll<S extends Signal>(
  block: Readonly<Record<string, unknown>>,
  signal: S,
  records: readonly RecordOf[S][],
  { now = FAKE_EPOCH, mode, id = 'b', exporter }: EncodeOptions = {},
): Promise<Exclude<Encoded<BulkMessage>, undefined>[]> {
  const used = exporter ?? (await instanceOf(block, signal));
  const yielded = [...used.encode(batchFromRecords(signal, records), { now, id, mode })] as Encoded<BulkMessage>[];
  return yielded.filter((each) => each !== undefined);
}

export function payloadsOf(encoded: readonly Exclude<Encoded<BulkMessage>, undefined>[]): Payload<BulkMessage>[] {
  return encoded.filter((each): each is Payload<BulkMessage> => 'body' in each);
}

/** The lines of all payloads. */
export function linesOf(payloads: readonly Payload<BulkMessage>[]): string[] {
  return payloads.flatMap(({ body }) => Buffer.from(body.body).toString('utf8').split('\n').slice(0, -1));
}

/** Action lines and sources of these records, as text. */
export async function lines<S extends Signal>(
  block: Readonly<Record<string, unknown>>,
  signal: S,
  records: readonly RecordOf[S][],
  options: EncodeOptions = {},
): Promise<string[]> {
  return linesOf(payloadsOf(await encodeAll(block, signal, records, options)));
}

type Json = Readonly<Record<string, unknown>>;

/** Actions and sources of these records, parsed. */
export async function documents<S extends Signal>(
  block: Readonly<Record<string, unknown>>,
  signal: S,
  records: readonly RecordOf[S][],
  options: EncodeOptions = {},
): Promise<{ readonly create: Json; readonly source: Json }[]> {
  const all = (await lines(block, signal, records, options)).map((line) => JSON.parse(line) as Json);
  const found: { create: Json; source: Json }[] = [];
  for (let i = 0; i < all.length; i += 2) {
    found.push({ create: all[i]?.['create'] as Json, source: all[i + 1] ?? {} });
  }
  return found;
}
