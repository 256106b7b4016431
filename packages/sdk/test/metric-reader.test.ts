import { afterEach, describe, expect, test } from '@jest/globals';
import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import { createPipeline } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { fromConfig } from '../src/index.ts';
import { type Host, providers, startHost } from './host.ts';
import { memoryExporter, recordingLogger } from './memory-exporter.ts';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

describe('collection', () => {
  const collected = (host: Host) => host.backend.metrics().length;

  test.each([
    ['every 60 s', {}, undefined, 60_000],
    ['as the environment says', { OTEL_METRIC_EXPORT_INTERVAL: '10000' }, undefined, 10_000],
    ['as the option says, whatever the environment says', { OTEL_METRIC_EXPORT_INTERVAL: '10000' }, 2000, 2000],
    ['every 60 s where the environment says nonsense', { OTEL_METRIC_EXPORT_INTERVAL: '-5' }, undefined, 60_000],
  ])('happens %s', async (_, variables, metricInterval, expected) => {
    Object.assign(process.env, variables);
    const clock = fakeClock();
    const host = startHost({ clock, ...(metricInterval !== undefined && { metricInterval }) });
    await host.telemetry.pipeline;
    host.meters.getMeter('app').createCounter('c').add(1);
    await clock.advance(expected - 1);
    await host.tracers.forceFlush();
    expect(collected(host)).toBe(0);
    await clock.advance(1);
    await host.tracers.forceFlush();
    expect(collected(host)).toBe(1);
    await host.shutdown();
    expect(collected(host)).toBe(2);
    await clock.advance(expected * 2);
    expect(collected(host)).toBe(2);
  });

  test('is not begun again while a callback of the host still runs', async () => {
    const clock = fakeClock();
    const host = startHost({ clock });
    await host.telemetry.pipeline;
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    host.meters
      .getMeter('app')
      .createObservableGauge('slow')
      .addCallback(() => {
        asked += 1;
        return promise;
      });
    await clock.advance(60_000);
    await clock.advance(60_000);
    expect(asked).toBe(1);
    resolve();
    await clock.settle();
    await clock.advance(60_000);
    expect(asked).toBe(2);
    await host.shutdown();
  });

  test('goes on past a callback that throws, and says so once', async () => {
    const host = startHost();
    const meter = host.meters.getMeter('app');
    meter.createObservableGauge('bad').addCallback(() => {
      throw new Error('no such file');
    });
    meter.createCounter('good').add(1);
    await host.meters.forceFlush();
    await host.meters.forceFlush();
    expect(host.backend.metrics().map(({ descriptor }) => descriptor.name)).toEqual(['good', 'good']);
    expect(host.said).toEqual([
      expect.objectContaining({ level: 'warn', message: 'Some metrics could not be collected.' }),
    ]);
    await host.shutdown();
  });

  test('waits for the attributes of the resource', async () => {
    const { detectResources } = await import('@opentelemetry/resources');
    const { promise, resolve } = Promise.withResolvers<string>();
    const resource = detectResources({ detectors: [{ detect: () => ({ attributes: { 'host.id': promise } }) }] });
    const host = startHost({ resource });
    host.meters.getMeter('app').createCounter('c').add(1);
    host.span('a');
    const flushed = host.telemetry.forceFlush();
    resolve('i-1');
    await flushed;
    const hostIds = host.backend.batches.map(({ records }) => records[0]?.resource.attributes['host.id']);
    expect(hostIds).toEqual(['i-1', 'i-1']);
    await host.shutdown();
  });

  test('may be asked for, as with any reader', async () => {
    const { logger } = recordingLogger();
    const unused = fromConfig({ exporters: { memory: {} } }, { plugins: [memoryExporter().definition], logger });
    await expect(unused.metricReaders[0]?.collect()).rejects.toThrow('belongs to no MeterProvider');
    await unused.shutdown();
    const host = startHost();
    host.meters.getMeter('app').createCounter('c').add(1);
    const [reader] = host.telemetry.metricReaders;
    expect(await reader?.collect()).toMatchObject({ errors: [], resourceMetrics: { scopeMetrics: [{}] } });
    await host.shutdown();
  });
});

test('a reader belongs to one meter provider', async () => {
  const host = startHost();
  expect(() => providers(host.telemetry)).toThrow('has a MeterProvider already');
  await host.shutdown();
});

describe('temporality', () => {
  const INSTRUMENTS = Object.values(InstrumentType);

  async function preferenceOf(
    exporters: readonly ('delta' | 'cumulative' | undefined)[],
    options: { readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' } = {},
  ) {
    const plugins = exporters.map((temporality, at) => {
      const type = `backend_${at}`;
      return memoryExporter({ type, ...(temporality !== undefined && { temporality }) }).definition;
    });
    const { logger } = recordingLogger();
    const config = { exporters: Object.fromEntries(plugins.map(({ type }) => [type, {}])) };
    const telemetry = fromConfig(config, { plugins, logger, ...options });
    await telemetry.pipeline;
    const [reader] = telemetry.metricReaders;
    const delta = INSTRUMENTS.filter(
      (type) => reader?.selectAggregationTemporality(type) === AggregationTemporality.DELTA,
    );
    await telemetry.shutdown();
    return delta.sort();
  }

  const DELTA = ['COUNTER', 'HISTOGRAM', 'OBSERVABLE_COUNTER'];

  test('is delta where every exporter asks for delta, with totals for up-down counters', async () => {
    expect(await preferenceOf(['delta', 'delta'])).toEqual(DELTA);
  });

  test('is cumulative where exporters differ, or none asks', async () => {
    expect(await preferenceOf(['delta', 'cumulative'])).toEqual([]);
    expect(await preferenceOf(['delta', undefined])).toEqual([]);
    expect(await preferenceOf([undefined])).toEqual([]);
  });

  test('is what the option says, else what the environment says', async () => {
    process.env['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'] = 'LowMemory';
    expect(await preferenceOf(['cumulative'])).toEqual(['COUNTER', 'HISTOGRAM']);
    expect(await preferenceOf(['cumulative'], { temporality: 'delta' })).toEqual(DELTA);
  });

  test('of each exporter is its own, from one reader', async () => {
    const delta = memoryExporter({ type: 'wants_delta', temporality: 'delta' });
    const cumulative = memoryExporter({ type: 'wants_totals', temporality: 'cumulative' });
    const { logger } = recordingLogger();
    const plugins = [delta.definition, cumulative.definition];
    const pipeline = await createPipeline({ exporters: { wants_delta: {}, wants_totals: {} } }, { plugins, logger });
    const telemetry = fromConfig(pipeline, { logger });
    const { meters } = providers(telemetry);
    const counter = meters.getMeter('app').createCounter('orders');
    let asked = 0;
    meters
      .getMeter('app')
      .createObservableGauge('level')
      .addCallback((result) => {
        asked += 1;
        result.observe(1);
      });
    for (const value of [2, 3]) {
      counter.add(value);
      // A series that ends in the millisecond in which it began says nothing about its beginning.
      for (const now = Date.now(); Date.now() === now; );
      await telemetry.forceFlush();
    }
    const values = (backend: typeof delta) =>
      backend
        .metrics()
        .filter(({ descriptor }) => descriptor.name === 'orders')
        .map(({ dataPoints }) => dataPoints[0]?.value);
    expect(values(delta)).toEqual([2, 3]);
    expect(values(cumulative)).toEqual([2, 5]);
    expect(asked).toBe(2);
    await telemetry.shutdown();
    await pipeline.shutdown();
  });
});
