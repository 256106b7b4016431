/** The same decisions as the Collector's own processor made for the same items, recorded in `testdata`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AttributeMap, LogRecord, SpanRecord } from '@telemetryflow/otlp';
import { logs, spans, throughProcessor } from '@telemetryflow/testkit';
import { bucketOf, seedHash, threshold } from '../src/hash.ts';
import sampler from '../src/index.ts';

interface Recorded {
  readonly cases: readonly {
    readonly name: string;
    readonly signal: 'traces' | 'logs';
    readonly config: Readonly<Record<string, unknown>>;
    /** One digit for each item: 1 was kept. */
    readonly kept: string;
  }[];
  /** The least share, in 16384ths, at which a log record with this attribute is kept; -1: at none. */
  readonly attributeThresholds: readonly number[];
  readonly keptOf50000: Readonly<Record<string, number>>;
}

const recorded: Recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../testdata/collector-0.165.1.json'), 'utf8'),
);
const traceId = (i: number): string => createHash('md5').update(`trace ${i}`).digest('hex');
const NO_ID = '0'.repeat(32);
const [someSpan] = spans(1, { variety: 'plain' }) as [SpanRecord];
const [someLog] = logs(1, { variety: 'plain' }) as [LogRecord];

function span(id: string, attributes: AttributeMap): SpanRecord {
  return { ...someSpan, attributes, spanContext: () => ({ traceId: id, spanId: 'b7ad6b7169203331', traceFlags: 1 }) };
}
function log(id: string, attributes: AttributeMap): LogRecord {
  return { ...someLog, attributes, spanContext: { traceId: id, spanId: 'b7ad6b7169203331', traceFlags: 1 } };
}
const users = (n: number): readonly LogRecord[] =>
  Array.from({ length: n }, (_, i) => log(NO_ID, { user: `user ${i}` }));

const SPAN_PRIORITIES: readonly unknown[] = [0, 1, -1, 0, 0.5, '0', '2.5', '', 'high', ' 1', '0x10', true];
const LOG_PRIORITIES: readonly unknown[] = [0, 100, 300, -1, 0, 100, 101.5, '100'];

/** The items of a case, as the Collector was given them. */
function itemsOf({ name, signal }: Recorded['cases'][number]): readonly (SpanRecord | LogRecord)[] {
  const id = (i: number): string => (name.endsWith('without trace id') ? NO_ID : traceId(i));
  const share = /^(?:lower )?priority (\d+)$/.exec(name)?.[1];
  if (share !== undefined) return Array.from({ length: 400 }, (_, i) => log(traceId(i), { p: Number(share) }));
  if (name === 'attribute') return users(400);
  if (name === 'trace ids') return Array.from({ length: 400 }, (_, i) => span(traceId(i), {}));
  return signal === 'traces'
    ? [...SPAN_PRIORITIES.map((p, i) => span(id(i), { 'sampling.priority': p as number })), span(id(12), {})]
    : [...LOG_PRIORITIES.map((p, i) => log(id(i), { p: p as number })), log(id(8), {})];
}

/** One digit for each item: 1 is kept. */
async function decide(config: object, items: readonly (SpanRecord | LogRecord)[], signal: 'traces' | 'logs') {
  const numbered = items.map((item, i) => Object.assign({}, item, signal === 'logs' ? { body: i } : { name: `${i}` }));
  const { records } = await throughProcessor(sampler, { ...config }, [{ signal, records: numbered } as never]);
  const kept = new Set([
    ...records.traces.map(({ name }) => Number(name)),
    ...records.logs.map(({ body }) => Number(body)),
  ]);
  return items.map((_, i) => (kept.has(i) ? '1' : '0')).join('');
}

/**
 * The Collector documents that a priority of 0 means never and one of 100 or more means always, and its code takes
 * both (0, 300 and 101.5 here) as if no priority were given. Ours are as documented.
 */
const AS_DOCUMENTED: ReadonlyMap<number, string> = new Map([
  [0, '0'],
  [2, '1'],
  [4, '0'],
  [6, '1'],
]);

describe('what the Collector keeps is kept', () => {
  test.each(recorded.cases.map((each) => [each.name, JSON.stringify(each.config), each] as const))(
    '%s, %s',
    async (name, _config, each) => {
      const digits = [...each.kept];
      if (each.signal === 'logs' && /^priority(?: without trace id)?$/.test(name)) {
        for (const [i, digit] of AS_DOCUMENTED) digits[i] = digit;
      }
      expect(await decide(each.config, itemsOf(each), each.signal)).toBe(digits.join(''));
    },
  );
});

test.each(Object.entries(recorded.keptOf50000))('%s percent keep %d of 50,000 users', (percent, kept) => {
  const seeded = seedHash(0);
  const limit = threshold(Number(percent));
  let below = 0;
  for (let i = 0; i < 50_000; i++) {
    const user = Buffer.from(`user ${i}`);
    if (bucketOf(seeded, user, 0, user.length) < limit) below++;
  }
  expect(below).toBe(kept);
});

test('every type of attribute decides by the same text', async () => {
  const values = [42, 1, 1e21, 0.1, true, Uint8Array.of(0, 255, 7), ['a<b'], { k: 1 }, '', null, undefined];
  const config = { hash_seed: 22, attribute_source: 'record', from_attribute: 'user' };
  for (const [i, value] of values.entries()) {
    const least = recorded.attributeThresholds[i] ?? 0;
    const items = [log(NO_ID, value === undefined ? {} : { user: value as never })];
    const at = (buckets: number) => decide({ ...config, sampling_percentage: buckets / 163.84 }, items, 'logs');
    if (least < 0) expect([value, await at(16384)]).toEqual([value, '0']);
    else expect([value, await at(least - 1), await at(least)]).toEqual([value, '0', '1']);
  }
  expect(bucketOf(seedHash(22), Buffer.from('42'), 0, 2)).toBe((recorded.attributeThresholds[0] ?? 0) - 1);
});
