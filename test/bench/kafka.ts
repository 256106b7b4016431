/**
 * The encode path of the Kafka exporter, from a batch to the records of its requests, and what kafkajs then takes to
 * make record batches of them. Interleaved in one process. Run: npm run bench, or this file alone.
 *
 * The record batch is the client's; ours are the values. Floors: protobuf from a batch that has its bytes is free, and
 * grouping by trace costs less than encoding each trace alone.
 */
import { createRequire } from 'node:module';
import { type Batch, batchFromOtlp } from '@telemetryflow/kernel';
import { encode, type SpanRecord, select } from '@telemetryflow/otlp';
import { spans } from '@telemetryflow/testkit';
import { type EncodeOptions, encodeBatch, recordHeaders } from '../../packages/exporters/kafka/src/encode.ts';
import { keyRule } from '../../packages/exporters/kafka/src/partition-key.ts';

const SPANS = 2048;
const ROUNDS = 9;
const ROUND_MS = 150;
/** Grouping by key at once, against one selection per key. */
const GROUPING_FLOOR = 3;

const records: SpanRecord[] = spans(SPANS, { variety: 'plain' });
const bytes = encode('traces', records);
const LAYOUT = { partitions: 12, packBytes: 1_000_000, compression: 'none' } as const;

function options(encoding: EncodeOptions['encoding'], key: string): EncodeOptions {
  return {
    topic: 'traces',
    encoding,
    rule: keyRule(key) ?? { by: 'none' },
    partitioner: 'murmur2',
    headers: recordHeaders(encoding, 'traces', {}),
    maxMessageBytes: 1_000_000,
    host: 'host',
  };
}

function run(batch: Batch, settings: EncodeOptions): number {
  let size = 0;
  for (const each of encodeBatch(batch, { now: 0, id: 'x', mode: undefined }, settings, LAYOUT)) {
    if (each !== undefined && 'body' in each && each.body.layout !== undefined) size += each.body.bytes;
  }
  return size;
}

/** One selection per key, as it would be without a pass for all of them. */
function naive(): number {
  const groups = new Map<string, number[]>();
  for (const [item, span] of records.entries()) {
    const { traceId } = span.spanContext();
    const items = groups.get(traceId);
    if (items === undefined) groups.set(traceId, [item]);
    else items.push(item);
  }
  let size = 0;
  for (const items of groups.values()) size += select('traces', bytes, items).length;
  return size;
}

const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
const Record = require('kafkajs/src/protocol/recordBatch/record/v0');

async function recordBatch(values: readonly Buffer[]): Promise<number> {
  const list = values.map((value, offsetDelta) =>
    Record({ offsetDelta, timestampDelta: 0, key: null, value, headers: {} }),
  );
  const batch = await RecordBatch({ records: list, lastOffsetDelta: list.length - 1 });
  return batch.size();
}

const fresh = (): Batch => batchFromOtlp('traces', bytes);
const contestants: Readonly<Record<string, () => unknown>> = {
  'otlp_proto, one key': () => run(fresh(), options('otlp_proto', 'hostname')),
  'otlp_proto, by trace': () => run(fresh(), options('otlp_proto', 'trace_id')),
  'one selection per trace': naive,
  'otlp_json, one key': () => run(fresh(), options('otlp_json', 'hostname')),
  jaeger_proto: () => run(fresh(), options('jaeger_proto', 'none')),
  zipkin_json: () => run(fresh(), options('zipkin_json', 'none')),
  'kafkajs: record batch of one value': () => recordBatch([Buffer.from(bytes)]),
  'kafkajs: record batch of a value per span': () =>
    recordBatch(records.map(() => Buffer.alloc(Math.floor(bytes.length / SPANS), 1))),
};

async function main(): Promise<void> {
  const times = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(contestants)) {
      const began = performance.now();
      let runs = 0;
      while (performance.now() - began < ROUND_MS) {
        await work();
        runs++;
      }
      times.get(name)?.push(((performance.now() - began) / runs / SPANS) * 1e6);
    }
  }
  const median = (name: string): number => (times.get(name) ?? []).sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  console.log(
    `${SPANS} spans, ${(bytes.length / SPANS).toFixed(0)} bytes each in OTLP protobuf; ns per span, median of ${ROUNDS}`,
  );
  for (const name of Object.keys(contestants)) console.log(`${name.padEnd(44)} ${median(name).toFixed(0).padStart(6)}`);
  const ratio = median('one selection per trace') / median('otlp_proto, by trace');
  console.log(`grouping by trace in one pass: ${ratio.toFixed(1)}x (floor ${GROUPING_FLOOR}x)`);
  if (ratio < GROUPING_FLOOR) process.exitCode = 1;
}

void main();
