/**
 * Edits of attributes, compiled: what a list of edits means for one map depends on each key being there or not, so
 * per key it comes down to what takes the place of an attribute that is there and what is added where there is none.
 */
import { writeAttributes } from '../proto/write-values.ts';
import { written } from '../proto/writer.ts';
import type { AttributeValue } from '../records.ts';

/**
 * One edit: `insert` sets the value where the key is absent, `update` where it is present, `upsert` in any case,
 * `delete` takes the attribute away. An absent `value` is an attribute without value.
 */
export interface AttributeEdit {
  readonly key: string;
  readonly action: 'insert' | 'update' | 'upsert' | 'delete';
  readonly value?: AttributeValue;
}

/** All edits of one key. Values are KeyValue messages with their length in front and no tag. */
export interface KeyEdit {
  readonly index: number;
  readonly key: Uint8Array;
  /** False when an attribute that is there stays as it is. */
  readonly replaces: boolean;
  readonly ifPresent: Uint8Array | undefined;
  readonly ifAbsent: Uint8Array | undefined;
}

/** Edits for {@link editItemAttributes}, made once and used for any number of requests. */
export interface AttributeEdits {
  readonly all: readonly KeyEdit[];
  /** The same by the length of their keys in bytes. */
  readonly byKeyLength: readonly (readonly KeyEdit[])[];
}

/**
 * Compiles edits that run one after the other. Values are written as `encode` writes them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compileAttributeEdits, decode, editItemAttributes } from '@telemetryflow/otlp';
 * import type { AttributeEdit, AttributeEdits } from '@telemetryflow/otlp';
 *
 * const list: AttributeEdit[] = [
 *   { key: 'user.email', action: 'delete' },
 *   { key: 'env', action: 'insert', value: 'production' },
 * ];
 * const edits: AttributeEdits = compileAttributeEdits(list);
 * const request = Buffer.from('0a06' + '1204' + '1202' + '2a00', 'hex'); // one span, with nothing but an empty name
 * const [span] = decode('traces', editItemAttributes('traces', request, edits));
 * assert.equal(span?.attributes['env'], 'production');
 * ```
 */
export function compileAttributeEdits(edits: readonly AttributeEdit[]): AttributeEdits {
  const all = [...Map.groupBy(edits, ({ key }) => key).values()].map(compileKey);
  const longest = all.reduce((most, { key }) => Math.max(most, key.length), -1);
  const byKeyLength = Array.from({ length: longest + 1 }, (_, length) =>
    all.filter(({ key }) => key.length === length),
  );
  return { all, byKeyLength };
}

/** What has become of an attribute: `kept` as it came, gone, or these bytes. */
type Outcome = 'kept' | undefined | Uint8Array;

function compileKey(edits: readonly AttributeEdit[], index: number): KeyEdit {
  let ifPresent: Outcome = 'kept';
  let ifAbsent: Outcome;
  for (const { key, action, value } of edits) {
    if (action === 'delete') {
      ifPresent = undefined;
      ifAbsent = undefined;
      continue;
    }
    const encoded = encodeKeyValue(key, value);
    const applies = (before: Outcome): boolean =>
      action === 'upsert' || (action === 'update') === (before !== undefined);
    if (applies(ifPresent)) ifPresent = encoded;
    if (applies(ifAbsent)) ifAbsent = encoded;
  }
  const replaces = ifPresent !== 'kept';
  return {
    index,
    key: Buffer.from(edits[0]?.key ?? ''),
    replaces,
    ifPresent: ifPresent === 'kept' ? undefined : ifPresent,
    ifAbsent: ifAbsent === 'kept' ? undefined : ifAbsent,
  };
}

/** Data points are the items that lie deepest: their attributes are level 6. */
const DEPTH = 6;

function encodeKeyValue(key: string, value: AttributeValue): Uint8Array {
  return written((writer) => {
    writer.ensure(0);
    writeAttributes(writer, 0x0a, { [key]: value }, DEPTH);
  }).subarray(1);
}
