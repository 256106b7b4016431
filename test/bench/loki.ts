/**
 * Log records to a local sink that answers as Loki does, against `winston-loki`, as its users call it: one `log` per
 * record, attributes beside the message, labels of its own. As JSON, which it does not compress, and as protobuf with
 * snappy, where it leaves out the structured metadata that ours carries.
 */
import { createRequire } from 'node:module';
import loki from '@telemetryflow/exporter-loki';
import { type LogRecord, toPlainJson } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const LEVEL = Symbol.for('level');

interface Transport {
  log(info: object, callback: () => void): void;
  /** What its timer calls. */
  readonly batcher: { sendBatchToLoki(): Promise<void> };
}
type Client = new (options: object) => Transport;

const startMs = Date.now() - 60_000;
const sink = () => startSink({ status: 204 });
const batches = () =>
  Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, { variety: 'plain', startMs, from: n * ITEMS }));
const nothing = (): void => undefined;

/** What the exporter sends of a record. */
function infoOf(record: LogRecord): object {
  const { spanContext: context, resource, instrumentationScope: scope, severityText = 'info' } = record;
  const { 'service.name': service, ...shared } = resource.attributes;
  return {
    [LEVEL]: severityText,
    level: severityText,
    message: toPlainJson(record.body),
    timestamp: record.hrTime[0] * 1000 + record.hrTime[1] / 1e6,
    labels: { service_name: service },
    ...shared,
    scope_name: scope.name,
    scope_version: scope.version,
    ...record.attributes,
    severity_number: record.severityNumber,
    trace_id: context?.traceId,
    span_id: context?.spanId,
    flags: context?.traceFlags,
  };
}

const contest = (encoding: 'json' | 'protobuf', floor: number, goal: number): Contest => ({
  name: `Loki ${encoding}, against winston-loki`,
  items: ITEMS,
  ours: async () => {
    const block = { endpoint: await sink(), encoding, compression: 'none', label_attributes: ['service.name'] };
    const send = await sendingExporter(loki, block, 'logs');
    const data = batches();
    return (round) => send(data[round % BATCHES] ?? []);
  },
  peer: async () => {
    const LokiTransport = createRequire(import.meta.url)('winston-loki') as Client;
    const transport = new LokiTransport({
      host: await sink(),
      json: encoding === 'json',
      replaceTimestamp: false,
      gracefulShutdown: false,
      interval: 3600,
    });
    const data = batches();
    return (round) => {
      for (const record of data[round % BATCHES] ?? []) transport.log(infoOf(record), nothing);
      return transport.batcher.sendBatchToLoki();
    };
  },
  floor,
  goal,
});

await bench([contest('protobuf', 1.8, 3), contest('json', 1.6, 2.5)]);
