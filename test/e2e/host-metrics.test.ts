/** Our host metrics against those of the Collector's receiver on the same machine, at the same time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Batch, createPipeline, defineExporter, delivered } from '@telemetryflow/kernel';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import hostMetrics from '@telemetryflow/receiver-host-metrics';
import { type Collector, startCollector } from './referees/collector.ts';
import { eventually } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : []);

/** The Collector's names that are older than the semantic conventions we follow. */
const NAMES: Readonly<Record<string, string>> = {
  'system.network.packets': 'system.network.packet.count',
  'system.network.dropped': 'system.network.packet.dropped',
  'system.network.connections': 'system.network.connection.count',
  'system.processes.count': 'system.process.count',
  'system.processes.created': 'system.process.created',
};
const VALUES: Readonly<Record<string, string>> = {
  buffered: 'buffers',
  page_in: 'in',
  page_out: 'out',
  wait: 'iowait',
  // The conventions have one mode for both, so the two add up.
  softirq: 'interrupt',
  SYN_RECV: 'syn_received',
  CLOSE: 'closed',
  zombies: 'defunct',
};
/** States of TCP are in capitals there. */
const plain = (value: unknown): unknown => {
  const text = String(value);
  return VALUES[text] ?? (/^[A-Z_0-9]+$/.test(text) ? text.toLowerCase() : value);
};

/** `name{values}`: names of attributes differ between the two, their values do not. */
function series(name: string, values: readonly unknown[]): string {
  return `${name}{${values.map(String).sort().join(',')}}`;
}

function theirs(requests: readonly Json[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const request of requests) {
    for (const resource of list(request['resourceMetrics'])) {
      for (const scope of list(resource['scopeMetrics'])) {
        for (const metric of list(scope['metrics'])) {
          const data = (metric['sum'] ?? metric['gauge']) as Json;
          for (const point of list(data['dataPoints'])) {
            const values = list(point['attributes']).map(({ value }) => Object.values(value as Json)[0]);
            const name = String(metric['name']);
            const key = series(NAMES[name] ?? name, values.map(plain));
            found.set(key, (found.get(key) ?? 0) + Number(point['asInt'] ?? point['asDouble']));
          }
        }
      }
    }
  }
  return found;
}

async function ours(): Promise<Map<string, number>> {
  const batches: Batch[] = [];
  const keep = defineExporter({
    type: 'keep',
    description: 'Keeps what it is sent.',
    signals: { metrics: 'stable' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: () => ({
      *encode(batch) {
        batches.push(batch);
        yield { body: undefined, items: { from: 0, to: batch.count } };
      },
      send: async () => delivered(),
    }),
  });
  const config = {
    receivers: { host_metrics: { collection_interval: '1s', initial_delay: '100ms' } },
    exporters: { keep: { flush_interval: '10ms' } },
  };
  const pipeline = await createPipeline(config, { plugins: [hostMetrics, keep] });
  await pipeline.start();
  // Utilization needs a scrape before.
  await eventually(async () => (batches.length > 1 ? true : undefined));
  await pipeline.shutdown();
  const found = new Map<string, number>();
  for (const { scopeMetrics } of (batches.at(-1)?.records() ?? []) as readonly ResourceMetricsRecord[]) {
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const { attributes, value } of metric.dataPoints) {
        found.set(series(metric.descriptor.name, Object.values(attributes)), Number(value));
      }
    }
  }
  return found;
}

describeWithBinary('otelcol-referee', 'host metrics agree with the Collector', () => {
  let collector: Collector;
  let reference: Map<string, number>;
  let measured: Map<string, number>;
  beforeAll(async () => {
    collector = (await startCollector(
      (ports, file) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  host_metrics:
    collection_interval: 1s
    initial_delay: 0s
    scrapers:
      cpu: { metrics: { system.cpu.utilization: { enabled: true }, system.cpu.logical.count: { enabled: true }, system.cpu.physical.count: { enabled: true } } }
      memory: { metrics: { system.memory.limit: { enabled: true }, system.memory.utilization: { enabled: true }, system.linux.memory.available: { enabled: true } } }
      filesystem: { metrics: { system.filesystem.utilization: { enabled: true } } }
      load: {}
      disk: {}
      network: {}
      paging: {}
      processes: {}
exporters: { file: { path: ${file}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [host_metrics], exporters: [file] } }
`,
    )) as Collector;
    measured = await ours();
    const before = collector.received().length;
    reference = await eventually(async () =>
      collector.received().length > before ? theirs(collector.received().slice(-1)) : undefined,
    );
  });
  afterAll(() => collector.stop());

  /** Series of the Collector with this prefix, each with ours; fails where we lack one. */
  const pairs = (prefix: string, not = /^$/) => {
    const wanted = [...reference].filter(([name]) => name.startsWith(prefix) && !not.test(name));
    expect(wanted.length).toBeGreaterThan(0);
    return wanted.map(([name, value]) => ({ name, value, own: measured.get(name) }));
  };
  /** Both are measured within seconds of each other, while the machine works. */
  const expectNear = (prefix: string, slack: number, not?: RegExp): void => {
    for (const { name, value, own } of pairs(prefix, not)) {
      expect([name, own]).toEqual([name, expect.any(Number)]);
      const near = Math.abs((own ?? Number.NaN) - value) <= value * 0.05 + slack;
      expect([name, own, value, near]).toEqual([name, own, value, true]);
    }
  };
  const MIB = 1024 * 1024;

  test('memory: the limit is the same, free, buffered and cached are near', () => {
    expect(measured.get('system.memory.limit{}')).toBe(reference.get('system.memory.limit{}'));
    // The Collector's used is what is not available, so its states do not add up; slab has a metric of its own here.
    expectNear('system.memory.usage', 512 * MIB, /used|slab/);
    const states = ['used', 'free', 'buffers', 'cached'].map(
      (state) => measured.get(`system.memory.usage{${state}}`) ?? 0,
    );
    expect(states.reduce((sum, value) => sum + value, 0)).toBe(reference.get('system.memory.limit{}'));
  });

  test('memory: available, reclaimable slab and the shares are near', () => {
    expectNear('system.linux.memory.available', 512 * MIB);
    expectNear('system.memory.utilization', 0.05, /used|slab/);
    const slab = reference.get('system.memory.usage{slab_reclaimable}') ?? Number.NaN;
    const own = measured.get('system.linux.memory.slab.usage{reclaimable}') ?? Number.NaN;
    expect(Math.abs(own - slab)).toBeLessThan(128 * MIB);
  });

  test('cpu: the counts are the same, time by mode is near, and shares add up to one', () => {
    for (const name of ['system.cpu.logical.count{}', 'system.cpu.physical.count{}']) {
      expect([name, measured.get(name)]).toEqual([name, reference.get(name)]);
    }
    expectNear('system.cpu.time', 60);
    for (const side of [measured, reference]) {
      const shares = [...side].filter(([name]) => name.startsWith('system.cpu.utilization'));
      expect(shares.map(([name]) => name).sort()).toEqual(
        pairs('system.cpu.utilization')
          .map(({ name }) => name)
          .sort(),
      );
      expect(shares.reduce((sum, [, value]) => sum + value, 0)).toBeCloseTo(1, 1);
    }
  });

  test('processes: how many are in each state, and how many were created', () => {
    expectNear('system.process.count', 60);
    expectNear('system.process.created', 2000);
  });

  test('load averages are near', () => expectNear('system.cpu.load_average', 2));

  test('disks: every counter of every device', () => {
    expectNear('system.disk.io{', 256 * MIB);
    expectNear('system.disk.operations', 20_000);
    expectNear('system.disk.merged', 20_000);
    expectNear('system.disk.io_time', 10);
    expectNear('system.disk.operation_time', 60);
    expectNear('system.disk.weighted_io_time', 60);
    expectNear('system.disk.pending_operations', 100);
  });

  test('filesystems: space and inodes by state', () => {
    expectNear('system.filesystem.usage', 512 * MIB);
    expectNear('system.filesystem.inodes.usage', 20_000);
    expectNear('system.filesystem.utilization', 0.05);
  });

  test('networks: bytes, packets, errors and drops of every interface', () => {
    expectNear('system.network.io', 256 * MIB);
    expectNear('system.network.packet', 50_000);
    expectNear('system.network.errors', 10);
    // DELETE is no state of TCP but one of the library that the Collector counts with.
    expectNear('system.network.connection.count', 2000, /delete/);
  });

  test('paging: operations and faults as /proc/vmstat counts them, which the Collector multiplies by the page size', () => {
    for (const { name, value, own } of pairs('system.paging.')) {
      expect([name, Math.abs((own ?? Number.NaN) * 4096 - value) <= value * 0.05]).toEqual([name, true]);
    }
  });
});
