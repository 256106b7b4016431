/** `raw`: the body of a log record and nothing else, one record each. */
import type { Batch } from '@telemetryflow/kernel';
import { type AttributeValue, toPlainJson } from '@telemetryflow/otlp';
import { groupRecordsByKey, identify } from './group.ts';
import type { KeyRule } from './partition-key.ts';
import { type Encodings, PAUSE_EVERY, tooLarge, type ValueLimits } from './value.ts';

/** Attributes and resource are discarded: readers asked for the text of the log. */
export function* encodeRaw(batch: Batch<'logs'>, rule: KeyRule, host: string, limits: ValueLimits): Encodings {
  let turn = 0;
  for (const [key, { records, items }] of groupRecordsByKey(batch, rule, host)) {
    const most = limits.most(key);
    for (const [index, { body }] of records.entries()) {
      const item = items[index] ?? 0;
      const value = rawBody(body);
      if (value.length > most) yield tooLarge(item, value.length, most, identify(batch, item));
      else yield { key, value, items: { from: item, to: item + 1 } };
      if (++turn % PAUSE_EVERY === 0) yield undefined;
    }
  }
}

function rawBody(body: AttributeValue): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  return body === undefined || body === null ? Buffer.alloc(0) : Buffer.from(JSON.stringify(toPlainJson(body)));
}
