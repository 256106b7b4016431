/** Reads what is in the log of a Kafka topic, by clients that the exporter under test does not use. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Consumer } from '@platformatic/kafka';
import type { Signal } from '@telemetryflow/otlp';
import protobuf from 'protobufjs';

export interface LoggedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

/** Every record of a topic, from its beginning to the end it has now; by @platformatic/kafka, which checks CRCs. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<LoggedRecord[]> {
  const consumer = new Consumer({
    clientId: 'reader',
    groupId: `reader-${process.pid}-${Math.random().toString(36).slice(2)}`,
    bootstrapBrokers: [...brokers],
    autocommit: false,
    maxWaitTime: 200,
    timeout: 20_000,
  });
  try {
    const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? [];
    let left = ends.reduce((sum, end) => sum + Number(end), 0);
    const records: LoggedRecord[] = [];
    if (left === 0) return records;
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    for await (const { partition, offset, key, value, headers, timestamp } of stream) {
      if (offset >= (ends[partition] ?? 0n)) continue;
      records.push({
        partition,
        offset: Number(offset),
        key: key === undefined || key === null ? null : String(key),
        value: value as Buffer,
        headers: Object.fromEntries(Array.from(headers, ([name, text]) => [String(name), String(text)])),
        timestamp: Number(timestamp),
      });
      if (--left === 0) break;
    }
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  } finally {
    await consumer.close(true);
  }
}

const file = path.join(import.meta.dirname, '../../packages/otlp/test/proto/otlp.proto');
const root = protobuf.parse(readFileSync(file, 'utf8'), { keepCase: false }).root;

const MESSAGES: { readonly [S in Signal]: string } = {
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  logs: 'ExportLogsServiceRequest',
};

/** An OTLP protobuf value in the form of OTLP/JSON, by protobufjs and the official definitions. */
export function otlpJson(signal: Signal, value: Buffer): Readonly<Record<string, unknown>> {
  const type = root.lookupType(MESSAGES[signal]);
  return idsToHex(type.toObject(type.decode(value), { longs: String, bytes: String })) as Record<string, unknown>;
}

const IDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId']);

/** OTLP/JSON writes ids as hex, protobuf's own JSON as base64; and doubles that are no numbers as text. */
function idsToHex(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => idsToHex(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, idsToHex(inner, name)]));
  }
  if (typeof value === 'string' && IDS.has(key)) return Buffer.from(value, 'base64').toString('hex');
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
