/** Turns batches of log records into bulk requests. */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { BulkBuilder, type BulkMessage } from './bulk.ts';
import { action, chosenId, chosenIndex, DocumentParts, isKnown } from './document.ts';
import { ecsLog } from './ecs.ts';
import type { EncodingOptions } from './encoding.ts';
import { JsonValues } from './json-text.ts';
import { longestText, modeOf } from './mode.ts';
import { otelLog } from './otel-log.ts';
import { timeOfMillis } from './timestamp.ts';

/** Records between two turns of the event loop. */
const TURN = 256;

export function* encodeLogs(
  batch: Batch<'logs'>,
  { now, id, mode }: EncodeContext,
  { config, targets, ids }: EncodingOptions,
): Generator<Encoded<BulkMessage>> {
  const cluster = modeOf(mode);
  const target = targets.logs;
  const parts = new DocumentParts(new JsonValues(longestText(cluster)));
  const bulk = new BulkBuilder({ flushBytes: config.flush_bytes, batchId: id, identified: true, mode: cluster });
  const idOf = config.document_id === 'auto' ? ids.of(id) : () => undefined;
  const stream = target.stream?.field ?? '';
  const present = timeOfMillis(now);
  const records = batch.records();
  for (let item = 0; item < records.length; item++) {
    const record = records[item];
    if (record === undefined) continue;
    const { attributes, resource } = record;
    const time = isKnown(record.hrTime)
      ? record.hrTime
      : isKnown(record.hrTimeObserved)
        ? record.hrTimeObserved
        : present;
    const chosen = chosenIndex(attributes) ?? chosenIndex(resource.attributes);
    const index = chosen ?? target.index(time, now);
    const line = action(index, chosenId(attributes) ?? idOf(record));
    const source =
      config.mapping === 'ecs' ? ecsLog(record, time, parts, stream) : otelLog(record, time, parts, stream);
    const full = bulk.add({ lines: [line, source], items: item, index, chosen: chosen !== undefined });
    if (full !== undefined) yield full;
    if (item % TURN === TURN - 1) yield undefined;
  }
  const last = bulk.close();
  if (last !== undefined) yield last;
}
