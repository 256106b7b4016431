/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { batchFromRecords, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import { configureExporter, FAKE_EPOCH, hrTime, throughEncoder } from '@telemetryflow/testkit';
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

export async function encoded<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Block = {},
  now: number = FAKE_EPOCH,
): Promise<{ readonly payloads: readonly Payload[]; readonly drops: readonly Undeliverable[] }> {
  return throughEncoder(manageengine, { api_key: KEY, ...block }, batchFromRecords(signal, records) as never, { now });
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
