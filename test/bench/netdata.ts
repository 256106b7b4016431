/**
 * Both ways to a Netdata Agent. Lines of StatsD go to a local port, against hot-shots, which fills buffers of the same
 * size: gauges and what was added to counters, with the unit, family and name as tags. The peer is given names that its
 * user makes of the attributes, and keeps neither remainders of counters nor names apart that meet in one chart. OTLP is
 * held against the serializer of the SDK; the peer knows nothing of charts and their identities.
 */
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import netdata from '@telemetryflow/exporter-netdata';
import { batchFromRecords } from '@telemetryflow/kernel';
import { asRecords, DataPointType, type ResourceMetricsRecord, valueToText } from '@telemetryflow/otlp';
import { exporterFor, metrics } from '@telemetryflow/testkit';
import { StatsD } from 'hot-shots';
import { ITEMS_PER_BATCH, metricBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startTcpSink } from './sink/tcp.ts';
import { bench } from './suite.ts';

const POINTS = 512;
const BATCHES = 8;
const BUFFER_BYTES = 32 * 1024;
const now = Date.now();

function lineBatches(): ResourceMetricsRecord[][] {
  return Array.from({ length: BATCHES }, (_, n) =>
    metrics(POINTS, {
      kinds: ['gauge', 'counter'],
      temporality: 'delta',
      variety: 'plain',
      startMs: now,
      from: n * POINTS,
    }),
  );
}

/** Resolves when the last buffer is written. */
function sendLines(client: StatsD, records: readonly ResourceMetricsRecord[]): Promise<void> {
  for (const { resource, scopeMetrics } of records) {
    const family = valueToText(resource.attributes['service.name']);
    for (const { dataPointType, descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics: all }) => all)) {
      const { name, unit } = descriptor;
      for (const { attributes, value } of dataPoints) {
        let stat = `otel.${name}`;
        for (const key of Object.keys(attributes).sort()) stat += `.${valueToText(attributes[key])}`;
        if (dataPointType === DataPointType.SUM) {
          client.increment(stat, Math.trunc(Number(value)), { units: `${unit}/s`, family, name });
        } else client.gauge(stat, Number(value), { units: unit, family, name });
      }
    }
  }
  return new Promise((resolve, reject) => {
    client.flush((error) => (error == null ? resolve() : reject(error)));
  });
}

await bench([
  {
    name: 'Netdata StatsD lines, against hot-shots',
    items: POINTS,
    ours: async () => {
      // The longest interval: a bench sends points of the same time for a while.
      const block = { metrics_endpoint: `statsd://127.0.0.1:${await startTcpSink()}`, flush_interval: '9m' };
      const send = await sendingExporter(netdata, block, 'metrics');
      const batches = lineBatches();
      return (round) => send(batches[round % BATCHES] ?? []);
    },
    peer: async () => {
      const port = await startTcpSink();
      const client = new StatsD({ protocol: 'tcp', host: '127.0.0.1', port, maxBufferSize: BUFFER_BYTES });
      const batches = lineBatches();
      return (round) => sendLines(client, batches[round % BATCHES] ?? []);
    },
    floor: 1.6,
  },
  {
    name: 'Netdata OTLP metrics, against otlp-transformer',
    items: ITEMS_PER_BATCH.metrics,
    ours: async () => {
      const exporter = await exporterFor(netdata, { metrics_endpoint: 'grpc://127.0.0.1' }, 'metrics');
      const batches = (await metricBatches()).map((batch) => asRecords('metrics', batch));
      return (round) => {
        const batch = batchFromRecords('metrics', batches[round % BATCHES] ?? []);
        for (const each of exporter.encode(batch, { now, id: 'b', mode: undefined })) {
          if (each !== undefined && 'dropped' in each) throw new Error(each.detail);
        }
      };
    },
    peer: async () => {
      const batches = await metricBatches();
      return (round) => {
        const [batch] = batches[round % BATCHES] ?? [];
        return batch && ProtobufMetricsSerializer.serializeRequest(batch);
      };
    },
    // The codec alone is at three times the peer, and finding identities costs as much as half of it: 1.9 at most.
    floor: 1.3,
  },
]);
