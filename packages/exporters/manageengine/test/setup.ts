/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { type Batch, batchFromRecords, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import { configureExporter, exporterFor, FAKE_EPOCH, hrTime } from '@telemetryflow/testkit';
import manageengine, { type ManageengineConfig } from '../src/index.ts';

export const KEY = 'K';

export type Block = Readonly<Record<string, unknown>>;

/** The decoded block, and the warnings about it. */
export async function configured(
  block: Block,
): Promise<{ readonly config: ManageengineConfig; readonly warnings: readonly string[] }> {
  const { config, warnings } = await configureExporter(manageengine, { api_key: KEY, ...block });
  return { config: config as ManageengineConfig, warnings };
}

/** What is wrong with a block; `''` for nothing. */
export async function problemsOf(block: Block): Promise<string> {
  try {
    await configureExporter(manageengine, block);
    return '';
  } catch (error) {
    return String(error);
  }
}

export interface EncodedBatch {
  readonly payloads: readonly Payload[];
  readonly drops: readonly Undeliverable[];
}

/** What the encoder of a block makes of records. */
export async function encoderOf<S extends Signal>(
  signal: S,
  block: Block = {},
): Promise<(records: readonly RecordOf[S][]) => EncodedBatch> {
  const exporter = await exporterFor(manageengine, { api_key: KEY, ...block }, signal);
  return (records) => {
    const payloads: Payload[] = [];
    const drops: Undeliverable[] = [];
    const batch = batchFromRecords(signal, records) as Batch;
    for (const each of exporter.encode(batch, { now: FAKE_EPOCH, id: 'batch', mode: undefined })) {
      if (each === undefined) continue;
      if ('dropped' in each) drops.push(each);
      else payloads.push(each);
    }
    return { payloads, drops };
  };
}

export async function encoded<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Block = {},
): Promise<EncodedBatch> {
  return (await encoderOf(signal, block))(records);
}

/** The record of the golden examples, and what differs from it. */
export function record(differs: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: hrTime(FAKE_EPOCH),
    hrTimeObserved: [0, 0],
    severityNumber: 17,
    body: 'payment failed',
    resource: { attributes: { 'service.name': 'shop', 'host.name': 'web-1' } },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...differs,
  };
}
