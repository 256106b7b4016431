/** What is said once, and what is counted, about metric lines that lose nothing else. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Meter } from '@opentelemetry/api';
import { createNoopMeter } from '@opentelemetry/api';
import { batchFromRecords, type Exporter, type Outcome, type Payload } from '@telemetryflow/kernel';
import type { MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { type Backend, exporterFor, startBackend } from '@telemetryflow/testkit';
import dynatrace from '../src/index.ts';
import { BLOCK, counter, gauge, NOW, resourceMetrics } from './setup.ts';

let backend: Backend | undefined;
let exporter: Exporter | undefined;
afterEach(async () => {
  await exporter?.stop?.();
  await backend?.close();
  backend = undefined;
});

const COLLISIONS = 'telemetryflow_exporter_dynatrace_dimension_collisions';
const DUPLICATED = 'telemetryflow_exporter_dynatrace_maybe_duplicated';

type Records = readonly (MetricRecord | ResourceMetricsRecord)[];

async function start(block: Readonly<Record<string, unknown>> = {}) {
  const warnings: unknown[] = [];
  const counts: Record<string, number> = {};
  const meter: Meter = Object.assign(createNoopMeter(), {
    createCounter: (name: string) => ({
      add: (value: number) => {
        counts[name] = (counts[name] ?? 0) + value;
      },
    }),
  });
  const silent = (): void => undefined;
  const logger = {
    error: silent,
    warn: (...said: readonly unknown[]) => void warnings.push(said),
    info: silent,
    debug: silent,
  };
  backend ??= await startBackend({ status: 202 });
  const at = { metrics_endpoint: `${backend.url}/api/v2/metrics/ingest` };
  exporter = await exporterFor(dynatrace, { ...BLOCK, ...at, ...block }, 'metrics', { logger, meter });
  await exporter.start?.();
  const made = exporter;
  const encode = (records: Records): Payload[] => {
    const whole = records.map((each) => ('scopeMetrics' in each ? each : resourceMetrics([each])));
    const all = made.encode(batchFromRecords('metrics', whole), { now: NOW, id: 'batch', mode: undefined });
    return [...all].filter((each): each is Payload => each !== undefined && 'body' in each);
  };
  const send = async (...records: Records): Promise<Outcome> => {
    const [payload] = encode(records);
    if (payload === undefined) throw new Error('nothing was encoded');
    const signal = new AbortController().signal;
    // The second attempt says nothing anew.
    await made.send(payload, { signal, attempt: 1 });
    return made.send(payload, { signal, attempt: 2 });
  };
  return { send, warnings, counts };
}

describe('metric keys that are too short', () => {
  test('are told of once, with name and key', async () => {
    const { send, warnings } = await start();
    await send(gauge('abc', 1));
    expect(warnings).toEqual([]);
    await send(gauge('up', 1), gauge('x', 1));
    await send(gauge('up', 1));
    expect(warnings).toEqual([[expect.stringContaining('metric_prefix'), { name: 'up', key: 'up_' }]]);
  });

  test('are none with a prefix', async () => {
    const { send, warnings } = await start({ metric_prefix: 'app' });
    await send(gauge('up', 1));
    expect(warnings).toEqual([]);
  });
});

describe('attributes that give way to another name of the same key', () => {
  test.each<
    [string, Parameters<typeof resourceMetrics>[1], NonNullable<Parameters<typeof gauge>[2]>['attributes'], number]
  >([
    ['on a point', {}, { 'Http.Route': 'a', 'http.route': 'b', 'HTTP.ROUTE': 'c' }, 2],
    ['on a resource', { Team: 'a', team: 'b' }, {}, 1],
    ['on point and resource', { Team: 'a' }, { team: 'b' }, 1],
  ])('%s are counted', async (_where, resource, attributes = {}, expected) => {
    const { send, counts } = await start();
    await send(resourceMetrics([gauge('abc', 1, { attributes })], resource));
    expect(counts[COLLISIONS]).toBe(expected);
  });

  test('are none where a point says anew what its resource says, or says nothing', async () => {
    const { send, counts } = await start();
    await send(resourceMetrics([gauge('abc', 1, { attributes: { team: 'b', Team: '' } })], { team: 'a' }));
    expect(counts).toEqual({});
  });
});

describe('counts of a request without answer', () => {
  const described = counter('abc', 1);
  const records = [
    { ...described, descriptor: { ...described.descriptor, description: 'no line count,delta=1' } },
    counter('abd', 2),
    gauge('abe', 1, { attributes: { text: ' count,delta=1' } }),
  ];

  async function sent(answer: 'reset' | 503 | 'refused'): Promise<Readonly<Record<string, number>>> {
    backend = await startBackend(answer === 'reset' ? { fault: 'reset' } : { status: 503 });
    const { send, counts } = await start();
    if (answer === 'refused') await backend.close();
    expect((await send(...records)).retry).toBeDefined();
    return counts;
  }

  test('are counted by line at each attempt, for Dynatrace may have them', async () => {
    expect(await sent('reset')).toEqual({ [DUPLICATED]: 4 });
  });

  test.each(['refused', 503] as const)('are not where nothing was taken: %s', async (answer) => {
    expect(await sent(answer)).toEqual({});
  });
});
