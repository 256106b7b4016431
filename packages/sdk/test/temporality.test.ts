/**
 * One reader for exporters of different preferences, against readers of the SDK itself: what each exporter gets is what a
 * reader of its own would have given it, whatever the one reader reads.
 */
import { describe, expect, test } from '@jest/globals';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createPipeline } from '@telemetryflow/kernel';
import { fromConfig, type TelemetryOptions } from '../src/index.ts';
import { memoryExporter, recordingLogger } from './memory-exporter.ts';

const ROUNDS = 4;

/** Values of a collection by series, as `orders{"shop":"a"}`; histograms without what a difference cannot say. */
type Collection = Readonly<Record<string, unknown>>;

interface Measured {
  readonly descriptor: { readonly name: string };
  readonly dataPoints: readonly { readonly attributes: object; readonly value: unknown }[];
}

function valuesOf(metrics: readonly Measured[]): Collection {
  const points = metrics.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => [`${descriptor.name}${JSON.stringify(attributes)}`, comparable(value)]),
  );
  return Object.fromEntries(points.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { min: _min, max: _max, zeroThreshold: _zeroThreshold, ...rest } = value as Record<string, unknown>;
  return rest;
}

/** A reader of the SDK, and what it collected last. */
function ownReader(temporality: AggregationTemporality) {
  const exporter = new InMemoryMetricExporter(temporality);
  // Up-down counters are totals under every preference.
  exporter.selectAggregationTemporality = (type) =>
    type === InstrumentType.UP_DOWN_COUNTER || type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
      ? AggregationTemporality.CUMULATIVE
      : temporality;
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  return {
    reader,
    async collect(): Promise<Collection> {
      exporter.reset();
      await reader.forceFlush();
      const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return valuesOf(scopes.flatMap(({ metrics }) => metrics) as readonly Measured[]);
    },
  };
}

async function compare(options: Pick<TelemetryOptions, 'temporality'>) {
  const { logger, said } = recordingLogger();
  const delta = memoryExporter({ type: 'wants_delta', temporality: 'delta' });
  const totals = memoryExporter({ type: 'wants_totals', temporality: 'cumulative' });
  const plugins = [delta.definition, totals.definition];
  const pipeline = await createPipeline(
    { exporters: { wants_delta: {}, wants_totals: {} } },
    { plugins, logger, metricsSince: performance.timeOrigin },
  );
  const telemetry = fromConfig(pipeline, { logger, ...options });
  const own = { delta: ownReader(AggregationTemporality.DELTA), totals: ownReader(AggregationTemporality.CUMULATIVE) };
  const provider = new MeterProvider({
    readers: [...telemetry.metricReaders, own.delta.reader, own.totals.reader],
    views: [{ instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const measure = instrumentsOf(provider);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    measure(round);
    // A series that ends in the millisecond in which it began says nothing about its beginning.
    for (const now = Date.now(); Date.now() === now; );
    const before = [delta, totals].map((each) => each.metrics().length);
    await telemetry.forceFlush();
    rounds.push({
      delta: [valuesOf(delta.metrics().slice(before[0]) as never), await own.delta.collect()],
      totals: [valuesOf(totals.metrics().slice(before[1]) as never), await own.totals.collect()],
    });
  }
  await telemetry.shutdown();
  const report = await pipeline.shutdown();
  await provider.shutdown();
  return { rounds, report, said };
}

/** Every kind of instrument; the returned function makes the measurements of a round. */
function instrumentsOf(provider: MeterProvider): (round: number) => void {
  const meter = provider.getMeter('app');
  const orders = meter.createCounter('orders');
  const open = meter.createUpDownCounter('open');
  const latency = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [10, 100] } });
  const sizes = meter.createHistogram('sizes');
  const level = meter.createGauge('level');
  let now = 0;
  meter.createObservableCounter('bytes').addCallback((result) => result.observe(100 * (now + 1) ** 2, { dir: 'in' }));
  meter.createObservableUpDownCounter('queued').addCallback((result) => result.observe(5 - now));
  meter.createObservableGauge('heat').addCallback((result) => result.observe(20 + now));
  return (round) => {
    now = round;
    orders.add(round + 1, { shop: 'a' });
    // A series that begins later.
    if (round > 0) orders.add(10 * round, { shop: 'b' });
    open.add(round % 2 === 0 ? 3 : -2);
    for (const value of [5, 50 + round, 500 * round]) latency.record(value, { route: '/' });
    for (const value of [1, 3 ** round, 1000]) sizes.record(value);
    level.record(round / 2);
  };
}

describe('an exporter that wants differences beside one that wants totals', () => {
  test.each([[undefined], ['cumulative'], ['delta'], ['lowmemory']] as const)(
    'gets what a reader of its own would collect, and so does the other, with the preference %s',
    async (temporality) => {
      const { rounds, report, said } = await compare(temporality === undefined ? {} : { temporality });
      expect(rounds).toHaveLength(ROUNDS);
      for (const { delta, totals } of rounds) {
        expect(Object.keys(delta[1] as Collection)).toEqual(expect.arrayContaining(['orders{"shop":"a"}', 'sizes{}']));
        expect(delta[0]).toEqual(delta[1]);
        expect(totals[0]).toEqual(totals[1]);
      }
      expect(report).toMatchObject({ dropped: 0, pending: 0 });
      expect(said).toEqual([]);
    },
  );
});
