import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Counter, metrics } from '@opentelemetry/api';
import { MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  batchFromRecords,
  createPipeline,
  defineProcessor,
  drop,
  type Logger,
  type Pipeline,
} from '@telemetryflow/kernel';
import { CATALOGUE, type MetricsLevel, metricsOf } from '../../src/telemetry/catalogue.ts';
import { head, log, memoryBackend, pushReceiver } from '../pipeline/plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A processor that counts its batches. */
const counting = defineProcessor({
  type: 'counting',
  description: 'Counts batches.',
  signals: { logs: 'beta' },
  config: { type: 'object', properties: {} },
  create(_config, context) {
    let batches: Counter | undefined;
    return {
      start: async () => {
        batches = context.meter.createCounter('batches');
      },
      process(batch) {
        batches?.add(1);
        return batch;
      },
    };
  },
});

interface Rig {
  readonly pipeline: Pipeline;
  readonly backend: ReturnType<typeof memoryBackend>;
  /** What the kernel's meter reports, by name. */
  collect(): Promise<ReadonlyMap<string, MetricData>>;
}

/** Every kind of component, and a meter provider of the host. */
async function rig(level: MetricsLevel): Promise<Rig> {
  const backend = memoryBackend();
  const reader = new Reader();
  const config = {
    receivers: { push: {} },
    processors: { head: { keep: 3 } },
    exporters: { memory: {} },
    service: { telemetry: { metrics: { level } } },
  };
  const pipeline = await createPipeline(config, {
    plugins: [backend.definition, pushReceiver().definition, head],
    meterProvider: new MeterProvider({ readers: [reader] }),
    logger: quiet,
  });
  await pipeline.start();
  return {
    pipeline,
    backend,
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      expect(errors).toEqual([]);
      const own = resourceMetrics.scopeMetrics.find(({ scope }) => scope.name === '@telemetryflow/kernel');
      return new Map((own?.metrics ?? []).map((metric) => [metric.descriptor.name, metric]));
    },
  };
}

/** The value of the point with these attributes. */
function point(collected: ReadonlyMap<string, MetricData>, name: string, attributes: object): unknown {
  const found = collected.get(name)?.dataPoints.find((each) => sameAs(each.attributes, attributes));
  return found?.value;
}

function sameAs(a: object, b: object): boolean {
  const text = (value: object): string => JSON.stringify(Object.entries(value).sort());
  return text(a) === text(b);
}

async function exercise({ pipeline, backend }: Rig): Promise<void> {
  backend.outcomes.push(drop('rejected'));
  await pipeline.consume({ signal: 'logs', records: [log('a')] });
  await pipeline.forceFlush();
  await pipeline.consume({ signal: 'logs', records: [log('b'), log('c'), log('d'), log('e')] });
  await pipeline.consume({ signal: 'traces', records: [] });
  await pipeline.forceFlush();
}

/** Metrics of signals that nothing receives have no points, and so do not appear. */
const NAMES = /_(?:spans|metric_points)$/;

test('what is emitted at level detailed is what the catalogue says: names, kinds, units, attributes, descriptions', async () => {
  const own = await rig('detailed');
  await exercise(own);
  const collected = await own.collect();
  const emitted = [...collected.keys()].sort();
  expect(emitted.filter((name) => !NAMES.test(name))).toEqual(
    CATALOGUE.map(({ name }) => name)
      .filter((name) => !NAMES.test(name))
      .sort(),
  );
  for (const name of emitted) expect(CATALOGUE.map((entry) => entry.name)).toContain(name);
  for (const { name, kind, unit, description, attributes } of CATALOGUE) {
    const metric = collected.get(name);
    if (metric === undefined) continue;
    expect({ name, unit: metric.descriptor.unit, description: metric.descriptor.description }).toEqual({
      name,
      unit,
      description,
    });
    // DataPointType: 0 histogram, 2 gauge, 3 sum.
    expect({ name, type: metric.dataPointType }).toEqual({ name, type: { histogram: 0, gauge: 2, counter: 3 }[kind] });
    for (const { attributes: used } of metric.dataPoints) {
      expect({ name, attributes: Object.keys(used).sort() }).toEqual({ name, attributes: [...attributes].sort() });
    }
  }
  await own.pipeline.shutdown();
});

test.each(['basic', 'normal', 'detailed'] as const)(
  'level %s emits its metrics and those of the levels before',
  async (level) => {
    const own = await rig(level);
    await exercise(own);
    const allowed = metricsOf(level).map(({ name }) => name);
    const names = [...(await own.collect()).keys()];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
    await own.pipeline.shutdown();
  },
);

test('level none emits nothing', async () => {
  const own = await rig('none');
  await exercise(own);
  expect([...(await own.collect()).keys()]).toEqual([]);
  await own.pipeline.shutdown();
});

test.each([
  ['none', 0],
  ['basic', 1],
] as const)('at level %s the metrics of components are %d', async (level, expected) => {
  const reader = new Reader();
  const config = {
    processors: { counting: {} },
    exporters: { memory: {} },
    service: { telemetry: { metrics: { level } } },
  };
  const plugins = [memoryBackend().definition, counting];
  const pipeline = await createPipeline(config, {
    plugins,
    meterProvider: new MeterProvider({ readers: [reader] }),
    logger: quiet,
  });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: [log('a')] });
  const { resourceMetrics } = await reader.collect();
  const scopes = resourceMetrics.scopeMetrics.filter(({ scope }) => scope.name !== '@telemetryflow/kernel');
  expect(scopes).toHaveLength(expected);
  await pipeline.shutdown();
});

test('a component that makes instruments before it starts is told so', async () => {
  const hasty = defineProcessor({
    ...counting,
    create(_config, context) {
      context.meter.createCounter('batches');
      return { process: (batch) => batch };
    },
  });
  const config = { processors: { counting: {} }, exporters: { memory: {} } };
  const created = createPipeline(config, { plugins: [memoryBackend().definition, hasty], logger: quiet });
  await expect(created).rejects.toThrow('an instrument can be made at `start` or later, not before');
});

test('the values are those of the books', async () => {
  const own = await rig('detailed');
  await exercise(own);
  const collected = await own.collect();
  const value = (name: string, attributes: object): unknown => point(collected, name, attributes);
  expect({
    accepted: value('otelcol_receiver_accepted_log_records', { receiver: 'consume', transport: '' }),
    requests: value('otelcol_receiver_requests', { receiver: 'consume', transport: '', outcome: 'success' }),
    incoming: value('otelcol_processor_incoming_items', { processor: 'head', 'otel.signal': 'logs' }),
    outgoing: value('otelcol_processor_outgoing_items', { processor: 'head', 'otel.signal': 'logs' }),
    sent: value('otelcol_exporter_sent_log_records', { exporter: 'memory' }),
    failed: value('otelcol_exporter_send_failed_log_records', { exporter: 'memory' }),
    capacity: value('otelcol_exporter_queue_capacity', { exporter: 'memory', data_type: 'logs' }),
    rejected: value('telemetryflow_dropped_items', {
      component: 'exporter:memory',
      'otel.signal': 'logs',
      reason: 'rejected',
    }),
    filtered: value('telemetryflow_dropped_items', {
      component: 'processor:head',
      'otel.signal': 'logs',
      reason: 'filtered',
    }),
  }).toEqual({
    accepted: 5,
    requests: 2,
    incoming: 5,
    outgoing: 4,
    sent: 3,
    failed: 1,
    capacity: 1000,
    rejected: 1,
    filtered: 1,
  });
  await own.pipeline.shutdown();
});

test('what a receiver hands over is counted by transport', async () => {
  const receiver = pushReceiver();
  const reader = new Reader();
  const pipeline = await createPipeline(
    { receivers: { push: {} }, exporters: { memory: {} } },
    {
      plugins: [memoryBackend().definition, receiver.definition],
      meterProvider: new MeterProvider({ readers: [reader] }),
    },
  );
  await pipeline.start();
  const batch = (n: number) =>
    batchFromRecords(
      'logs',
      Array.from({ length: n }, () => log('a')),
    );
  await receiver.next().consume(batch(2), 'http');
  await receiver.next().consume(batch(3), 'grpc');
  await receiver.next().consume(batch(1), 'http');
  const { resourceMetrics } = await reader.collect();
  const points = (name: string) =>
    resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics.filter(({ descriptor }) => descriptor.name === name))
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ ...attributes, value })));
  expect(points('otelcol_receiver_accepted_log_records')).toEqual([
    { receiver: 'push', transport: 'http', value: 3 },
    { receiver: 'push', transport: 'grpc', value: 3 },
  ]);
  expect(points('otelcol_receiver_requests').filter(({ value }) => value !== 0)).toEqual([
    { receiver: 'push', transport: 'http', outcome: 'success', value: 2 },
    { receiver: 'push', transport: 'grpc', outcome: 'success', value: 1 },
  ]);
  await pipeline.shutdown();
});

test('a provider that the host registers after createPipeline is seen from start on', async () => {
  const reader = new Reader();
  const config = {
    processors: { counting: {} },
    exporters: { memory: {} },
    service: { telemetry: { metrics: { level: 'detailed' } } },
  };
  const plugins = [memoryBackend().definition, counting];
  const pipeline = await createPipeline(config, { plugins, logger: quiet });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  try {
    await pipeline.start();
    await pipeline.consume({ signal: 'logs', records: [log('a')] });
    const { resourceMetrics } = await reader.collect();
    const names = resourceMetrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.filter(({ dataPoints }) => dataPoints.length > 0).map(({ descriptor }) => descriptor.name),
    );
    expect(names).toContain('batches');
    expect(names).toContain('otelcol_receiver_accepted_log_records');
    expect(names).toContain('otelcol_exporter_enqueue_size');
  } finally {
    await pipeline.shutdown();
    metrics.disable();
  }
});

test('after shutdown nothing is observed any more', async () => {
  const own = await rig('normal');
  await own.pipeline.shutdown();
  expect([...(await own.collect()).keys()]).toEqual([]);
});

test('names are the Collector’s without _total, or ours', () => {
  for (const { name } of CATALOGUE) {
    expect(name).toMatch(/^(?:otelcol|telemetryflow)_[a-z_]+$/);
    expect(name).not.toMatch(/_total$/);
  }
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
});

test('the reference page lists the catalogue', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/reference/own-telemetry.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(
    rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
  ).toEqual(
    CATALOGUE.map(({ name, kind, unit, level, attributes, description }) => [
      `\`${name}\``,
      kind,
      `\`${unit}\``,
      level,
      attributes.map((attribute) => `\`${attribute}\``).join(', '),
      description,
    ]),
  );
});
