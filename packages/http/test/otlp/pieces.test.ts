import { expect, test } from '@jest/globals';
import { batchFromOtlp, concatBatches } from '@telemetryflow/kernel';
import { encode, merge } from '@telemetryflow/otlp';
import { spans, startBackend } from '@telemetryflow/testkit';
import { createHttpClient } from '../../src/client.ts';
import { encodeOtlpPieces } from '../../src/otlp/encode.ts';

const parts = [encode('traces', spans(5)), encode('traces', spans(7, { from: 5 }))];
const batch = concatBatches(
  'traces',
  parts.map((bytes) => batchFromOtlp('traces', bytes)),
);

test('a batch that fits goes out in the pieces it came in', () => {
  const [payload, ...rest] = [...encodeOtlpPieces(batch, 1_000_000)];
  expect(rest).toEqual([]);
  expect(payload).toEqual({ body: parts, items: { from: 0, to: 12 } });
});

test('a batch that does not fit goes out in requests of as many pieces as fit, none of them copied', () => {
  const three = [...parts, encode('traces', spans(3, { from: 12 }))];
  const whole = concatBatches(
    'traces',
    three.map((bytes) => batchFromOtlp('traces', bytes)),
  );
  const payloads = [...encodeOtlpPieces(whole, merge(parts).length)];
  expect(payloads).toEqual([
    { body: parts, items: { from: 0, to: 12 } },
    { body: three[2], items: { from: 12, to: 15 } },
  ]);
});

test('a piece that alone does not fit is cut, and its items keep their numbers in the batch', () => {
  const payloads = [...encodeOtlpPieces(batch, (parts[1]?.length ?? 0) - 1)];
  const items = payloads.map((each) => (each !== undefined && 'items' in each ? each.items : undefined));
  expect(items[0]).toEqual({ from: 0, to: 5 });
  expect(items[1]).toMatchObject({ from: 5 });
  expect(items.at(-1)).toMatchObject({ to: 12 });
  expect(items.length).toBeGreaterThan(2);
});

test.each(['none', 'gzip', 'zstd'] as const)('pieces arrive as one body with compression %s', async (compression) => {
  const backend = await startBackend();
  const client = createHttpClient({ compression });
  const result = await client.request({ url: `${backend.url}/in`, body: parts });
  expect(result).toMatchObject({ kind: 'response', status: 200 });
  expect(Buffer.from(backend.requests[0]?.body ?? [])).toEqual(Buffer.from(merge(parts)));
  client.close();
  await backend.close();
});
