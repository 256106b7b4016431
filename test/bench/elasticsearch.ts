/**
 * Log records to a local sink that answers as Elasticsearch does, against `helpers.bulk` of the vendor's client as its
 * users call it: documents in, the client serialises. The same documents, without compression.
 */
import { Client } from '@elastic/elasticsearch';
import elasticsearch from '@telemetryflow/exporter-elasticsearch';
import { type LogRecord, toPlainJson } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const INDEX = 'telemetryflow-2026.11.30';

const batches = () =>
  Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, { variety: 'plain', startMs: Date.now(), from: n * ITEMS }));

/** An answer of this many documents. */
const answer = (item: object) => ({
  headers: { 'x-elastic-product': 'Elasticsearch' },
  body: JSON.stringify({ took: 5, errors: false, items: Array.from({ length: ITEMS }, () => ({ create: item })) }),
});

/** What the server answers when it is not told to leave anything out. */
const WHOLE = {
  _index: INDEX,
  _id: 'tQ8Xo5kBv1xYcW3nZ0aa',
  _version: 1,
  result: 'created',
  _shards: { total: 2, successful: 1, failed: 0 },
  _seq_no: 100_000,
  _primary_term: 1,
  status: 201,
};

/** The document that the exporter writes, as an object. */
function documentOf({ hrTime, hrTimeObserved, spanContext, ...record }: LogRecord): object {
  const iso = ([seconds, nanos]: LogRecord['hrTime']): string =>
    `${new Date(seconds * 1000).toISOString().slice(0, 20)}${String(nanos).padStart(9, '0')}Z`;
  return {
    '@timestamp': iso(hrTime),
    observed_timestamp: iso(hrTimeObserved),
    trace_id: spanContext?.traceId,
    span_id: spanContext?.spanId,
    severity_text: record.severityText,
    severity_number: record.severityNumber,
    event_name: record.eventName,
    attributes: record.attributes,
    resource: { attributes: record.resource.attributes },
    scope: { name: record.instrumentationScope.name, version: record.instrumentationScope.version },
    body: { text: toPlainJson(record.body) },
  };
}

await bench([
  {
    name: 'Elasticsearch bulk, against helpers.bulk',
    items: ITEMS,
    ours: async () => {
      const endpoint = await startSink(answer({ status: 201 }));
      const block = { endpoints: [endpoint], template: 'off', compression: 'none' };
      const send = await sendingExporter(elasticsearch, block, 'logs');
      const data = batches();
      return (round) => send(data[round % BATCHES] ?? []);
    },
    peer: async () => {
      const client = new Client({ node: await startSink(answer(WHOLE)) });
      const data = batches();
      return async (round) => {
        const datasource = (data[round % BATCHES] ?? []).map(documentOf);
        const { successful } = await client.helpers.bulk({
          datasource,
          onDocument: () => ({ create: { _index: INDEX } }),
        });
        if (successful !== ITEMS) throw new Error(`${successful} documents were stored`);
      };
    },
    floor: 1.6,
    goal: 2.3,
  },
]);
