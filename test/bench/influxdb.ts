/**
 * InfluxDB line protocol, metrics to a local sink, against @influxdata/influxdb-client as its users call it: a Point
 * per data point, with the resource as tags of each.
 */
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import influxdb from '@telemetryflow/exporter-influxdb';
import { hrTimeToNanoString, type ResourceMetricsRecord, valueToText } from '@telemetryflow/otlp';
import { metrics } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const startMs = Date.now() - 60_000;

const batches = (): readonly ResourceMetricsRecord[][] =>
  Array.from({ length: BATCHES }, (_, n) => metrics(ITEMS, { variety: 'plain', startMs, from: n * ITEMS }));

const sink = () => startSink({ status: 204 });

/** The same tags, field and time as ours. */
function pointsOf(records: readonly ResourceMetricsRecord[]): Point[] {
  const points: Point[] = [];
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics: all } of scopeMetrics) {
      for (const metric of all) {
        for (const each of metric.dataPoints) {
          const point = new Point(metric.descriptor.name)
            .floatField('gauge', each.value)
            .timestamp(hrTimeToNanoString(each.endTime))
            .tag('otel.library.name', scope.name)
            .tag('otel.library.version', scope.version ?? '');
          for (const [key, value] of Object.entries(resource.attributes)) point.tag(key, valueToText(value));
          for (const [key, value] of Object.entries(each.attributes)) point.tag(key, valueToText(value));
          points.push(point);
        }
      }
    }
  }
  return points;
}

/** Both compress from 1 kB on, or neither does. */
function contest(name: string, compression: 'gzip' | 'none', floor: number, goal: number): Contest {
  return {
    name,
    items: ITEMS,
    ours: async () => {
      const payloads = batches();
      const block = { endpoint: await sink(), version: 2, token: 't', org: 'o', bucket: 'b', compression };
      const send = await sendingExporter(influxdb, block, 'metrics');
      return (round) => send(payloads[round % BATCHES] ?? []);
    },
    peer: async () => {
      const payloads = batches();
      const client = new InfluxDB({ url: await sink(), token: 't' });
      const gzipThreshold = compression === 'gzip' ? 1024 : Number.MAX_SAFE_INTEGER;
      // One request per batch, and never again what failed.
      const api = client.getWriteApi('o', 'b', 'ns', {
        batchSize: ITEMS,
        flushInterval: 0,
        maxRetries: 0,
        gzipThreshold,
      });
      return async (round) => {
        api.writePoints(pointsOf(payloads[round % BATCHES] ?? []));
        await api.flush();
      };
    },
    floor,
    goal,
  };
}

await bench([
  contest('InfluxDB line protocol, against its client', 'none', 2.5, 3.5),
  contest('InfluxDB line protocol, both with gzip', 'gzip', 2, 2.5),
]);
