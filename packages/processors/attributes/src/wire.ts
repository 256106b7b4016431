/** The way of a batch that came as bytes: constant actions for all items change them without decoding any. */
import { type AttributeAction, type Batch, batchFromOtlp, concatBatches } from '@telemetryflow/kernel';
import {
  type AttributeEdit,
  type AttributeEdits,
  compileAttributeEdits,
  editItemAttributes,
} from '@telemetryflow/otlp';
import type { AttributesProcessorConfig } from './config.ts';

/** The configuration as edits of bytes; undefined when it has to read values or anything else of an item. */
export function compileEdits(config: AttributesProcessorConfig): AttributeEdits | undefined {
  if (config.include !== undefined || config.exclude !== undefined) return undefined;
  const edits: AttributeEdit[] = [];
  for (const action of config.actions) {
    const edit = constantEdit(action);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return compileAttributeEdits(edits);
}

function constantEdit({ key, action, value, from_attribute, pattern }: AttributeAction): AttributeEdit | undefined {
  if (key === undefined || from_attribute !== undefined) return undefined;
  switch (action) {
    case 'insert':
    case 'update':
    case 'upsert':
      // Of a deeper value, parts may have to be dropped and counted item by item.
      return typeof value === 'object' ? undefined : { key, action, value };
    case 'delete':
      return pattern === undefined ? { key, action } : undefined;
    default:
      return undefined;
  }
}

/** The batch with the edits made; the batch itself when no item changed. */
export function editBatch(batch: Batch, edits: AttributeEdits): Batch {
  const parts = batch.otlpParts();
  const changed = parts.map(({ bytes }) => editItemAttributes(batch.signal, bytes, edits));
  if (changed.every((bytes, i) => bytes === parts[i]?.bytes)) return batch;
  const [only] = changed;
  if (only !== undefined && changed.length === 1) return batchFromOtlp(batch.signal, only, batch.count);
  return concatBatches(
    batch.signal,
    changed.map((bytes, i) => batchFromOtlp(batch.signal, bytes, parts[i]?.items)),
  );
}
