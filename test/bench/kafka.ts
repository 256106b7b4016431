/**
 * The encode path of the Kafka exporter, from a batch to the records of its requests, against what kafkajs then takes
 * to make record batches of them. The record batch is the client's; ours are the values: protobuf from a batch that has
 * its bytes is almost free, and grouping by trace costs less than selecting each trace alone.
 */
import { createRequire } from 'node:module';
import { type Batch, batchFromOtlp } from '@telemetryflow/kernel';
import { encode, type SpanRecord, select } from '@telemetryflow/otlp';
import { spans } from '@telemetryflow/testkit';
import { type EncodeOptions, encodeBatch, recordHeaders } from '../../packages/exporters/kafka/src/encode.ts';
import { keyRule } from '../../packages/exporters/kafka/src/partition-key.ts';
import { bench } from './suite.ts';

const SPANS = 2048;

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

const encoding = (name: EncodeOptions['encoding'], key: string) => () => () =>
  run(batchFromOtlp('traces', bytes), options(name, key));
const valuePerSpan = () => () => recordBatch(records.map(() => Buffer.alloc(Math.floor(bytes.length / SPANS), 1)));

await bench([
  {
    name: 'Kafka, grouping by trace, against a selection each',
    items: SPANS,
    ours: encoding('otlp_proto', 'trace_id'),
    peer: () => naive,
    floor: 3,
  },
  {
    name: 'Kafka, otlp_proto, against one kafkajs record of it',
    items: SPANS,
    ours: encoding('otlp_proto', 'hostname'),
    peer: () => () => recordBatch([Buffer.from(bytes)]),
    floor: 20,
  },
  {
    name: 'Kafka, otlp_json, against kafkajs records of spans',
    items: SPANS,
    ours: encoding('otlp_json', 'hostname'),
    peer: valuePerSpan,
    floor: 0.3,
  },
  {
    name: 'Kafka, jaeger_proto, against kafkajs records of spans',
    items: SPANS,
    ours: encoding('jaeger_proto', 'none'),
    peer: valuePerSpan,
    floor: 0.2,
  },
  {
    name: 'Kafka, zipkin_json, against kafkajs records of spans',
    items: SPANS,
    ours: encoding('zipkin_json', 'none'),
    peer: valuePerSpan,
    floor: 0.2,
  },
]);
