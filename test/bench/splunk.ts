/**
 * Log records to a local sink that answers as a HTTP Event Collector does, against `splunk-logging`, the vendor's
 * client, as its users call it: one `send` per message, sent by the batch. It knows no indexed fields, so attributes
 * are members of its message; both are sent without compression.
 */
import { createRequire } from 'node:module';
import splunk from '@telemetryflow/exporter-splunk';
import { type LogRecord, toPlainJson } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const TOKEN = '11111111-aaaa-bbbb-cccc-0123456789ab';

type Callback = (error: Error | null, response: unknown, body: { code?: number } | undefined) => void;
interface Message {
  readonly message: object;
  readonly severity?: string | undefined;
  readonly metadata: object;
}
interface Logger {
  send(message: Message, callback?: Callback): void;
}
type Client = { readonly Logger: new (config: object) => Logger };

const startMs = Date.now() - 60_000;
const plain = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const sink = () => startSink({ body: '{"text":"Success","code":0}' });

/** What the exporter sends of a record. */
function messageOf(record: LogRecord): Message {
  const { spanContext: context, resource, instrumentationScope: scope } = record;
  const { 'host.name': host, ...shared } = resource.attributes;
  return {
    message: {
      body: toPlainJson(record.body),
      ...shared,
      'otel.scope.name': scope.name,
      'otel.scope.version': scope.version,
      ...record.attributes,
      trace_id: context?.traceId,
      span_id: context?.spanId,
      trace_flags: context?.traceFlags,
      'otel.log.severity.number': record.severityNumber,
    },
    severity: record.severityText,
    metadata: {
      time: record.hrTime[0] * 1000 + record.hrTime[1] / 1e6,
      host,
      source: 'tfo-agent',
      sourcetype: 'tfo-agent',
      index: 'main',
    },
  };
}

/** Resolves when the client has sent them: it does so at the last one. */
function sentBy(logger: Logger, records: readonly LogRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const done: Callback = (error, _response, body) =>
      error === null && body?.code === 0 ? resolve() : reject(error ?? new Error('refused'));
    for (const record of records) logger.send(messageOf(record), done);
  });
}

await bench([
  {
    name: 'Splunk HEC logs, against splunk-logging',
    items: ITEMS,
    ours: async () => {
      const block = { endpoint: await sink(), token: TOKEN, index: 'main', compression: 'none' };
      const send = await sendingExporter(splunk, block, 'logs');
      const data = Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, plain(n)));
      return (round) => send(data[round % BATCHES] ?? []);
    },
    peer: async () => {
      const { Logger } = createRequire(import.meta.url)('splunk-logging') as Client;
      const logger = new Logger({ token: TOKEN, url: await sink(), maxBatchCount: ITEMS });
      const data = Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, plain(n)));
      return (round) => sentBy(logger, data[round % BATCHES] ?? []);
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
