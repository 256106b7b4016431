import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { deepFreeze, golden, logs } from '@telemetryflow/testkit';
import { logsEncoder, MAX_REQUEST_BYTES } from '../src/encode-logs.ts';

function encode(records: readonly LogRecord[]) {
  const batch = batchFromRecords('logs', deepFreeze(records));
  return [...logsEncoder()(batch, undefined as never)].filter((next) => next !== undefined);
}

function lines(records: readonly LogRecord[]): readonly string[] {
  const [payload, ...rest] = encode(records) as { body: unknown }[];
  assert.deepEqual(rest, []);
  return String(payload?.body).trimEnd().split('\n');
}

test('records become lines of JSON', () => {
  const text = lines(logs(2, { variety: 'plain' }));
  golden(import.meta.url, 'logs.ndjson').bytes(`${text.join('\n')}\n`);
});

test('every kind of value can be read back as JSON', () => {
  assert.deepEqual(
    lines(logs(40)).map((line) => JSON.parse(line).attributes['item.id']),
    Array.from({ length: 40 }, (_, index) => `item-${index}`),
  );
});

test('a batch beyond the limit is cut, and a record beyond it alone is dropped', () => {
  const [first, second, third] = logs(3, { variety: 'plain' });
  const large = (record: LogRecord | undefined, length: number): LogRecord => ({
    ...(record as LogRecord),
    body: 'x'.repeat(length),
  });
  const half = MAX_REQUEST_BYTES / 2;
  const found = encode([large(first, half), large(second, MAX_REQUEST_BYTES), large(third, half)]);
  assert.deepEqual(
    found.map((each) => ('dropped' in each ? { dropped: each.dropped, reason: each.reason } : { items: each.items })),
    [{ dropped: [1], reason: 'too_large' }, { items: [0] }, { items: [2] }],
  );
});
