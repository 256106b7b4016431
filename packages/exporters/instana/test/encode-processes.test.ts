import { describe, expect, test } from '@jest/globals';
import type { HttpMessage } from '@telemetryflow/http';
import type { AttributeMap, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { type InstanaSnapshot, readInstanaSnapshots } from '@telemetryflow/testkit';
import { processMetrics } from './processes.ts';
import { encoded, golden, NOW } from './setup.ts';

async function snapshotsOf(records: readonly ResourceMetricsRecord[], block: Readonly<Record<string, unknown>> = {}) {
  const { payloads, drops } = await encoded('metrics', records, { metrics_format: 'plugins', ...block });
  const requests = payloads.map(({ body, items }) => {
    const { body: bytes, headers } = body as HttpMessage;
    const text = Buffer.from(bytes).toString();
    return { text, items, host: headers?.['x-instana-host'], snapshots: readInstanaSnapshots(Buffer.from(bytes)) };
  });
  return { requests, drops, snapshots: requests.flatMap(({ snapshots }): InstanaSnapshot[] => snapshots) };
}

const VALUES = {
  'process.cpu.time|user': 2.5,
  'process.cpu.time|system': 0.5,
  'process.memory.usage': 104_857_600,
  'process.memory.virtual': 1_073_741_824,
  'process.open_file_descriptor.count': 42,
};
const PROCESS: AttributeMap = {
  'process.executable.path': '/usr/bin/node',
  'process.command_args': ['node', 'server.js'],
  'process.owner': 'app',
  'process.creation.time': '2026-01-01T00:00:00Z',
};

describe('a snapshot', () => {
  test('has what tracers say of their own process', async () => {
    const { requests, drops } = await snapshotsOf([processMetrics(4711, VALUES, PROCESS)]);
    expect(drops).toEqual([]);
    expect(requests).toMatchObject([{ text: golden('process.json'), items: { from: 0, to: 5 }, host: 'web-1' }]);
  });

  /** Written by the types of IBM's sensor for Go, 1.74.0, of the same process; those types read ours back, too. */
  test("says what Instana's own sensor for Go says of the same process", async () => {
    const { requests } = await snapshotsOf([processMetrics(4711, VALUES, { ...PROCESS, 'container.id': 'c0ffee' })]);
    expect(requests.map(({ text }): unknown => JSON.parse(text))).toEqual([
      JSON.parse(golden('vendor-go-1.74.0.json')),
    ]);
  });

  test('holds shares of one CPU, of the time that a point is about', async () => {
    const { snapshots } = await snapshotsOf([processMetrics(1, VALUES)]);
    expect(snapshots[0]?.data.cpu).toEqual({ user: 0.25, sys: 0.05 });
  });

  test('names the container and the host of its process', async () => {
    const { requests, snapshots } = await snapshotsOf([
      processMetrics(1, VALUES, { 'container.id': 'c', 'host.id': 'h\r\n' }),
    ]);
    expect(snapshots[0]?.data).toMatchObject({
      container: 'c',
      containerType: 'docker',
      'com.instana.plugin.host.name': 'h__',
      'com.instana.plugin.host.pid': '1',
    });
    expect(requests[0]?.host).toBe('h__');
  });

  test('ends where a value comes again', async () => {
    const memory = (value: number) => processMetrics(1, { 'process.memory.usage': value });
    const [first, second] = [memory(1), memory(2)];
    const twice = { ...first, scopeMetrics: [...first.scopeMetrics, ...second.scopeMetrics] };
    const { requests, snapshots } = await snapshotsOf([twice]);
    expect(requests).toHaveLength(1);
    expect(snapshots.map(({ data }) => data.mem?.resident)).toEqual([1, 2]);
  });

  test('travels with those of its host only', async () => {
    const of = (pid: number, host: string) => processMetrics(pid, VALUES, { 'host.id': host });
    const { requests } = await snapshotsOf([of(1, 'a'), of(2, 'b'), of(3, 'a')]);
    expect(requests.map(({ host, snapshots }) => [host, snapshots.map(({ entityId }) => entityId)])).toEqual([
      ['a', ['1', '3']],
      ['b', ['2']],
    ]);
    expect(requests.map(({ items }) => items)).toEqual([[0, 1, 2, 3, 4, 10, 11, 12, 13, 14], { from: 5, to: 10 }]);
  });

  test('is in another request where one would be larger than 4.5 MB', async () => {
    const args = { 'process.command_args': ['x'.repeat(2_000_000)] };
    const { requests } = await snapshotsOf([1, 2, 3].map((pid) => processMetrics(pid, VALUES, args)));
    expect(requests.map(({ snapshots }) => snapshots.length)).toEqual([2, 1]);
  });
});

describe('no snapshot is made', () => {
  test.each<[string, ResourceMetricsRecord, string]>([
    ['of any other metric', processMetrics(1, { 'http.server.duration': 1 }), 'no plugin of Instana'],
    ['of a name that every object has', processMetrics(1, { constructor: 1 }), 'no plugin of Instana'],
    ['of CPU time of another mode', processMetrics(1, { 'process.cpu.time|wait': 1 }), 'no plugin of Instana'],
    ['without a process', processMetrics(undefined, { 'process.memory.usage': 1 }), 'no process.pid'],
    [
      'of a pid that is none',
      processMetrics(1, { 'process.memory.usage': 1 }, { 'process.pid': '../1' }),
      'no process',
    ],
    ['of what is no number', processMetrics(1, { 'process.memory.usage': Number.NaN }), 'NaN'],
  ])('%s', async (_what, record, detail) => {
    const { requests, drops } = await snapshotsOf([record]);
    expect(requests).toEqual([]);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'unsupported' }]);
    expect(drops[0]?.detail).toContain(detail);
  });

  test('of points older than max_metric_age, for Instana gives them the time of their arrival', async () => {
    const old = processMetrics(1, VALUES, {}, [NOW / 1000 - 400, 0]);
    expect((await snapshotsOf([old])).drops).toMatchObject([{ dropped: { from: 0, to: 5 }, reason: 'too_old' }]);
    expect((await snapshotsOf([old], { max_metric_age: '10m' })).drops).toEqual([]);
  });
});
